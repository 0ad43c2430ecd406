using System.Text.RegularExpressions;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>The kinds of repository on the hub.</summary>
public enum HubKind
{
    /// <summary>A dataset.</summary>
    Dataset,

    /// <summary>A model.</summary>
    Model,
}

/// <summary>What is fetched from the hub, and how.</summary>
public sealed partial record FetchOptions
{
    /// <summary>The repository, <c>owner/name</c> (or <c>name</c> for the oldest datasets).</summary>
    public required string Repository { get; init; }

    /// <summary>Dataset or model.</summary>
    public HubKind Kind { get; init; } = HubKind.Dataset;

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Patterns of the files wanted (<see cref="FilePatterns"/>); none means all.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of the files not wanted; they win over <see cref="Include"/>.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The hub, or a mirror of it (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The token for private and gated repositories (<c>HF_TOKEN</c>); sent to <see cref="Endpoint"/> alone.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>No request is made: what is on the disk is checked, and what is missing is named (<c>HF_HUB_OFFLINE</c>).</summary>
    public bool Offline { get; init; }

    /// <summary>Files at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Failures in a row, without a byte gained, after which a request is given up.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>How long the server may say nothing before the connection counts as broken.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait after a first failure; it doubles with each, up to a minute.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server may ask for; more ends the run with what it asked.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The seed of the jitter in the waits.</summary>
    public long Seed { get; init; }

    /// <summary>These options with what the environment says: <c>HF_TOKEN</c>, <c>HF_ENDPOINT</c>, <c>HF_HUB_OFFLINE</c>.</summary>
    /// <exception cref="OptionException">A variable holds what it cannot.</exception>
    public FetchOptions WithEnvironment(Func<string, string?> variable)
    {
        var endpoint = variable("HF_ENDPOINT")?.Trim();
        if (!string.IsNullOrEmpty(endpoint) && !Uri.IsWellFormedUriString(endpoint, UriKind.Absolute))
            throw new OptionException("HF_ENDPOINT", "it is no URL.", "Set it to the hub's or the mirror's address, for example https://huggingface.co.");
        return this with
        {
            Token = AccessToken.Of(variable("HF_TOKEN")),
            Endpoint = string.IsNullOrEmpty(endpoint) ? Endpoint : new Uri(endpoint),
            Offline = Offline || variable("HF_HUB_OFFLINE")?.Trim().ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON",
        };
    }

    /// <exception cref="OptionException">A value is out of its range.</exception>
    internal void Validate()
    {
        Check(RepositoryName().IsMatch(Repository) && !Repository.Contains("..", StringComparison.Ordinal), "fetch.repository",
            $"'{Repository}' is no repository.", "Give owner/name as the hub's page shows it.");
        Check(Revision.Length is > 0 and <= 255 && !Revision.Any(char.IsControl), "fetch.revision", "it is no revision.", "Give a branch, a tag or a commit.");
        Check(Include.Concat(Exclude).All(p => p.Length is > 0 and <= 1024), "fetch.include", "a pattern is empty or too long.", "Give a pattern such as *.parquet.");
        Check(Endpoint.IsAbsoluteUri && Endpoint.Scheme is "https" or "http" && Endpoint.UserInfo.Length == 0 && Endpoint.Query.Length == 0, "HF_ENDPOINT",
            "it is no plain http(s) address.", "Set it to scheme, host and path alone, for example https://huggingface.co.");
        Check(Token is null || Endpoint.Scheme == "https" || Endpoint.IsLoopback, "HF_ENDPOINT",
            "with plain http anybody on the way could read HF_TOKEN.", "Use an https address, or unset HF_TOKEN.");
        Check(Parallel is >= 1 and <= 32, "fetch.parallel", $"{Parallel} is out of range.", "Set it between 1 and 32.");
        Check(Attempts is >= 1 and <= 100, "fetch.attempts", $"{Attempts} is out of range.", "Set it between 1 and 100.");
        Check(Silence > TimeSpan.Zero && Silence <= TimeSpan.FromHours(1), "fetch.silence", "it is out of range.", "Set it above 0 and up to 3600 seconds.");
        Check(FirstWait >= TimeSpan.Zero && LongestWait >= FirstWait && LongestWait <= TimeSpan.FromDays(1), "fetch.first_wait",
            "the waits are out of range.", "Set it to 0 or more and at most the longest wait, which is at most a day.");
    }

    private static void Check(bool good, string option, string message, string remedy)
    {
        if (!good)
            throw new OptionException(option, message, remedy);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9._-]{1,96})?\z")]
    private static partial Regex RepositoryName();
}
