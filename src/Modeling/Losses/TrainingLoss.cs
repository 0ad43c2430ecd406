// B batch, L length, T = B·L, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>An auxiliary loss of one step.</summary>
/// <param name="Loss">Which.</param>
/// <param name="Coefficient">What it was multiplied with at this step.</param>
/// <param name="PerLayer">Unscaled, by layer, [N].</param>
/// <param name="Value">Unscaled, the layers joined as its options say, a scalar.</param>
public sealed record AuxiliaryLoss(ILoss Loss, double Coefficient, Tensor PerLayer, Tensor Value);

/// <summary>The losses of one step, all still on the device.</summary>
/// <param name="Total">What is minimised, a scalar with gradient.</param>
/// <param name="LanguageModel">Mean negative log-likelihood of the next token in nats, a scalar.</param>
/// <param name="Auxiliary">The others, in the order they were given.</param>
public sealed record StepLosses(Tensor Total, Tensor LanguageModel, IReadOnlyList<AuxiliaryLoss> Auxiliary);

/// <summary>What an arm minimises: next-token loss + Σ coefficient · auxiliary loss.</summary>
/// <param name="auxiliary">The auxiliary losses; a coefficient of 0 only logs.</param>
public sealed class TrainingLoss(IReadOnlyList<ILoss> auxiliary)
{
    /// <summary>The auxiliary losses.</summary>
    public IReadOnlyList<ILoss> Auxiliary { get; } = auxiliary;

    /// <summary>Computes the losses of a forward pass; waits for nothing.</summary>
    /// <param name="output">What the model gave.</param>
    /// <param name="batch">What went in.</param>
    /// <param name="step">The step, counted from 0, for coefficients that change.</param>
    /// <param name="tokens">Tokens that the whole step predicts, which its micro-batches' losses are divided by; null for those of this batch.</param>
    /// <param name="microBatches">Micro-batches of the step: the total takes of each auxiliary loss its share of their mean.</param>
    public StepLosses Compute(TrainingOutput output, TrainingBatch batch, long step, long? tokens = null, int microBatches = 1)
    {
        var languageModel = output.NegativeLogLikelihood / (double)(tokens ?? batch.PredictedTokens);
        var means = new RoutingMeans(output.Routers, batch);
        var total = languageModel;
        var terms = new AuxiliaryLoss[Auxiliary.Count];
        for (var i = 0; i < terms.Length; i++)
        {
            var loss = Auxiliary[i];
            var perLayer_N = loss.PerLayer(means);
            var value = loss.Options.Layers == "sum" ? perLayer_N.sum() : perLayer_N.mean();
            var coefficient = loss.Options.CoefficientAt(step);
            if (coefficient != 0.0)
                total += coefficient / microBatches * value;
            terms[i] = new AuxiliaryLoss(loss, coefficient, perLayer_N, value);
        }

        return new StepLosses(total, languageModel, terms);
    }
}
