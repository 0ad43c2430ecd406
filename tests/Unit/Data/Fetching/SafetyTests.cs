using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>The token stays with the hub; a server's names stay in the folder.</summary>
public sealed class SafetyTests : IDisposable
{
    private readonly FakeHub _hub = new();
    private readonly TestFolder _folder = new();

    private string Out => Path.Combine(_folder.Path, "data");

    private FetchOptions WithToken => _hub.Options with { Token = AccessToken.Of(FakeHub.Token) };

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_hub_gets_the_token_and_no_other_host_does()
    {
        _hub.Small["a"] = [1];
        _hub.Large["b"] = FakeHub.Noise(1000);
        await _hub.Fetcher(WithToken).RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.HubRequests.ShouldAllBe(r => r.Header("Authorization") == $"Bearer {FakeHub.Token}");
        _hub.StoreRequests.ShouldHaveSingleItem().Headers.Values.ShouldNotContain(v => v.Contains(FakeHub.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_back_to_the_hub_does_not_bring_the_token_back()
    {
        _hub.Small["a"] = [1];
        _hub.Fault = r => r.Path.EndsWith("/a", StringComparison.Ordinal) ? Reply.Redirect($"{_hub.StoreAddress}away")
            : r.Path == "/back" ? FakeHub.Bytes(r, [1]) : null;
        _hub.StoreFault = _ => Reply.Redirect(new Uri(_hub.Options.Endpoint, "/back").ToString());
        await _hub.Fetcher(WithToken).RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.HubRequests.Single(r => r.Path == "/back").Header("Authorization").ShouldBeNull();
    }

    [Fact]
    public async Task A_redirect_within_the_hub_keeps_the_token()
    {
        _hub.Small["a"] = [1];
        _hub.Fault = r => r.Path.EndsWith("/resolve/" + FakeHub.Commit + "/a", StringComparison.Ordinal) ? Reply.Redirect("/api/resolve-cache/a", 307)
            : r.Path == "/api/resolve-cache/a" ? FakeHub.Bytes(r, [1]) : null;
        await _hub.Fetcher(WithToken).RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.HubRequests.Single(r => r.Path == "/api/resolve-cache/a").Header("Authorization").ShouldNotBeNull();
    }

    [Fact]
    public async Task Redirects_that_do_not_end_are_refused()
    {
        _hub.Fault = r => Reply.Redirect(r.Path);
        var error = await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(_hub.Options with { Attempts = 1 }).ListAsync(TestContext.Current.CancellationToken));
        error.Failure.ShouldBe(FetchFailure.BadAnswer);
        _hub.HubRequests.Count().ShouldBe(11);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    public async Task A_redirect_out_of_http_is_refused(string location)
    {
        _hub.Fault = _ => Reply.Redirect(location);
        var error = await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(_hub.Options with { Attempts = 1 }).ListAsync(TestContext.Current.CancellationToken));
        error.Failure.ShouldBe(FetchFailure.BadAnswer);
    }

    [Fact]
    public async Task No_file_note_or_error_holds_the_token_or_a_signature()
    {
        _hub.Large["b"] = FakeHub.Noise(1000);
        _hub.StoreFault = r => Reply.Text(500, "") with { Headers = new() { ["X-Error-Message"] = $"you sent {FakeHub.Token}" } };
        var listener = new Listener();
        var error = await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(WithToken, listener).RunAsync(Out, TestContext.Current.CancellationToken));
        _hub.StoreFault = null;
        error.Message.ShouldContain("you sent ***");
        listener.Notes.Count.ShouldBe(3);
        var said = new List<string> { error.ToString(), error.Remedy, WithToken.ToString(), JsonSerializer.Serialize(WithToken) };
        said.AddRange(listener.Notes);
        said.AddRange(Files());
        await _hub.Fetcher(WithToken).RunAsync(Out, TestContext.Current.CancellationToken);
        said.AddRange(Files());

        said.ShouldAllBe(text => !text.Contains(FakeHub.Token, StringComparison.Ordinal) && !text.Contains("signed-secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a//evil")]
    [InlineData("./evil")]
    [InlineData("..")]
    [InlineData("a\\..\\evil")]
    [InlineData("C:evil")]
    [InlineData("evil\u0000.txt")]
    [InlineData("evil\n.txt")]
    [InlineData("fetch.json")]
    [InlineData(".edl-fetch/plan.json")]
    [InlineData("")]
    public async Task A_name_that_leaves_the_folder_is_refused_before_anything_is_written(string name)
    {
        _hub.Small["good"] = [1];
        _hub.Small[name] = [2];
        var error = await Should.ThrowAsync<FetchException>(() => _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken));
        error.Failure.ShouldBe(FetchFailure.UnsafeName);
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
        _hub.Downloads.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_longer_than_a_file_system_takes_is_refused()
    {
        _hub.Small[new string('é', 128)] = [1];
        (await Should.ThrowAsync<FetchException>(() => _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken))).Failure.ShouldBe(FetchFailure.UnsafeName);
    }

    [Fact]
    public async Task A_name_that_is_a_file_and_a_folder_is_refused()
    {
        _hub.Small["a"] = [1];
        _hub.Small["a/b/c"] = [2];
        (await Should.ThrowAsync<FetchException>(() => _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken))).Failure.ShouldBe(FetchFailure.UnsafeName);
    }

    [Fact]
    public async Task A_refused_name_can_be_left_out()
    {
        _hub.Small["good"] = [1];
        _hub.Small["../evil"] = [2];
        await _hub.Fetcher(_hub.Options with { Exclude = ["../*"] }).RunAsync(Out, TestContext.Current.CancellationToken);
        File.Exists(Path.Combine(Out, "good")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_record_with_such_a_name_is_no_record()
    {
        _hub.Small["a"] = [1];
        await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        var path = Path.Combine(Out, "fetch.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"path\": \"a\"", "\"path\": \"../a\"", StringComparison.Ordinal));
        Should.Throw<InputException>(() => FetchRecord.Read(path));
    }

    private string[] Files() => [.. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(f => f + "\n" + File.ReadAllText(f))];
}
