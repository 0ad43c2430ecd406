using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Finds benchmark files and names what is missing.</summary>
internal static class BenchmarkFiles
{
    private const string Remedy = "Put the benchmark's official files there, or leave the task out.";

    /// <summary>The first of the names that exists in the folder.</summary>
    public static string FirstOf(string folder, params IReadOnlyList<string> names) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new InputException(Path.Combine(folder, names[0]), null, "is not there", Remedy);

    /// <summary>The subjects that have a file of the suffix, in ordinal order.</summary>
    public static IReadOnlyList<(string Subject, string File)> Subjects(string folder, string suffix)
    {
        if (!Directory.Exists(folder))
            throw new InputException(folder, null, "is not there", Remedy);
        var subjects = Directory.EnumerateFiles(folder)
            .Where(file => file.EndsWith(suffix, StringComparison.Ordinal))
            .Select(file => (Subject: Path.GetFileName(file)[..^suffix.Length], File: file))
            .OrderBy(pair => pair.Subject, StringComparer.Ordinal)
            .ToList();
        return subjects.Count > 0 ? subjects : throw new InputException(folder, null, $"has no file *{suffix}", Remedy);
    }

    /// <summary>The first rows of a file; fewer than asked for is an error of usage.</summary>
    public static IReadOnlyList<T> FirstRows<T>(IEnumerable<T> rows, int count)
    {
        var first = rows.Take(count).ToList();
        return first.Count == count
            ? first
            : throw new OptionException("evaluation.few_shot", $"{count} examples asked for, the file has {first.Count}", $"Ask for at most {first.Count}.");
    }

    /// <summary>A row's number as its id.</summary>
    public static string Number(int index) => index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Opens a text file as UTF-8; other bytes are an error, not question marks.</summary>
    public static StreamReader Open(string file) => new(file, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true));
}
