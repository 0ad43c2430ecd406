using System.Security.Cryptography;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>The corpus that a verb reads as the recipe's section <c>labels</c> says, and what the manifest says of it.</summary>
internal sealed class CorpusInput
{
    private readonly IReadOnlyList<string> _paths;
    private readonly SHA256 _hash = SHA256.Create();

    public CorpusInput(IReadOnlyList<string> paths, Recipe recipe, IProgressListener progress)
    {
        _paths = paths;
        var standardInput = paths.Contains(CorpusFiles.StandardInput)
            ? new CryptoStream(System.Console.OpenStandardInput(), _hash, CryptoStreamMode.Read)
            : null;
        Reader = new CorpusReader(paths, new CorpusOptions
        {
            OnBadLine = recipe.Text("labels.on_bad_line") == "skip" ? OnBadLine.Skip : OnBadLine.Fail,
            MaxLineBytes = (int)Math.Min(recipe.Integer("labels.max_line_bytes"), int.MaxValue),
            Fields = new(recipe.Text("labels.fields.text"), recipe.Text("labels.fields.source"), recipe.Text("labels.fields.label")),
            StandardInput = standardInput,
            Rules = [.. Rules(recipe, paths[0], progress)],
        });
    }

    /// <summary>The reader.</summary>
    public CorpusReader Reader { get; }

    /// <summary>Whether it begins with standard input, beside which no label map lies.</summary>
    public bool IsStandardInput => _paths[0] == CorpusFiles.StandardInput;

    /// <summary>Notes in the stage's manifest what was read: the stage folder that the corpus lies in, or the hashes of somebody's files.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="labelMap">The label map that was read; null: none.</param>
    public void NoteIn(StageRun stage, string? labelMap)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(_paths[0]));
        if (!IsStandardInput && parent is not null && File.Exists(Path.Combine(parent, Manifest.FileName)))
        {
            stage.Reads("corpus", parent);
            return;
        }

        var files = new ExternalFiles(Workspace.Current.HashMemo);
        foreach (var (index, path) in _paths.Index())
            stage.ReadsExternal(index == 0 ? "corpus" : $"corpus.{index}", path == CorpusFiles.StandardInput
                ? Convert.ToHexStringLower(_hash.Hash!)
                : files.HashOfCorpus(path));
        if (labelMap is not null)
            stage.ReadsExternal("label_map", files.HashOf(labelMap));
        files.Save();
    }

    private static IEnumerable<IDocumentRule> Rules(Recipe recipe, string first, IProgressListener progress)
    {
        if (recipe.Text("labels.duplicates") == "drop")
            yield return new ExactDuplicates();
        if (recipe.OverlapFolder is { } benchmarks)
        {
            var overlap = new BenchmarkOverlap(benchmarks.Length > 0 ? benchmarks : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(first))!, "benchmarks"));
            progress.Note($"overlap is looked for with {overlap.Texts:N0} texts of benchmark files; {overlap.TooShort:N0} of them are too short to be recognised");
            yield return overlap;
        }

        if (recipe.Text("labels.near_duplicates") == "drop")
            yield return new NearDuplicates();
    }
}
