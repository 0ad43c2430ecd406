using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

public sealed class FetchOptionsTests
{
    private static readonly FetchOptions s_good = new() { Repository = "owner/data" };

    public static TheoryData<string, FetchOptions> Bad() => new()
    {
        { "fetch.repository", s_good with { Repository = "" } },
        { "fetch.repository", s_good with { Repository = "a/b/c" } },
        { "fetch.repository", s_good with { Repository = "../data" } },
        { "fetch.repository", s_good with { Repository = "owner/.." } },
        { "fetch.repository", s_good with { Repository = "owner/data?x=1" } },
        { "fetch.repository", s_good with { Repository = "https://host/owner" } },
        { "fetch.revision", s_good with { Revision = "" } },
        { "fetch.include", s_good with { Include = [""] } },
        { "HF_ENDPOINT", s_good with { Endpoint = new("ftp://hub.example") } },
        { "HF_ENDPOINT", s_good with { Endpoint = new("https://user:secret@hub.example") } },
        { "HF_ENDPOINT", s_good with { Endpoint = new("http://hub.example"), Token = AccessToken.Of("hf_x") } },
        { "fetch.parallel", s_good with { Parallel = 0 } },
        { "fetch.parallel", s_good with { Parallel = 33 } },
        { "fetch.attempts", s_good with { Attempts = 0 } },
        { "fetch.silence", s_good with { Silence = TimeSpan.Zero } },
        { "fetch.first_wait", s_good with { FirstWait = TimeSpan.FromHours(1) } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_value_is_named_and_no_secret_repeated(string option, FetchOptions options)
    {
        var error = Should.Throw<OptionException>(() => new Fetcher(options));
        error.Option.ShouldBe(option);
        error.Message.ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("squad")]
    [InlineData("HuggingFaceFW/fineweb-edu")]
    [InlineData("a/b_c.d-e")]
    public void Names_that_the_hub_has_are_taken(string repository) => Should.NotThrow(() => new Fetcher(s_good with { Repository = repository }));

    [Fact]
    public void The_environment_is_honoured()
    {
        var variables = new Dictionary<string, string> { ["HF_TOKEN"] = " hf_x\n", ["HF_ENDPOINT"] = "https://mirror.example/hub", ["HF_HUB_OFFLINE"] = "1" };
        var options = s_good.WithEnvironment(variables.GetValueOrDefault);
        (options.Endpoint.AbsoluteUri, options.Offline, options.Token is null).ShouldBe(("https://mirror.example/hub", true, false));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("true", true)]
    [InlineData("ON", true)]
    public void The_offline_variable_is_read_as_the_hubs_own_client_reads_it(string? value, bool offline) =>
        s_good.WithEnvironment(name => name == "HF_HUB_OFFLINE" ? value : null).Offline.ShouldBe(offline);

    [Fact]
    public void An_empty_environment_changes_nothing() => s_good.WithEnvironment(_ => null).ShouldBe(s_good);

    [Theory]
    [InlineData("two words")]
    [InlineData("line\r\nX-Other: 1")]
    [InlineData("caractère")]
    public void A_token_that_is_none_is_refused_without_repeating_it(string token)
    {
        var error = Should.Throw<OptionException>(() => AccessToken.Of(token));
        (error.Message + error.Remedy).ShouldNotContain(token);
    }

    [Fact]
    public void A_bad_endpoint_is_refused() =>
        Should.Throw<OptionException>(() => s_good.WithEnvironment(name => name == "HF_ENDPOINT" ? "not a url" : null)).Option.ShouldBe("HF_ENDPOINT");
}
