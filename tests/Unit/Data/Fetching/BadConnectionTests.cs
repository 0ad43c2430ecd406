using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>Connections that break, lie or fall silent: the bytes are right in the end, or the error says why not.</summary>
public sealed class BadConnectionTests : IDisposable
{
    private const int Length = 300_000;

    private readonly FakeHub _hub = new();
    private readonly TestFolder _folder = new();
    private readonly byte[] _bytes = FakeHub.Noise(Length);
    private int _tries;

    public BadConnectionTests() => _hub.Large["a.bin"] = _bytes;

    private string Out => Path.Combine(_folder.Path, "data");

    private string[] Ranges => [.. _hub.StoreRequests.Select(r => r.Header("Range") ?? "all")];

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_broken_body_goes_on_where_it_ended()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 100_000 });
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=100000-"]);
        _hub.StoreRequests.Last().Header("If-Range").ShouldBe($"\"{Hashing.OfBytes(_bytes)[..16]}\"");
    }

    [Fact]
    public async Task Breaks_that_gain_bytes_never_use_the_tries_up()
    {
        _hub.StoreFault = r => FakeHub.Bytes(r, _bytes) is var full && full.Body.Length > 70_000 ? full with { BreakAfter = 70_000 } : full;
        await Fetched(_hub.Options with { Attempts = 2 });
        Ranges.Length.ShouldBe(5); // 4 x 70,000 and the rest, where two failures in a row would end it
    }

    [Fact]
    public async Task Breaks_that_gain_nothing_end_after_the_tries()
    {
        _hub.StoreFault = r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 10, Reset = true };
        var error = await Failure();
        error.Failure.ShouldBe(FetchFailure.Unreachable);
        Ranges.ShouldBe(["all", "bytes=10-", "bytes=20-", "bytes=30-"]);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_and_always_breaks_does_not_hold_us_for_ever()
    {
        _hub.StoreFault = r => new Reply(200, _bytes) { BreakAfter = 200_000 };
        (await Failure()).Failure.ShouldBe(FetchFailure.Unreachable);
        Ranges.Length.ShouldBe(4);
    }

    [Fact]
    public async Task A_killed_run_is_taken_up_by_the_next()
    {
        _hub.Small["done.txt"] = "done"u8.ToArray();
        _hub.StoreFault = r => FakeHub.Bytes(r, _bytes) with { BreakAfter = r.Header("Range") is null ? 150_000 : 0 };
        await Failure(_hub.Options with { Parallel = 1 }); // in the listing's order: a.bin fails last
        Directory.Exists(Out).ShouldBeFalse();
        _hub.StoreFault = null;
        var (before, small) = (Ranges.Length, SmallDownloads());
        var listener = new Listener();

        var result = await _hub.Fetcher(_hub.Options with { Parallel = 1 }, listener).RunAsync(Out, TestContext.Current.CancellationToken);

        Ranges[before..].ShouldBe(["bytes=150000-"]);
        result.DownloadedBytes.ShouldBe(150_000 + (SmallDownloads() - small == 0 ? 0 : 4));
        listener.Updates.Last().Total.ShouldBe(result.DownloadedBytes);
        File.ReadAllBytes(Path.Combine(Out, "a.bin")).ShouldBe(_bytes);
    }

    [Fact]
    public async Task Contents_that_changed_meanwhile_are_not_joined()
    {
        OnTry(1, r => FakeHub.Bytes(r, FakeHub.Noise(Length, 9), "\"old\"") with { BreakAfter = 100_000 });
        await Fetched();
        _hub.StoreRequests.Last().Header("If-Range").ShouldBe("\"old\"");
    }

    [Fact]
    public async Task A_206_of_other_contents_is_not_joined()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 100_000 });
        OnTry(2, r => new Reply(206, _bytes[100_000..]) { Headers = { ["ETag"] = "\"other\"", ["Content-Range"] = $"bytes 100000-{Length - 1}/{Length}" } });
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=100000-", "all"]);
    }

    [Fact]
    public async Task A_206_from_another_place_is_not_joined()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 100_000 });
        OnTry(2, r => FakeHub.Bytes(r, _bytes) with { Headers = new() { ["Content-Range"] = $"bytes 0-{Length - 1}/{Length}" } });
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=100000-", "all"]);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_it_all_again()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 100_000 });
        OnTry(2, r => new Reply(200, _bytes));
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=100000-"]);
    }

    [Fact]
    public async Task A_416_begins_anew()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { BreakAfter = 100_000 });
        OnTry(2, r => Reply.Text(416, ""));
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=100000-", "all"]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task An_announced_length_that_is_wrong_is_refused_before_a_byte_is_kept(int by)
    {
        _hub.StoreFault = r => new Reply(200, _bytes) { Announced = Length + by };
        var error = await Failure();
        error.Failure.ShouldBe(FetchFailure.BadLength);
        error.Message.ShouldContain($"{Length + by} bytes where {Length}");
        Directory.EnumerateFiles(Out + ".partial", "*.part", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_without_a_length_that_ends_early_goes_on()
    {
        OnTry(1, r => new Reply(200, _bytes[..120_000]) { Announced = null, Headers = { ["ETag"] = $"\"{Hashing.OfBytes(_bytes)[..16]}\"" } });
        await Fetched();
        Ranges.ShouldBe(["all", "bytes=120000-"]);
    }

    [Fact]
    public async Task A_body_without_a_length_that_is_too_long_is_refused()
    {
        _hub.StoreFault = r => new Reply(200, [.. _bytes, 0]) { Announced = null };
        (await Failure()).Failure.ShouldBe(FetchFailure.BadLength);
        File.Exists(Path.Combine(Out + ".partial", "a.bin")).ShouldBeFalse();
    }

    [Fact]
    public async Task Bad_bytes_are_fetched_again()
    {
        OnTry(1, r => new Reply(200, FakeHub.Noise(Length, 9)));
        var listener = new Listener();
        await Fetched(progress: listener);
        Ranges.ShouldBe(["all", "all"]);
        listener.Updates.Last().Total.ShouldBe(2 * Length);
    }

    [Fact]
    public async Task Bytes_that_stay_bad_are_an_error_with_both_hashes()
    {
        var bad = FakeHub.Noise(Length, 9);
        _hub.StoreFault = r => FakeHub.Bytes(r, bad);
        var error = await Failure();
        error.Failure.ShouldBe(FetchFailure.BadChecksum);
        error.Message.ShouldContain(Hashing.OfBytes(bad));
        error.Message.ShouldContain(Hashing.OfBytes(_bytes));
        Directory.Exists(Out).ShouldBeFalse();
    }

    [Fact]
    public async Task Bad_bytes_of_a_small_file_are_seen_by_gits_hash()
    {
        _hub.Small["s.txt"] = "truth"u8.ToArray();
        _hub.Fault = r => r.Path.EndsWith("/s.txt", StringComparison.Ordinal) ? Reply.Text(200, "lies!") : null;
        var error = await Failure();
        error.Failure.ShouldBe(FetchFailure.BadChecksum);
        error.Message.ShouldContain(FakeHub.GitSha1("truth"u8.ToArray()));
    }

    [Fact]
    public async Task A_link_to_other_contents_than_listed_is_refused_before_it_is_downloaded()
    {
        _hub.Fault = r => r.Path.EndsWith("/a.bin", StringComparison.Ordinal)
            ? Reply.Redirect($"{_hub.StoreAddress}a.bin") with { Headers = new() { ["Location"] = $"{_hub.StoreAddress}a.bin", ["X-Linked-Etag"] = $"\"{new string('a', 64)}\"" } }
            : null;
        (await Failure()).Failure.ShouldBe(FetchFailure.BadChecksum);
        Directory.EnumerateFiles(Out + ".partial", "*.part", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_the_listing_has_no_sha256_the_redirects_is_held_against_the_bytes()
    {
        _hub.ListsSha256 = false;
        OnTry(1, r => FakeHub.Bytes(r, FakeHub.Noise(Length, 9)));
        await Fetched();
        Ranges.Length.ShouldBe(2); // the first try's bytes were refused
        (await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken)).Downloaded.ShouldBe(0);
        Ranges.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_compressed_answer_is_refused()
    {
        _hub.StoreFault = r => new Reply(200, _bytes) { Headers = { ["Content-Encoding"] = "gzip" } };
        var error = await Failure();
        (error.Failure, error.Message.Contains("gzip", StringComparison.Ordinal)).ShouldBe((FetchFailure.BadAnswer, true));
    }

    [Fact]
    public async Task Silence_in_a_body_is_a_broken_connection()
    {
        OnTry(1, r => FakeHub.Bytes(r, _bytes) with { SilentAfter = 100_000 });
        await Fetched(_hub.Options with { Silence = TimeSpan.FromSeconds(3) });
        Ranges.ShouldBe(["all", "bytes=100000-"]);
    }

    [Fact]
    public async Task A_server_that_never_answers_ends_in_an_error_that_says_so()
    {
        _hub.Fault = _ => new Reply(200, []) { Mute = true };
        var error = await Failure(_hub.Options with { Silence = TimeSpan.FromSeconds(0.2), Attempts = 2 });
        error.Failure.ShouldBe(FetchFailure.Silent);
        error.Message.ShouldContain("no word from 127.0.0.1");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        var gone = new LocalServer(_ => Reply.Text(200, ""));
        gone.Dispose();
        var error = await Failure(_hub.Options with { Endpoint = gone.Address });
        error.Failure.ShouldBe(FetchFailure.Unreachable);
        error.Message.ShouldContain(gone.Address.Authority);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"sha\":")]
    public async Task A_listing_that_is_not_json_is_asked_again_and_then_refused(string text)
    {
        _hub.Fault = _ => Reply.Text(200, text);
        (await Failure()).Failure.ShouldBe(FetchFailure.BadAnswer);
        _hub.HubRequests.Count().ShouldBe(4);
    }

    [Theory]
    [InlineData("[{\"type\":\"file\",\"path\":\"a\",\"size\":1}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"a\",\"size\":-1,\"oid\":\"0123456789012345678901234567890123456789\"}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"a\",\"size\":1,\"oid\":\"zz\"}]")]
    [InlineData("[7]")]
    [InlineData("{}")]
    public async Task A_listing_without_what_a_file_needs_is_refused(string listing)
    {
        _hub.Fault = r => r.Path.Contains("/tree/", StringComparison.Ordinal) ? Reply.Text(200, listing) : null;
        (await Failure()).Failure.ShouldBe(FetchFailure.BadAnswer);
    }

    [Fact]
    public async Task An_interruption_ends_at_once_and_keeps_what_came()
    {
        using var stop = new CancellationTokenSource();
        var progress = new Stopper(stop);
        _hub.StoreFault = r => FakeHub.Bytes(r, _bytes) with { SilentAfter = 100_000 };
        await Should.ThrowAsync<OperationCanceledException>(() => _hub.Fetcher(progress: progress).RunAsync(Out, stop.Token));
        Directory.EnumerateFiles(Out + ".partial", "*.part", SearchOption.AllDirectories).Single();
        Directory.Exists(Out).ShouldBeFalse();
    }

    private int SmallDownloads() => _hub.HubRequests.Count(r => r.Path.EndsWith("/done.txt", StringComparison.Ordinal));

    private void OnTry(int number, Func<Request, Reply> fault)
    {
        var before = _hub.StoreFault;
        _hub.StoreFault = r =>
        {
            if (before is null)
                _tries++;
            var reply = before?.Invoke(r);
            return _tries == number ? fault(r) : reply;
        };
    }

    private async Task Fetched(FetchOptions? options = null, IProgressListener? progress = null)
    {
        await _hub.Fetcher(options, progress).RunAsync(Out, TestContext.Current.CancellationToken);
        File.ReadAllBytes(Path.Combine(Out, "a.bin")).ShouldBe(_bytes);
    }

    private async Task<FetchException> Failure(FetchOptions? options = null) =>
        await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(options).RunAsync(Out, TestContext.Current.CancellationToken));

    private sealed class Stopper(CancellationTokenSource stop) : IProgressListener
    {
        public void Report(ProgressUpdate update) => stop.Cancel();

        public void Note(string message)
        {
        }
    }
}
