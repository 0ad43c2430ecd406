using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>A hub token that prints as nothing: it leaves this type only inside a request's Authorization header.</summary>
public sealed class AccessToken
{
    private readonly string _value;

    private AccessToken(string value) => _value = value;

    /// <summary>Takes a token as the environment gives it; null where there is none.</summary>
    /// <exception cref="OptionException">It holds white space or characters that no token has; the message does not repeat it.</exception>
    public static AccessToken? Of(string? value)
    {
        var trimmed = value?.Trim();
        if (string.IsNullOrEmpty(trimmed))
            return null;
        if (trimmed.Any(c => c is <= ' ' or >= '\u007f'))
            throw new OptionException("HF_TOKEN", "it holds characters that no token has.", "Set it to the token alone, without quotes or line ends.");
        return new AccessToken(trimmed);
    }

    /// <summary>Never the token.</summary>
    public override string ToString() => "(set)";

    /// <summary>The text with the token blotted out, for what a server says.</summary>
    internal string Redact(string text) => text.Replace(_value, "***", StringComparison.Ordinal);

    internal void Authorize(HttpRequestMessage request) => request.Headers.Authorization = new("Bearer", _value);
}
