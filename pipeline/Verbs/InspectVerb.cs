using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.DuckDb;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl inspect</c>: what a stage folder holds: files, counts, domains, columns, a few rows as text.</summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A finished stage folder." };
        var rows = new Option<int>("--rows") { Description = "Rows to show.", DefaultValueFactory = _ => 3 };
        var command = new Command("inspect", "Look into a stage folder: files, counts, domains, sample rows.") { folder, rows };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            var manifest = Manifest.Read(path);
            System.Console.WriteLine($"{manifest.Stage} version {manifest.Version}, key {manifest.Key[..16]}, {manifest.Toolchain}");
            foreach (var output in manifest.Outputs)
                System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output.Bytes,14:N0}  {output.Sha256[..12]}  {output.Path}"));
            foreach (var line in Columns(path).Concat(FolderReport.Of(path)).Concat(Sample(manifest.Stage, path, parsed.GetValue(rows))))
                System.Console.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string> Columns(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.parquet").Order(StringComparer.Ordinal).FirstOrDefault() is not { } file)
            yield break;
        yield return $"columns: {string.Join(", ", ParquetFile.ReadColumns(file).Select(c => $"{c.Name} {c.Type.ToString().ToLowerInvariant()}"))}";
        foreach (var (key, value) in ParquetFile.ReadMetadata(file))
            yield return $"  {key} = {value}";
    }

    private static IEnumerable<string> Sample(string stage, string folder, int rows) => stage switch
    {
        StageCatalog.Label => DocumentShards.Read(folder).Take(rows).Select(d => $"[{d.DocumentId}] {d.Domain49} ({d.Source}): {Cut(d.Text)}"),
        StageCatalog.Tokenize => TokenRows(folder, rows),
        StageCatalog.Pack => SequenceRows(folder, rows),
        _ => TextRows(folder, rows),
    };

    private static IEnumerable<string> TokenRows(string folder, int rows)
    {
        var tokenizer = TokenizerJson.Read(Path.Combine(folder, "tokenizer.json"));
        return TokenShards.Read(folder).Take(rows).Select(d => $"[{d.DocumentId}] {d.Domain49}, {d.Tokens.Length} tokens: {Cut(tokenizer.Decode(d.Tokens))}");
    }

    private static IEnumerable<string> SequenceRows(string folder, int rows)
    {
        var tokenizer = TokenizerJson.Read(Path.Combine(folder, "tokenizer.json"));
        using var data = PackedDataset.Open(folder, PackSplit.Train);
        var tokens = new int[data.SequenceLength + 1];
        for (var i = 0; i < Math.Min(rows, data.Count); i++)
        {
            data.GetSequence(i, tokens);
            yield return $"[{i}] {Domains(data, i)}, {data.TokenCount(i) - 1} tokens: {Cut(tokenizer.Decode(tokens[..data.TokenCount(i)]))}";
        }
    }

    // The domain, or where a sequence holds several, each with its tokens.
    private static string Domains(PackedDataset data, int sequence) => data.Runs(sequence) is { Count: > 1 } runs
        ? string.Join(" + ", runs.Select(r => $"{data.Info.Domains49[r.Domain49]} {r.Length}"))
        : data.Info.Domains49[data.Domain49(sequence)];

    private static IEnumerable<string> TextRows(string folder, int rows) =>
        Directory.EnumerateFiles(folder, "*.csv").Concat(Directory.EnumerateFiles(folder, "*.jsonl")).Order(StringComparer.Ordinal)
            .SelectMany(f => File.ReadLines(f).Take(rows + 1).Select(Cut).Prepend($"{Path.GetFileName(f)}:"));

    private static string Cut(string text) => (text.Length > 160 ? text[..160] + "…" : text).ReplaceLineEndings("⏎");
}
