// T = B·L, V vocabulary.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What a training pass gives.</summary>
/// <param name="NegativeLogLikelihood">Sum over the predicted tokens of −log p(target), nats, a scalar with gradient.</param>
/// <param name="Routers">Where each layer sent its tokens, first layer first.</param>
public sealed record TrainingOutput(Tensor NegativeLogLikelihood, IReadOnlyList<RouterOutput> Routers)
{
    /// <summary>From the scores of the next token; those in BFloat16 are taken to Float32 first.</summary>
    /// <param name="logits_TV">Scores, [T, V].</param>
    /// <param name="batch">What should come out.</param>
    /// <param name="routers">Where each layer sent its tokens.</param>
    public static TrainingOutput FromLogits(Tensor logits_TV, TrainingBatch batch, IReadOnlyList<RouterOutput> routers) => new(
        torch.nn.functional.cross_entropy(logits_TV.dtype == ScalarType.BFloat16 ? logits_TV.to(ScalarType.Float32) : logits_TV, batch.Targets, ignore_index: TrainingBatch.Ignored, reduction: torch.nn.Reduction.Sum), routers);
}
