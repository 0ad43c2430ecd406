using System.Net;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Brings one file: goes on where an earlier try ended, believes no length and no bytes before the checksum.</summary>
internal sealed class FileDownload(HubClient client, HubAddress hub, HubStatus status, PoliteRetry retry, TransferMeter meter, string commit)
{
    /// <summary>Downloads to <paramref name="target"/> by way of <paramref name="part"/>.</summary>
    /// <returns>The file with the SHA-256 of the bytes that were written.</returns>
    public Task<RemoteFile> RunAsync(RemoteFile file, PartialFile part, string target, CancellationToken cancellation) => retry.RunAsync(file.Path, async () =>
    {
        if (part.Length > file.Bytes)
            Discard(part);
        if (part.Length < file.Bytes)
            await RestAsync(file, part, cancellation);
        else if (file.Bytes == 0)
            await part.Append().DisposeAsync();
        var digest = await FileDigest.OfAsync(part.Path, cancellation);
        var expected = file.Sha256 is null && part.LinkedSha256 is { } linked ? file with { Sha256 = linked } : file;
        if (!digest.Matches(expected))
        {
            Discard(part);
            throw Failed(FetchFailure.BadChecksum, file, $"the bytes hash to {(expected.Sha256 is null ? digest.GitSha1 : digest.Sha256)}, the listing says {expected.Sha256 ?? expected.GitSha1}");
        }

        part.MoveTo(target);
        return file with { Sha256 = digest.Sha256 };
    }, () => part.Length, cancellation);

    private async Task RestAsync(RemoteFile file, PartialFile part, CancellationToken cancellation)
    {
        var offset = part.Length;
        using var answer = await client.GetAsync(hub.File(commit, file.Path), offset, part.ETag, cancellation);
        var response = answer.Response;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Discard(part);
            throw Failed(FetchFailure.BadAnswer, file, "the server refuses to go on from where the file ends so far");
        }

        status.Check(answer);
        CheckContents(answer, file, part);
        if (response.StatusCode == HttpStatusCode.OK && offset > 0)
        {
            Discard(part); // it ignores ranges, or the contents have another name now
            offset = 0;
        }

        if (response.Content.Headers.ContentLength is { } declared && declared != file.Bytes - offset)
            throw Failed(FetchFailure.BadLength, file, $"the server announces {declared} bytes where {file.Bytes - offset} are wanted");
        part.Name(response.Headers.ETag ?? part.ETag, answer.LinkedSha256);
        await CopyAsync(answer, file, part, offset, cancellation);
    }

    private void CheckContents(HubAnswer answer, RemoteFile file, PartialFile part)
    {
        var content = answer.Response.Content.Headers;
        if (content.ContentEncoding.Any(e => e != "identity"))
            throw Failed(FetchFailure.BadAnswer, file, $"the server sends {string.Join(", ", content.ContentEncoding)} where plain bytes were asked for");
        if (file.Sha256 is { } listed && answer.LinkedSha256 is { } linked && listed != linked)
            throw Failed(FetchFailure.BadChecksum, file, $"the hub links to contents {linked}, the listing says {listed}");
        if (answer.Response.StatusCode != HttpStatusCode.PartialContent)
            return;
        var sameName = part.ETag is null || answer.Response.Headers.ETag is not { } tag || tag.Equals(part.ETag);
        if (!sameName || content.ContentRange is not { } range || range.From != part.Length || (range.Length is { } all && all != file.Bytes))
        {
            Discard(part);
            throw Failed(FetchFailure.BadAnswer, file, "the server goes on with another part or other contents than asked for");
        }
    }

    private async Task CopyAsync(HubAnswer answer, RemoteFile file, PartialFile part, long offset, CancellationToken cancellation)
    {
        using var body = await answer.Response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[1 << 17];
        await using (var output = part.Append())
        {
            for (int read; (read = await client.ReadAsync(body, buffer, answer.Address, cancellation)) > 0;)
            {
                offset += read;
                if (offset > file.Bytes)
                    break;
                await output.WriteAsync(buffer.AsMemory(0, read), cancellation);
                meter.Add(read, file.Path);
            }
        }

        if (offset > file.Bytes)
        {
            Discard(part);
            throw Failed(FetchFailure.BadLength, file, $"more bytes come than the {file.Bytes} of the listing");
        }

        if (offset < file.Bytes)
            throw Failed(FetchFailure.Unreachable, file, $"the connection ended after {offset} of {file.Bytes} bytes");
    }

    private void Discard(PartialFile part) => meter.Again(part.Discard());

    private TransientException Failed(FetchFailure failure, RemoteFile file, string words) => new(failure, hub.File(commit, file.Path).AbsolutePath, words);
}
