using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Why something could not be fetched.</summary>
public enum FetchFailure
{
    /// <summary>The server could not be reached, or the connection broke.</summary>
    Unreachable,

    /// <summary>The server said nothing for too long.</summary>
    Silent,

    /// <summary>The server asks to wait (429, 503).</summary>
    Busy,

    /// <summary>401: no or a bad token, or no such repository.</summary>
    Unauthorized,

    /// <summary>403: the account may not read it; gated repositories too.</summary>
    Forbidden,

    /// <summary>404: no such repository, revision or file.</summary>
    NotFound,

    /// <summary>The bytes are not those of the listing.</summary>
    BadChecksum,

    /// <summary>There are more or fewer bytes than the listing says.</summary>
    BadLength,

    /// <summary>An answer that the hub's protocol does not know.</summary>
    BadAnswer,

    /// <summary>The server gave a file name that would leave the folder or cannot be written.</summary>
    UnsafeName,

    /// <summary>Something is missing and no request may be made.</summary>
    Offline,
}

/// <summary>A fetch that ended without its files; what is complete is kept for the next try.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="path">The URL's path, without host and query, or the file's name.</param>
/// <param name="message">What went wrong.</param>
/// <param name="remedy">What to do about it.</param>
/// <param name="inner">The cause.</param>
public sealed class FetchException(FetchFailure failure, string path, string message, string remedy, Exception? inner = null)
    : EdlException($"{path}: {message}", remedy, inner)
{
    /// <summary>The kind of failure.</summary>
    public FetchFailure Failure { get; } = failure;

    /// <summary>The URL's path, or the file's name.</summary>
    public string Path { get; } = path;
}

/// <summary>A failure that another try may mend. Never leaves this folder's code.</summary>
internal sealed class TransientException(FetchFailure failure, string path, string message, Exception? inner = null) : Exception(message, inner)
{
    public FetchFailure Failure { get; } = failure;

    public string Path { get; } = path;

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public FetchException GivenUp(int failures) => new(Failure, Path, $"{Message} ({failures} tries)", Remedy(), this);

    private string Remedy() => Failure switch
    {
        FetchFailure.BadChecksum or FetchFailure.BadLength or FetchFailure.BadAnswer =>
            "The server or a proxy on the way gives wrong bytes: try again later, or set HF_ENDPOINT to another mirror.",
        FetchFailure.Busy => "Run the same command later or with --parallel 1; what is complete is kept.",
        _ => "Check the network and HF_ENDPOINT, then run the same command again; it goes on from there.",
    };
}
