namespace ExpertDivergence.Evaluation;

/// <summary>Sequences that a model continues together, token by token. From the left is cut what the model cannot read at once.</summary>
public interface IDecoding : IDisposable
{
    /// <summary>The logits of the token after each open sequence, in their order.</summary>
    IReadOnlyList<float[]> NextTokenLogits();

    /// <summary>Appends a token to each open sequence, in their order; null closes a sequence, and those after it move up.</summary>
    void Append(IReadOnlyList<int?> tokens);
}
