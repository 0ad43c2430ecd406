namespace ExpertDivergence.Data.Fetching;

/// <summary>A file of a repository at one commit.</summary>
/// <param name="Path">The path inside the repository, with <c>/</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes; in a listing known for large (LFS) files alone, in a record for all.</param>
/// <param name="GitSha1">Git's blob hash, by which a listing names small files.</param>
public sealed record RemoteFile(string Path, long Bytes, string? Sha256, string? GitSha1)
{
    /// <summary>Whether both name the same bytes under the same path.</summary>
    public bool IsSameAs(RemoteFile other) => Path == other.Path && Bytes == other.Bytes
        && (Sha256 is not null && other.Sha256 is not null ? Sha256 == other.Sha256 : GitSha1 is not null && GitSha1 == other.GitSha1);
}
