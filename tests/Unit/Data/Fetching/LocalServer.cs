using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>What a client asked.</summary>
public sealed record Request(string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string Path => Target.Split('?')[0];

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>What it gets, good or bad.</summary>
public sealed record Reply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The length that the headers announce; null announces none, so that the body ends with the connection.</summary>
    public long? Announced { get; init; } = Body.Length;

    /// <summary>Bytes of the body after which the connection ends, whatever length was announced.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>Whether the connection is torn down instead of ended.</summary>
    public bool Reset { get; init; }

    /// <summary>Bytes of the body after which the server says nothing more and keeps the connection.</summary>
    public int? SilentAfter { get; init; }

    /// <summary>Not even headers: the server takes the request and says nothing.</summary>
    public bool Mute { get; init; }

    public static Reply Text(int status, string text) => new(status, Encoding.UTF8.GetBytes(text));

    public static Reply Redirect(string location, int status = 302) => new(status, []) { Headers = { ["Location"] = location } };
}

/// <summary>A server on 127.0.0.1 that does exactly what a test says, one request a connection.</summary>
public sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Request, Reply> _answer;

    public LocalServer(Func<Request, Reply> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Every request so far.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => ServeAsync(client)); // an answer may block, the next client must not wait for it
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                    return;
                Requests.Enqueue(request);
                await WriteAsync(client, stream, _answer(request));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task<Request?> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
        if ((await reader.ReadLineAsync(_end.Token))?.Split(' ') is not [_, var target, _])
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } line)
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return new Request(target, headers);
    }

    private async Task WriteAsync(TcpClient client, NetworkStream stream, Reply reply)
    {
        if (reply.Mute)
            await Task.Delay(Timeout.Infinite, _end.Token);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} x\r\nConnection: close\r\n");
        if (reply.Announced is { } length)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), _end.Token);
        await stream.WriteAsync(reply.Body.AsMemory(0, reply.BreakAfter ?? reply.SilentAfter ?? reply.Body.Length), _end.Token);
        if (reply.SilentAfter is not null)
            await Task.Delay(Timeout.Infinite, _end.Token);
        if (!reply.Reset)
        {
            client.Client.Shutdown(SocketShutdown.Send);
            return;
        }

        await Task.Delay(50, _end.Token); // what was written reaches the client before the reset, which throws away what did not
        client.LingerState = new LingerOption(true, 0);
    }
}
