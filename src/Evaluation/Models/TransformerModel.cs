// N scored positions, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

/// <summary>The project's transformer as evaluation sees it. Owns the model; for one thread at a time.</summary>
/// <remarks>Sequences of a batch are padded on the right, which a causal model without token dropping does not notice. The head and the
/// log-softmax, in fp32, run over the scored positions alone; two numbers per position leave libtorch.</remarks>
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

        var (logits_NV, rows) = ContinuationLogits.Of(model, batch);
        var targets = batch.SelectMany((request, r) => rows[r].Select((row, i) => (Row: (long)row, Token: (long)request.Tokens[request.Start + i]))).ToArray();
        var flat = torch.tensor(Array.ConvertAll(targets, t => (t.Row * VocabularySize) + t.Token), device: model.Device);
        var logProbabilities = logits_NV.log_softmax(-1, ScalarType.Float32).flatten().index_select(0, flat).ToArray<float>();
        var greedy_N = logits_NV.argmax(-1).ToArray<long>();

        var scores = new ContinuationScore[batch.Count];
        for (var (r, n) = (0, 0); r < scores.Length; r++)
        {
            var (sum, greedy) = (0.0, true);
            var byToken = batch[r].ByToken ? Array.ConvertAll(logProbabilities[n..(n + batch[r].Tokens.Length - batch[r].Start)], p => (double)p) : null;
            for (var end = n + batch[r].Tokens.Length - batch[r].Start; n < end; n++)
            {
                sum += logProbabilities[n];
                greedy &= greedy_N[targets[n].Row] == targets[n].Token;
            }

            scores[r] = new ContinuationScore(sum, greedy, byToken);
        }

        return scores;
    }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var batch = new PaddedBatch(contexts);
        return [.. model.LogitsAt(batch.Ids(model.Device), batch.LastPositions(model.Device)).ToArray<float>().Chunk(VocabularySize)];
    }

    /// <inheritdoc/>
    public IDecoding Decode(IReadOnlyList<int[]> contexts) => new CachedDecoding(this, model, contexts);

    /// <summary>Frees the model.</summary>
    public void Dispose() => model.Dispose();
}
