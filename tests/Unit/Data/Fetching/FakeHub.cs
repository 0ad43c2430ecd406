using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>A hub of one dataset, <c>owner/data</c>: small files come from the hub, large ones by a redirect to another host.</summary>
public sealed class FakeHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Token = "hf_SecretOfThisTest";

    private readonly LocalServer _hub;
    private readonly LocalServer _store;

    public FakeHub()
    {
        _store = new LocalServer(r => StoreFault?.Invoke(r) ?? Bytes(r, Large[Uri.UnescapeDataString(r.Path[1..])]));
        _hub = new LocalServer(r => Fault?.Invoke(r) ?? Answer(r));
    }

    public SortedDictionary<string, byte[]> Small { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, byte[]> Large { get; } = new(StringComparer.Ordinal);

    public int PageSize { get; set; } = 1000;

    public string Head { get; set; } = Commit;

    /// <summary>Whether the listing gives the SHA-256 of large files, which some mirrors leave to the redirect.</summary>
    public bool ListsSha256 { get; set; } = true;

    /// <summary>What the hub answers instead of the truth; null from it means the truth.</summary>
    public Func<Request, Reply?>? Fault { get; set; }

    /// <summary>The same for the host of the large files.</summary>
    public Func<Request, Reply?>? StoreFault { get; set; }

    public IEnumerable<Request> HubRequests => _hub.Requests;

    public IEnumerable<Request> StoreRequests => _store.Requests;

    public IEnumerable<Request> Downloads => _hub.Requests.Concat(_store.Requests).Where(r => !r.Path.StartsWith("/api/", StringComparison.Ordinal));

    public Uri StoreAddress => _store.Address;

    public FetchOptions Options => new()
    {
        Repository = "owner/data", Endpoint = _hub.Address, Attempts = 4, Silence = TimeSpan.FromSeconds(20), FirstWait = TimeSpan.FromSeconds(1),
    };

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    public Fetcher Fetcher(FetchOptions? options = null, IProgressListener? progress = null, TimeProvider? time = null) =>
        new(options ?? Options, progress, time ?? new LeapingClock());

    /// <summary>Answers with the wanted range of the bytes, as a good server does.</summary>
    public static Reply Bytes(Request request, byte[] bytes, string? etag = null)
    {
        etag ??= $"\"{Hashing.OfBytes(bytes)[..16]}\"";
        if (request.Header("Range") is not { } range || (request.Header("If-Range") is { } same && same != etag))
            return new Reply(200, bytes) { Headers = { ["ETag"] = etag } };
        var from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return new Reply(206, bytes[from..]) { Headers = { ["ETag"] = etag, ["Content-Range"] = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}" } };
    }

    public static byte[] Noise(int length, long seed = 1)
    {
        var random = new KeyedRandom(seed, "noise");
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)random.NextUInt64();
        return bytes;
    }

    public static string GitSha1(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    private Reply Answer(Request request)
    {
        if (request.Path.StartsWith("/api/datasets/owner/data/revision/", StringComparison.Ordinal))
            return Reply.Text(200, JsonSerializer.Serialize(new { sha = Head }));
        if (request.Path == $"/api/datasets/owner/data/tree/{Head}")
            return Page(request);
        var prefix = $"/datasets/owner/data/resolve/{Head}/";
        if (!request.Path.StartsWith(prefix, StringComparison.Ordinal))
            return Reply.Text(404, "nothing here");
        var name = Uri.UnescapeDataString(request.Path[prefix.Length..]);
        if (Small.TryGetValue(name, out var small))
            return Bytes(request, small, $"\"{GitSha1(small)}\"");
        var reply = Reply.Redirect($"{_store.Address}{Uri.EscapeDataString(name)}?Signature=signed-secret");
        reply.Headers["X-Linked-Etag"] = $"\"{Hashing.OfBytes(Large[name])}\"";
        return reply;
    }

    private Reply Page(Request request)
    {
        var from = request.Target.Split("cursor=") is [_, var cursor] ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var entries = Small.Select(f => (object)new { type = "file", path = f.Key, size = f.Value.Length, oid = GitSha1(f.Value) })
            .Concat(Large.Select(f => (object)new { type = "file", path = f.Key, size = f.Value.Length, oid = new string('0', 40), lfs = ListsSha256 ? new { oid = Hashing.OfBytes(f.Value), size = f.Value.Length } : null }))
            .Prepend(new { type = "directory", path = "folder", oid = new string('1', 40), size = 0 }).ToArray();
        var reply = Reply.Text(200, JsonSerializer.Serialize(entries.Skip(from).Take(PageSize)));
        if (from + PageSize < entries.Length)
            reply.Headers["Link"] = $"<https://elsewhere.example{request.Path}?recursive=true&cursor={from + PageSize}>; rel=\"next\"";
        return reply;
    }
}

/// <summary>A clock on which every wait is over at once, and written down.</summary>
public sealed class LeapingClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_lock)
                return [.. _waits];
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _now += dueTime;
            _waits.Add(dueTime);
        }

        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Spent();
    }

    private sealed class Spent : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Remembers all that was said.</summary>
public sealed class Listener : IProgressListener
{
    public System.Collections.Concurrent.ConcurrentQueue<ProgressUpdate> Updates { get; } = new();

    public System.Collections.Concurrent.ConcurrentQueue<string> Notes { get; } = new();

    public void Report(ProgressUpdate update) => Updates.Enqueue(update);

    public void Note(string message) => Notes.Enqueue(message);
}
