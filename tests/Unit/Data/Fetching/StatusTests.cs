using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>Refusals are told apart and not repeated; rate limits are kept.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly FakeHub _hub = new();
    private readonly TestFolder _folder = new();
    private readonly LeapingClock _clock = new();

    public StatusTests() => _hub.Small["a.txt"] = "a"u8.ToArray();

    private string Out => Path.Combine(_folder.Path, "data");

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(401, FetchFailure.Unauthorized, "set HF_TOKEN")]
    [InlineData(403, FetchFailure.Forbidden, "/datasets/owner/data")]
    [InlineData(404, FetchFailure.NotFound, "--revision main")]
    [InlineData(410, FetchFailure.NotFound, "owner/data")]
    [InlineData(418, FetchFailure.BadAnswer, "HF_ENDPOINT")]
    public async Task A_refusal_is_asked_once_and_names_path_and_remedy(int status, FetchFailure failure, string remedy)
    {
        _hub.Fault = _ => Reply.Text(status, "") with { Headers = new() { ["X-Error-Message"] = "the hub's words" } };
        var error = await Failure();
        error.Failure.ShouldBe(failure);
        error.Path.ShouldBe("/api/datasets/owner/data/revision/main");
        error.Message.ShouldContain($"{status} (the hub's words)");
        error.Remedy.ShouldContain(remedy);
        _hub.HubRequests.Count().ShouldBe(1);
        _clock.Waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_token_is_told_from_a_missing_one()
    {
        _hub.Fault = _ => Reply.Text(401, "");
        (await Failure(_hub.Options with { Token = AccessToken.Of("hf_x") })).Remedy.ShouldContain("valid token");
    }

    [Theory]
    [InlineData("Retry-After", "37", 37)]
    [InlineData("Retry-After", "Thu, 01 Jan 2026 00:02:00 GMT", 120)]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=42", 42)]
    public async Task A_rate_limit_is_waited_out_and_no_longer(string header, string value, int seconds)
    {
        OnFirst(r => Reply.Text(429, "") with { Headers = new() { [header] = value } });
        await _hub.Fetcher(time: _clock).RunAsync(Out, TestContext.Current.CancellationToken);
        _clock.Waits.Single().TotalSeconds.ShouldBeInRange(seconds, seconds + 1);
    }

    [Fact]
    public async Task A_rate_limit_of_one_file_holds_the_others()
    {
        for (var i = 0; i < 4; i++)
            _hub.Small[$"f{i}"] = [(byte)i];
        var limited = new HashSet<string>();
        _hub.Fault = r =>
        {
            lock (limited)
                return r.Path.Contains("/resolve/", StringComparison.Ordinal) && limited.Add(r.Path) && limited.Count == 1
                    ? Reply.Text(503, "") with { Headers = new() { ["Retry-After"] = "60" } } : null;
        };
        await _hub.Fetcher(_hub.Options with { Parallel = 1 }, time: _clock).RunAsync(Out, TestContext.Current.CancellationToken);
        _clock.Waits.Single().TotalSeconds.ShouldBeInRange(60, 61);
        _hub.Downloads.Count().ShouldBe(6); // five files, one asked twice
    }

    [Fact]
    public async Task A_wait_beyond_the_longest_ends_with_its_length()
    {
        _hub.Fault = _ => Reply.Text(429, "") with { Headers = new() { ["Retry-After"] = "86400" } };
        var error = await Failure();
        error.Failure.ShouldBe(FetchFailure.Busy);
        error.Message.ShouldContain("86400 s");
        (_hub.HubRequests.Count(), _clock.Waits.Count).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData(429, FetchFailure.Busy)]
    [InlineData(500, FetchFailure.Unreachable)]
    [InlineData(502, FetchFailure.Unreachable)]
    [InlineData(503, FetchFailure.Busy)]
    public async Task Waits_double_with_a_jitter_that_is_the_same_each_time(int status, FetchFailure failure)
    {
        _hub.Fault = _ => Reply.Text(status, "");
        (await Failure()).Failure.ShouldBe(failure);
        var again = new LeapingClock();
        await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(time: again).RunAsync(Out, TestContext.Current.CancellationToken));

        _clock.Waits.Count.ShouldBe(3);
        for (var i = 0; i < 3; i++)
            _clock.Waits[i].TotalSeconds.ShouldBeInRange(0.5 * (1 << i), 1 << i);
        _clock.Waits.Select(w => w.TotalSeconds / Math.Pow(2, Math.Ceiling(Math.Log2(w.TotalSeconds)))).Distinct().Count().ShouldBe(3);
        again.Waits.ShouldBe(_clock.Waits);
    }

    [Fact]
    public async Task A_signed_address_that_ran_out_is_asked_for_anew()
    {
        _hub.Large["b.bin"] = FakeHub.Noise(1000);
        var first = true;
        _hub.StoreFault = _ =>
        {
            var now = first;
            first = false;
            return now ? Reply.Text(403, "expired") : null;
        };
        await _hub.Fetcher(time: _clock).RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.HubRequests.Count(r => r.Path.EndsWith("/b.bin", StringComparison.Ordinal)).ShouldBe(2);
    }

    private void OnFirst(Func<Request, Reply> fault)
    {
        var first = 1;
        _hub.Fault = r => Interlocked.Exchange(ref first, 0) == 1 ? fault(r) : null;
    }

    private async Task<FetchException> Failure(FetchOptions? options = null) =>
        await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(options, time: _clock).RunAsync(Out, TestContext.Current.CancellationToken));
}
