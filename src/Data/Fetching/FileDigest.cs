using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Both hashes by which the hub names contents, from one pass over a file.</summary>
/// <param name="Bytes">The file's length.</param>
/// <param name="Sha256">SHA-256 of the bytes.</param>
/// <param name="GitSha1">SHA-1 of <c>blob LENGTH NUL</c> and the bytes. A name, not a defence: git has no stronger one here.</param>
internal sealed record FileDigest(long Bytes, string Sha256, string GitSha1)
{
    public static async Task<FileDigest> OfAsync(string path, CancellationToken cancellation)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan | FileOptions.Asynchronous);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha1.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        var buffer = new byte[1 << 18];
        long length = 0;
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0; length += read)
        {
            sha256.AppendData(buffer, 0, read);
            sha1.AppendData(buffer, 0, read);
        }

        return new(length, Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha1.GetHashAndReset()));
    }

    /// <summary>Whether these are the bytes that the listing names.</summary>
    public bool Matches(RemoteFile file) => Bytes == file.Bytes && (file.Sha256 is { } sha256 ? Sha256 == sha256 : GitSha1 == file.GitSha1);
}
