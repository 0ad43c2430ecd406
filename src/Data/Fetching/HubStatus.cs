using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ExpertDivergence.Data.Fetching;

/// <summary>What the hub's status codes mean, and what to do about each.</summary>
internal sealed partial class HubStatus(FetchOptions options, HubAddress hub, TimeProvider time)
{
    /// <summary>Lets 200 and 206 pass.</summary>
    /// <exception cref="TransientException">Another try may go better.</exception>
    /// <exception cref="FetchException">It will not.</exception>
    public void Check(HubAnswer answer)
    {
        var code = answer.Response.StatusCode;
        if (code is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            return;
        var path = answer.Address.AbsolutePath;
        var words = $"{answer.Address.Authority} answered {(int)code}{Said(answer.Response)}";
        switch (code)
        {
            case HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable:
                throw new TransientException(FetchFailure.Busy, path, words) { RetryAfter = Wait(answer.Response) };
            case HttpStatusCode.RequestTimeout:
            case >= HttpStatusCode.InternalServerError:
                throw new TransientException(FetchFailure.Unreachable, path, words) { RetryAfter = Wait(answer.Response) };
            case var _ when !answer.FromHub: // a signed address that has run out: the hub gives a new one
                throw new TransientException(FetchFailure.Unreachable, path, words);
            case HttpStatusCode.Unauthorized:
                throw new FetchException(FetchFailure.Unauthorized, path, words, options.Token is null
                    ? $"Check the name '{options.Repository}' and --kind; if the repository is private or gated, set HF_TOKEN."
                    : "Check that HF_TOKEN is a valid token and that the repository's name is right.");
            case HttpStatusCode.Forbidden:
                throw new FetchException(FetchFailure.Forbidden, path, words, $"Ask for access at {hub.Page}, and set HF_TOKEN to a token of that account that may read it.");
            case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                throw new FetchException(FetchFailure.NotFound, path, words,
                    $"Check the repository '{options.Repository}', --kind {options.Kind.ToString().ToLowerInvariant()} and --revision {options.Revision}.");
            default:
                throw new FetchException(FetchFailure.BadAnswer, path, words, "Check HF_ENDPOINT: this is not how the hub answers.");
        }
    }

    private TimeSpan? Wait(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is { } after && (after.Delta ?? after.Date - time.GetUtcNow()) is { } wait)
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        // The hub's own form: RateLimit: "resolvers";r=0;t=42
        if (response.Headers.TryGetValues("RateLimit", out var values) && Reset().Match(string.Join(',', values)) is { Success: true } match
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return null;
    }

    // Bounded, on one line, and without the token, should a server echo it.
    private string Said(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("X-Error-Message", out var values) && !response.Headers.TryGetValues("X-Error-Code", out values))
            return "";
        var text = string.Concat(string.Join(' ', values).Where(c => !char.IsControl(c)));
        text = options.Token?.Redact(text) ?? text;
        return $" ({(text.Length > 200 ? text[..200] + "…" : text)})";
    }

    [GeneratedRegex(@";\s*t=(\d{1,9})")]
    private static partial Regex Reset();
}
