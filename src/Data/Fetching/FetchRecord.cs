using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>What a fetched folder holds (<c>fetch.json</c>): no time, no host, no token, so that equal contents give equal bytes.</summary>
/// <param name="Schema">The version of this form.</param>
/// <param name="Kind">Dataset or model.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Revision">The revision asked for.</param>
/// <param name="Commit">The commit that it stood for.</param>
/// <param name="Include">Patterns of the files wanted.</param>
/// <param name="Exclude">Patterns of the files not wanted.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="Files">The files in ordinal order of their paths.</param>
public sealed record FetchRecord(int Schema, HubKind Kind, string Repository, string Revision, string Commit, IReadOnlyList<string> Include,
    IReadOnlyList<string> Exclude, long Bytes, IReadOnlyList<RemoteFile> Files)
{
    /// <summary>The record's name inside a fetched folder.</summary>
    public const string FileName = "fetch.json";

    internal static FetchRecord Of(FetchOptions options, string commit, IEnumerable<RemoteFile> files)
    {
        var sorted = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToArray();
        return new(1, options.Kind, options.Repository, options.Revision, commit, options.Include, options.Exclude, sorted.Sum(f => f.Bytes), sorted);
    }

    /// <summary>Reads a record; null where the file is not there.</summary>
    /// <exception cref="InputException">The file is no record.</exception>
    public static FetchRecord? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var record = JsonSerializer.Deserialize<FetchRecord>(File.ReadAllText(path), JsonFormat.Indented);
            if (record is { Schema: 1, Repository: not null, Revision: not null, Commit: not null, Include: not null, Exclude: not null, Files: not null }
                && record.Files.All(f => f is { Path: not null, Bytes: >= 0 } && (f.Sha256 ?? f.GitSha1) is not null && ServerNames.Fault(f.Path) is null))
                return record;
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new InputException(path, null, "this is no record of a fetch.", "Give another folder with --out, or delete this one.");
    }

    internal string ToJson() => JsonSerializer.Serialize(this, JsonFormat.Indented) + "\n";

    /// <summary>Whether this is a fetch of what the options ask for; the revision by its name or its commit.</summary>
    internal bool Answers(FetchOptions options) => Kind == options.Kind && Repository == options.Repository
        && (Revision == options.Revision || Commit == options.Revision) && Include.SequenceEqual(options.Include) && Exclude.SequenceEqual(options.Exclude);
}
