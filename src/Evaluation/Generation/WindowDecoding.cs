namespace ExpertDivergence.Evaluation;

/// <summary>Decoding by any model: every step reads the whole of every open sequence.</summary>
internal sealed class WindowDecoding(ILanguageModel model, IReadOnlyList<int[]> contexts) : IDecoding
{
    private readonly OpenSequences _open = new(contexts);

    public IReadOnlyList<float[]> NextTokenLogits() =>
        model.NextTokenLogits([.. _open.All.Select(sequence => OpenSequences.Window(sequence.Tokens, model.MaximumLength))]);

    public void Append(IReadOnlyList<int?> tokens) => _open.Append(tokens);

    public void Dispose()
    {
    }
}
