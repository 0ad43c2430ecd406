using System.Text.RegularExpressions;

namespace ExpertDivergence.Core;

/// <summary>A file of a corpus.</summary>
/// <param name="Path">Where it lies; <c>-</c>: standard input.</param>
/// <param name="Name">Its path inside the corpus, with <c>/</c>: the same wherever the corpus lies.</param>
public sealed record CorpusFile(string Path, string Name)
{
    /// <summary>How it is read.</summary>
    public CorpusFormat Format => CorpusFiles.FormatOf(Path);
}

/// <summary>The formats of corpus files, known by their endings.</summary>
public enum CorpusFormat
{
    /// <summary>Not a corpus file.</summary>
    None,

    /// <summary><c>.jsonl</c> or <c>.ndjson</c>, as it is or with <c>.gz</c> or <c>.zst</c> behind.</summary>
    Jsonl,

    /// <summary><c>.csv</c> or <c>.tsv</c>, likewise.</summary>
    Csv,

    /// <summary><c>.parquet</c>.</summary>
    Parquet,

    /// <summary><c>.txt</c>, <c>.text</c>, <c>.md</c> or <c>.markdown</c>: one document a file, labelled with its folder's name.</summary>
    Text,
}

/// <summary>The files of a corpus: what is read, and what a result's key covers.</summary>
public static class CorpusFiles
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The format of a file by its name's ending, upper or lower case.</summary>
    public static CorpusFormat FormatOf(string path)
    {
        if (path == StandardInput)
            return CorpusFormat.Jsonl;
        var name = path.ToLowerInvariant();
        var bare = name.EndsWith(".gz", StringComparison.Ordinal) || name.EndsWith(".zst", StringComparison.Ordinal)
            ? System.IO.Path.GetFileNameWithoutExtension(name) : name;
        return System.IO.Path.GetExtension(bare) switch
        {
            ".jsonl" or ".ndjson" => CorpusFormat.Jsonl,
            ".csv" or ".tsv" => CorpusFormat.Csv,
            ".parquet" when bare == name => CorpusFormat.Parquet,
            ".txt" or ".text" or ".md" or ".markdown" when bare == name => CorpusFormat.Text,
            _ => CorpusFormat.None,
        };
    }

    /// <summary>The files named, those of the folders at any depth, and those that match the patterns (<c>*</c> and <c>?</c> inside a
    /// name, <c>**</c> over folders); a folder's or pattern's in ordinal order of their names.</summary>
    /// <param name="paths">Files, folders, patterns and <c>-</c>, taken in the order given; a file that occurs twice counts once.</param>
    /// <remarks>A folder of JSONL, CSV or Parquet is read for these alone, so that its README is no document; only a folder without
    /// any of them is one of texts.</remarks>
    /// <exception cref="UsageException">A path does not exist.</exception>
    /// <exception cref="InputException">A path has no format that is known, or holds no file that has.</exception>
    public static IReadOnlyList<CorpusFile> Find(params IEnumerable<string> paths) =>
        paths.SelectMany(FindIn).DistinctBy(f => f.Path == StandardInput ? f.Path : Path.GetFullPath(f.Path), StringComparer.Ordinal).ToList();

    private static IReadOnlyList<CorpusFile> FindIn(string path)
    {
        if (path == StandardInput)
            return [new(path, "stdin")];
        if (File.Exists(path))
            return FormatOf(path) != CorpusFormat.None ? [new(path, Path.GetFileName(path))] : throw new InputException(path, null,
                "its name says no format that is read.", "Give a .jsonl, .csv, .tsv (each also .gz or .zst), .parquet, .txt or .md file.");
        if (Directory.Exists(path))
            return Known(path, All(path), "the folder holds no .jsonl, .csv, .parquet or text file.");
        if (path.AsSpan().ContainsAny('*', '?'))
            return Matching(path);
        throw new UsageException($"there is no file or folder {path}", "Correct the corpus path.");
    }

    private static IReadOnlyList<CorpusFile> Matching(string pattern)
    {
        var fixedPart = pattern[..pattern.AsSpan().IndexOfAny('*', '?')];
        var cut = fixedPart.LastIndexOfAny(['/', Path.DirectorySeparatorChar]);
        var root = cut < 0 ? "." : cut == 0 ? "/" : pattern[..cut];
        var glob = Regex.Escape(pattern[(cut + 1)..].Replace('\\', '/'))
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        var files = Directory.Exists(root) ? All(root).Where(f => Regex.IsMatch(f.Name, $"^{glob}$", RegexOptions.CultureInvariant)) : [];
        return Known(pattern, files, "no file that can be read matches the pattern.");
    }

    private static IEnumerable<CorpusFile> All(string root) => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
        .Select(f => new CorpusFile(f, Path.GetRelativePath(root, f).Replace('\\', '/')));

    private static IReadOnlyList<CorpusFile> Known(string path, IEnumerable<CorpusFile> files, string otherwise)
    {
        var known = files.Where(f => f.Format != CorpusFormat.None).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        var tables = known.Where(f => f.Format != CorpusFormat.Text).ToList();
        return tables.Count > 0 ? tables : known.Count > 0 ? known : throw new InputException(path, null, otherwise,
            "Put JSONL files there, one {\"text\": …, \"label\": …} a line, or correct the corpus path.");
    }
}
