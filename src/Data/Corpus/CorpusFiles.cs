using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>A file of a corpus.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">Its path inside the corpus, with <c>/</c>: the same wherever the corpus lies.</param>
public sealed record CorpusFile(string Path, string Name);

/// <summary>The JSONL files of a corpus.</summary>
public static class CorpusFiles
{
    /// <summary>Every <c>*.jsonl</c> file of the folders, at any depth, in ordinal order of the names, and the files named themselves.</summary>
    /// <param name="paths">Files and folders, taken in the order given; a file that occurs twice counts once.</param>
    /// <exception cref="InputException">A path does not exist, or a folder holds no such file.</exception>
    public static IReadOnlyList<CorpusFile> Find(params IEnumerable<string> paths) =>
        paths.SelectMany(FindIn).DistinctBy(f => Path.GetFullPath(f.Path), StringComparer.Ordinal).ToList();

    private static IReadOnlyList<CorpusFile> FindIn(string path)
    {
        if (File.Exists(path))
            return [new(path, Path.GetFileName(path))];
        if (!Directory.Exists(path))
            throw new InputException(path, null, "there is no such file or folder.", "Correct the corpus path.");
        var files = Directory.EnumerateFiles(path, "*.jsonl", SearchOption.AllDirectories)
            .Select(f => new CorpusFile(f, Path.GetRelativePath(path, f).Replace('\\', '/')))
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new InputException(path, null, "the folder holds no .jsonl file.",
            "Put JSONL files there, one {\"text\": …, \"label\": …} a line, or correct the corpus path.");
    }
}
