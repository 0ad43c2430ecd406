namespace ExpertDivergence.Evaluation;

/// <summary>The tokens of the sequences that a decoding has open.</summary>
/// <param name="contexts">What they begin with, at least a token each.</param>
internal sealed class OpenSequences(IReadOnlyList<int[]> contexts)
{
    /// <summary>Every open sequence, from its first token on, and where it stood among the contexts.</summary>
    public List<(int Number, List<int> Tokens)> All { get; private set; } = [.. contexts.Select((context, number) => (number, context.ToList()))];

    /// <summary>The last tokens of a sequence that a model can read.</summary>
    public static int[] Window(List<int> tokens, int maximumLength) => [.. tokens.Skip(tokens.Count - maximumLength)];

    /// <summary>Appends, or closes where there is null.</summary>
    public void Append(IReadOnlyList<int?> tokens)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (tokens[i] is { } token)
                All[i].Tokens.Add(token);
        }

        All = [.. All.Where((_, i) => tokens[i] is not null)];
    }
}
