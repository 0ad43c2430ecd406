// B batch, L length, N scored positions, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

/// <summary>The project's transformer as evaluation sees it. Owns the model; for one thread at a time.</summary>
/// <remarks>Sequences of a batch are padded on the right, which a causal model without token dropping does not notice. Log-softmax runs
/// in fp32 over the scored positions alone; only one number per position leaves libtorch.</remarks>
public sealed class TransformerModel(MoeTransformer model) : ILanguageModel, IDisposable
{
    /// <inheritdoc/>
    public int VocabularySize => model.Options.VocabSize;

    /// <inheritdoc/>
    public int MaximumLength => model.Options.MaxPositions;

    /// <summary>Reads a checkpoint folder.</summary>
    /// <param name="folder">With <c>config.json</c> and <c>model.safetensors</c>.</param>
    /// <param name="device">Where it computes; null for the host.</param>
    /// <exception cref="Core.InputException">A file is missing, damaged, or of another architecture.</exception>
    public static TransformerModel Load(string folder, Device? device = null) => new(Checkpoint.Load(folder, device: device));

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> batch)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();

        // Choices of one token have one and the same input: it is computed once.
        var inputs = new List<int[]>();
        var positions = new List<(int Row, int Position)>();
        var targets = new List<long>();
        foreach (var request in batch)
        {
            var input = request.Tokens[..^1];
            if (inputs.Count == 0 || !inputs[^1].AsSpan().SequenceEqual(input))
                inputs.Add(input);
            for (var i = request.Start; i < request.Tokens.Length; i++)
            {
                positions.Add((inputs.Count - 1, i - 1));
                targets.Add(request.Tokens[i]);
            }
        }

        var targets_N1 = torch.tensor(targets.ToArray(), [targets.Count, 1], device: model.Device);
        var logits_NV = LogitsAt(inputs, positions);
        var logProbabilities_N = logits_NV.log_softmax(-1, ScalarType.Float32).gather(-1, targets_N1).flatten().ToArray<float>();
        var greedy_N = logits_NV.argmax(-1, keepdim: true).eq(targets_N1).flatten().ToArray<bool>();

        var scores = new ContinuationScore[batch.Count];
        for (var (r, n) = (0, 0); r < scores.Length; r++)
        {
            var (sum, greedy) = (0.0, true);
            for (var end = n + batch[r].Tokens.Length - batch[r].Start; n < end; n++)
            {
                sum += logProbabilities_N[n];
                greedy &= greedy_N[n];
            }

            scores[r] = new ContinuationScore(sum, greedy);
        }

        return scores;
    }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var logits_NV = LogitsAt(contexts, [.. contexts.Select((context, row) => (row, context.Length - 1))]);
        return [.. logits_NV.ToArray<float>().Chunk(VocabularySize)];
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => model.Dispose();

    private Tensor LogitsAt(IReadOnlyList<int[]> inputs, IReadOnlyCollection<(int Row, int Position)> positions)
    {
        var length = inputs.Max(input => input.Length);
        var ids = new long[inputs.Count * length];
        for (var row = 0; row < inputs.Count; row++)
        {
            for (var i = 0; i < inputs[row].Length; i++)
                ids[(row * length) + i] = inputs[row][i];
        }

        var ids_BL = torch.tensor(ids, [inputs.Count, length], device: model.Device);
        var indices_N = torch.tensor(positions.Select(p => ((long)p.Row * length) + p.Position).ToArray(), device: model.Device);
        return model.Forward(ids_BL).Logits.index_select(0, indices_N);
    }
}
