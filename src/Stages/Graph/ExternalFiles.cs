using System.Globalization;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Graph;

/// <summary>Hashes of files that come from outside the graph, remembered by path, length and time so that nothing is read twice.</summary>
public sealed class ExternalFiles(string memoFile)
{
    private readonly Dictionary<string, string> _memo = File.Exists(memoFile)
        ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(memoFile)) ?? []
        : [];

    private bool _changed;

    /// <summary>One hash over a folder's files (names relative to it, and contents) or one file.</summary>
    /// <exception cref="UsageException">The path does not exist or holds no file that matches.</exception>
    public string HashOf(string path, string pattern = "*")
    {
        if (File.Exists(path))
            return HashOfFile(path);
        if (!Directory.Exists(path))
            throw new UsageException($"there is no folder {path}", "Give the path of a folder that exists.");
        var files = Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
            throw new InputException(path, null, $"no file named {pattern} in this folder", "Give a folder that holds them.");
        return Hashing.OfText(string.Join('\n', files.Select(f => $"{Path.GetRelativePath(path, f).Replace('\\', '/')} {HashOfFile(f)}")));
    }

    /// <summary>One hash over a corpus's files (<see cref="CorpusFiles"/>): names inside it and contents; of a single file its contents.</summary>
    /// <exception cref="InputException">There is nothing that can be read.</exception>
    public string HashOfCorpus(string path) => File.Exists(path)
        ? HashOfFile(path)
        : Hashing.OfText(string.Join('\n', CorpusFiles.Find(path).Select(f => $"{f.Name} {HashOfFile(f.Path)}")));

    /// <summary>Writes what was learnt.</summary>
    public void Save()
    {
        if (!_changed)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(memoFile)!);
        DurableFile.WriteAllText(memoFile, JsonSerializer.Serialize(_memo));
        _changed = false;
    }

    private string HashOfFile(string file)
    {
        var info = new FileInfo(file);
        var id = string.Create(CultureInfo.InvariantCulture, $"{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}");
        if (_memo.TryGetValue(id, out var known))
            return known;
        _changed = true;
        return _memo[id] = Hashing.OfFile(file);
    }
}
