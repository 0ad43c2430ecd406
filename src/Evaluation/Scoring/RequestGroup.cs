namespace ExpertDivergence.Evaluation;

/// <summary>Requests that stand beside each other and share their context, as the choices of a question do.</summary>
/// <param name="First">Position of the first among all requests.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Tokens">Tokens to be read: the context once, the continuations each.</param>
internal readonly record struct RequestGroup(int First, int Count, int Tokens)
{
    /// <summary>The groups, in the order of the requests.</summary>
    public static List<RequestGroup> Of(IReadOnlyList<ContinuationRequest> requests)
    {
        var groups = new List<RequestGroup>();
        for (var i = 0; i < requests.Count; i++)
        {
            if (groups.Count > 0 && SameContext(requests[groups[^1].First], requests[i]))
                groups[^1] = groups[^1] with { Count = groups[^1].Count + 1, Tokens = groups[^1].Tokens + requests[i].Tokens.Length - requests[i].Start };
            else
                groups.Add(new RequestGroup(i, 1, requests[i].Tokens.Length));
        }

        return groups;
    }

    private static bool SameContext(ContinuationRequest one, ContinuationRequest other) =>
        one.Start == other.Start && one.Tokens.AsSpan(0, one.Start).SequenceEqual(other.Tokens.AsSpan(0, other.Start));
}
