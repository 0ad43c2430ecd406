using System.Net;
using System.Net.Http.Headers;

namespace ExpertDivergence.Data.Fetching;

/// <summary>One GET with its redirects. The token goes to the endpoint's own origin alone, and never again once a redirect has left it.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;

    private readonly FetchOptions _options;
    private readonly HttpClient _http;

    public HubClient(FetchOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // ours decide about the token
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None, // lengths and ranges count the stored bytes
            ConnectTimeout = options.Silence,
            MaxConnectionsPerServer = options.Parallel,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // silence is bounded instead: a large file takes hours
        _http.DefaultRequestHeaders.UserAgent.Add(new("ExpertDivergence", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Asks for a resource; the answer's body has not been read, and its status is not judged.</summary>
    /// <param name="address">The address, on the endpoint.</param>
    /// <param name="offset">The first byte wanted; 0 asks for all without a range.</param>
    /// <param name="ifSame">The ETag that the bytes before <paramref name="offset"/> had.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="TransientException">No answer came.</exception>
    public async Task<HubAnswer> GetAsync(Uri address, long offset, EntityTagHeaderValue? ifSame, CancellationToken cancellation)
    {
        var trusted = true;
        EntityTagHeaderValue? linked = null;
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            trusted &= SameOrigin(address, _options.Endpoint);
            var response = await SendAsync(address, offset, ifSame, trusted, cancellation);
            if (trusted && response.Headers.TryGetValues("X-Linked-Etag", out var values) && EntityTagHeaderValue.TryParse(values.First(), out var tag))
                linked = tag;
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return new HubAnswer(response, address, trusted, linked);
            using (response)
                address = Target(address, response.Headers.Location);
        }

        throw new TransientException(FetchFailure.BadAnswer, address.AbsolutePath, "the redirects do not end");
    }

    /// <summary>Reads some of a body; 0 at its end.</summary>
    /// <exception cref="TransientException">The connection broke or the server fell silent.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, Uri address, CancellationToken cancellation) =>
        await BoundedAsync(address, async timed => await body.ReadAsync(buffer, timed), cancellation);

    private static Uri Target(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var next) || next.Scheme is not ("https" or "http"))
            throw new TransientException(FetchFailure.BadAnswer, from.AbsolutePath, "a redirect that leads nowhere");
        if (from.Scheme == "https" && next.Scheme == "http")
            throw new TransientException(FetchFailure.BadAnswer, from.AbsolutePath, "a redirect from https to plain http, which is not followed");
        return next;
    }

    private static bool SameOrigin(Uri a, Uri b) => a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);

    private Task<HttpResponseMessage> SendAsync(Uri address, long offset, EntityTagHeaderValue? ifSame, bool trusted, CancellationToken cancellation) =>
        BoundedAsync(address, async timed =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, null);
            if (offset > 0 && ifSame is not null)
                request.Headers.IfRange = new RangeConditionHeaderValue(ifSame);
            if (trusted)
                _options.Token?.Authorize(request);
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timed);
        }, cancellation);

    private async Task<T> BoundedAsync<T>(Uri address, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(_options.Silence);
        try
        {
            return await work(timed.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException(FetchFailure.Silent, address.AbsolutePath, FormattableString.Invariant($"no word from {address.Authority} for {_options.Silence.TotalSeconds} s"), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new TransientException(FetchFailure.Unreachable, address.AbsolutePath, $"the connection to {address.Authority} failed: {e.Message}", e);
        }
    }
}

/// <summary>An answer, its body yet unread.</summary>
/// <param name="Response">The answer after all redirects.</param>
/// <param name="Address">Where it came from.</param>
/// <param name="FromHub">Whether no redirect left the hub's origin.</param>
/// <param name="LinkedETag">The hub's name for the contents that it redirected to: the SHA-256 of a large file.</param>
internal sealed record HubAnswer(HttpResponseMessage Response, Uri Address, bool FromHub, EntityTagHeaderValue? LinkedETag) : IDisposable
{
    public string? LinkedSha256 => LinkedETag?.Tag.Trim('"') is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit) ? hex.ToLowerInvariant() : null;

    public void Dispose() => Response.Dispose();
}
