using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl inspect DIR</c>: what a stage folder holds, with a few rows as text.</summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A finished stage folder." };
        var rows = new Option<int>("--rows") { Description = "Rows to show.", DefaultValueFactory = _ => 3 };
        var command = new Command("inspect", "Look into a stage folder: files, counts, sample rows.") { folder, rows };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(folder)!;
            var manifest = Manifest.Read(path);
            System.Console.WriteLine($"{manifest.Stage} version {manifest.Version}, key {manifest.Key[..16]}, {manifest.Toolchain}");
            foreach (var output in manifest.Outputs)
                System.Console.WriteLine($"{output.Bytes,12:N0}  {output.Sha256[..12]}  {output.Path}");
            foreach (var line in Sample(manifest.Stage, path, parsed.GetValue(rows)))
                System.Console.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string> Sample(string stage, string folder, int rows) => stage switch
    {
        StageCatalog.Label => DocumentShards.Read(folder).Take(rows).Select(d => $"[{d.DocumentId}] {d.Domain49}: {Cut(d.Text)}"),
        StageCatalog.Tokenize => TokenRows(folder, rows),
        StageCatalog.Pack => SequenceRows(folder, rows),
        _ => Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal).SelectMany(f => File.ReadLines(f).Take(rows + 1).Prepend($"{Path.GetFileName(f)}:")),
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
            yield return $"[{i}] {data.Info.Domains49[data.Domain49(i)]}: {Cut(tokenizer.Decode(tokens[..data.TokenCount(i)]))}";
        }
    }

    private static string Cut(string text) => (text.Length > 160 ? text[..160] + "…" : text).ReplaceLineEndings("⏎");
}
