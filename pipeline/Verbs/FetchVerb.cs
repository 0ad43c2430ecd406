using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;
using ExpertDivergence.Pipeline.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl fetch</c>: brings files of a repository on the Hugging Face hub to a folder.</summary>
internal static class FetchVerb
{
    public static Command Create()
    {
        var repository = new Argument<string>("repository") { Description = "The repository: owner/name." };
        var revision = new Option<string>("--revision") { Description = "Branch, tag or commit.", DefaultValueFactory = _ => "main" };
        var kind = new Option<HubKind>("--kind") { Description = "dataset or model.", DefaultValueFactory = _ => HubKind.Dataset };
        var include = new Option<string[]>("--include") { Description = "Patterns of the files wanted, for example *.parquet; all without it.", AllowMultipleArgumentsPerToken = true };
        var exclude = new Option<string[]>("--exclude") { Description = "Patterns of the files not wanted.", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The folder to write; the repository's name without it." };
        var parallel = new Option<int>("--parallel") { Description = "Files at once.", DefaultValueFactory = _ => 4 };
        var timeout = new Option<double>("--timeout") { Description = "Seconds of silence after which a connection counts as broken.", DefaultValueFactory = _ => 30 };
        var offline = new Option<bool>("--offline") { Description = "Make no request: check what is there and name what is missing (HF_HUB_OFFLINE)." };
        var list = new Option<bool>("--list") { Description = "Name the files and their sizes, and bring none." };
        var json = new Option<bool>("--json") { Description = "Print the record as JSON." };
        var command = new Command("fetch", "Bring a dataset from the Hugging Face hub; HF_TOKEN and HF_ENDPOINT are honoured.")
        {
            repository, revision, kind, include, exclude, output, parallel, timeout, offline, list, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new FetchOptions
            {
                Repository = parsed.GetValue(repository)!,
                Revision = parsed.GetValue(revision)!,
                Kind = parsed.GetValue(kind),
                Include = parsed.GetValue(include) ?? [],
                Exclude = parsed.GetValue(exclude) ?? [],
                Parallel = parsed.GetValue(parallel),
                Silence = parsed.GetValue(timeout) is > 0 and <= 3600 and var seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero,
                Offline = parsed.GetValue(offline),
            }.WithEnvironment(Environment.GetEnvironmentVariable);
            var fetcher = new Fetcher(options, new ProgressPrinter());
            var folder = parsed.GetValue(output) ?? options.Repository.Split('/')[^1];
            if (parsed.GetValue(list))
                Print(await fetcher.ListAsync(cancellation), parsed.GetValue(json), files: true);
            else
                Report(await fetcher.RunAsync(folder, cancellation), folder, parsed.GetValue(json));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Report(FetchResult result, string folder, bool json)
    {
        Print(result.Record, json, files: false);
        if (!json)
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {result.Downloaded} files fetched, {result.Kept} were there."));
    }

    private static void Print(FetchRecord record, bool json, bool files)
    {
        if (json)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(record, JsonFormat.Indented));
            return;
        }

        foreach (var file in files ? record.Files : [])
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Bytes,16:N0}  {file.Path}"));
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{record.Repository} at {record.Revision} ({record.Commit[..12]}): {record.Files.Count} files, {record.Bytes:N0} bytes."));
    }
}
