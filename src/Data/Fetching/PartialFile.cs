using System.Net.Http.Headers;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>The bytes of a file that have come so far, and beside them what the server called these contents.</summary>
internal sealed class PartialFile
{
    private readonly string _state;
    private Notes? _notes;

    /// <param name="folder">The folder of unfinished files.</param>
    /// <param name="file">The file; path and hash name its bytes, so that another version's are never taken for them.</param>
    public PartialFile(string folder, RemoteFile file)
    {
        Path = System.IO.Path.Combine(folder, Hashing.OfText($"{file.Path}\n{file.Bytes}\n{file.Sha256 ?? file.GitSha1}")[..32] + ".part");
        _state = Path + ".json";
        _notes = ReadNotes();
        if (_notes is null)
            File.Delete(Path);
    }

    public string Path { get; }

    public long Length => File.Exists(Path) ? new FileInfo(Path).Length : 0;

    /// <summary>The strong ETag of the bytes so far; null where the server gave none that ranges may rest on.</summary>
    public EntityTagHeaderValue? ETag => EntityTagHeaderValue.TryParse(_notes?.ETag, out var tag) && !tag.IsWeak ? tag : null;

    /// <summary>The SHA-256 that the hub gave with its redirect; null where it gave none.</summary>
    public string? LinkedSha256 => _notes?.Sha256;

    /// <summary>Writes the names down before the bytes they name.</summary>
    public void Name(EntityTagHeaderValue? etag, string? linkedSha256)
    {
        var notes = new Notes(etag?.ToString(), linkedSha256 ?? _notes?.Sha256);
        if (notes == _notes)
            return;
        DurableFile.WriteAllText(_state, JsonSerializer.Serialize(notes, JsonFormat.Indented));
        _notes = notes;
    }

    public FileStream Append() => new(Path, FileMode.Append, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);

    /// <summary>Forgets the bytes; returns how many they were.</summary>
    public long Discard()
    {
        var length = Length;
        File.Delete(Path);
        File.Delete(_state);
        _notes = null;
        return length;
    }

    /// <summary>Puts the finished file in its place.</summary>
    public void MoveTo(string target)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        File.Move(Path, target, overwrite: true);
        File.Delete(_state);
    }

    private Notes? ReadNotes()
    {
        try
        {
            return File.Exists(_state) ? JsonSerializer.Deserialize<Notes>(File.ReadAllText(_state), JsonFormat.Indented) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Notes(string? ETag, string? Sha256);
}
