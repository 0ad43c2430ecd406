using System.Text.Json;

namespace ExpertDivergence.Data.Fetching;

/// <summary>What a repository holds: the commit of a revision, and its files, page by page.</summary>
internal sealed class RepositoryListing(HubClient client, HubAddress hub, HubStatus status, PoliteRetry retry)
{
    private const int LargestPage = 64 << 20;
    private const int MostFiles = 2_000_000;

    /// <summary>The commit that the revision stands for.</summary>
    public async Task<string> CommitAsync(CancellationToken cancellation)
    {
        var (root, _) = await PageAsync(hub.Revision, cancellation);
        return root.ValueKind == JsonValueKind.Object && Text(root, "sha") is { Length: >= 40 and <= 64 } sha && sha.All(char.IsAsciiHexDigit)
            ? sha.ToLowerInvariant()
            : throw Strange(hub.Revision, "the answer names no commit");
    }

    /// <summary>The files of a commit, in the server's order; names are not judged yet.</summary>
    public async Task<IReadOnlyList<RemoteFile>> FilesAsync(string commit, CancellationToken cancellation)
    {
        var files = new List<RemoteFile>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var address = hub.Tree(commit); address is not null;)
        {
            if (!seen.Add(address.Query) || files.Count > MostFiles)
                throw Strange(address, "the pages of the listing do not end");
            var (root, next) = await PageAsync(address, cancellation);
            if (root.ValueKind != JsonValueKind.Array)
                throw Strange(address, "the listing is no array");
            files.AddRange(root.EnumerateArray().Select(e => Entry(e, address)).OfType<RemoteFile>());
            // Of the next page's address only the query is taken: a page on another host would get the token.
            address = next is null ? null : new UriBuilder(address) { Query = next.Query }.Uri;
        }

        return files;
    }

    private static RemoteFile? Entry(JsonElement entry, Uri address)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "type") is not { } type)
            throw Strange(address, "an entry of the listing is no file");
        if (type != "file")
            return null;
        var isLarge = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        var sha256 = isLarge ? Hex(Text(lfs, "oid"), 64) : null;
        var sha1 = isLarge ? null : Hex(Text(entry, "oid"), 40);
        if (Text(entry, "path") is not { } path || !entry.TryGetProperty("size", out var size) || !size.TryGetInt64(out var bytes) || bytes < 0 || (sha256 ?? sha1) is null)
            throw Strange(address, "a file of the listing lacks its path, size or hash");
        return new RemoteFile(path, bytes, sha256, sha1);
    }

    private Task<(JsonElement Root, Uri? Next)> PageAsync(Uri address, CancellationToken cancellation) => retry.RunAsync(address.PathAndQuery, async () =>
    {
        using var answer = await client.GetAsync(address, 0, null, cancellation);
        status.Check(answer);
        using var body = await answer.Response.Content.ReadAsStreamAsync(cancellation);
        using var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = await client.ReadAsync(body, buffer, answer.Address, cancellation)) > 0;)
        {
            text.Write(buffer, 0, read);
            if (text.Length > LargestPage)
                throw Strange(address, "the answer is longer than any listing");
        }

        try
        {
            using var json = JsonDocument.Parse(text.GetBuffer().AsMemory(0, (int)text.Length));
            return (json.RootElement.Clone(), Next(answer));
        }
        catch (JsonException e)
        {
            throw new TransientException(FetchFailure.BadAnswer, address.AbsolutePath, "the answer is not JSON", e);
        }
    }, kept: null, cancellation);

    private static Uri? Next(HubAnswer answer)
    {
        if (!answer.Response.Headers.TryGetValues("Link", out var values))
            return null;
        foreach (var link in values.SelectMany(v => v.Split(',')))
        {
            int open = link.IndexOf('<', StringComparison.Ordinal), close = link.IndexOf('>', StringComparison.Ordinal);
            if (open >= 0 && close > open && link[close..].Replace("\"", "", StringComparison.Ordinal).Contains("rel=next", StringComparison.OrdinalIgnoreCase)
                && Uri.TryCreate(answer.Address, link[(open + 1)..close], out var next))
                return next;
        }

        return null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Hex(string? text, int digits) => text?.Length == digits && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;

    private static FetchException Strange(Uri address, string words) => new(FetchFailure.BadAnswer, address.AbsolutePath, words,
        "Check HF_ENDPOINT: this is not how the hub answers.");
}
