namespace ExpertDivergence.Evaluation;

/// <summary>Turns a context and a continuation into tokens, as lm-evaluation-harness does.</summary>
public static class ContinuationEncoder
{
    /// <summary>White space at the context's end moves to the continuation; both are then encoded as one text, and the continuation's tokens are
    /// those after as many as the context alone has. An empty context becomes the end-of-text token.</summary>
    public static ContinuationRequest Encode(ITextCodec codec, string context, string continuation)
    {
        var trimmed = context.TrimEnd();
        continuation = context[trimmed.Length..] + continuation;
        if (trimmed.Length == 0)
            return new ContinuationRequest([codec.EndOfTextId, .. codec.Encode(continuation)], 1);
        var contextIds = codec.Encode(trimmed);
        var whole = codec.Encode(trimmed + continuation);

        // A merge across the border can leave nothing of its own to the continuation; its last token is then what is scored.
        var start = Math.Min(contextIds.Length, whole.Length - 1);
        return start == 0
            ? new ContinuationRequest([codec.EndOfTextId, .. whole], 1)
            : new ContinuationRequest([.. contextIds.AsSpan(0, start), .. whole.AsSpan(start)], start);
    }

    /// <summary>Cuts from the left what the model cannot read: <paramref name="maximumLength"/> inputs and the last token, which is only predicted.</summary>
    public static ContinuationRequest Fit(ContinuationRequest request, int maximumLength)
    {
        var cut = request.Tokens.Length - (maximumLength + 1);
        return cut <= 0 ? request : request with { Tokens = request.Tokens[cut..], Start = Math.Max(1, request.Start - cut) };
    }
}
