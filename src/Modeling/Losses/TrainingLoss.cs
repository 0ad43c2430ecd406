// B batch, L length, T = B·L, V vocabulary, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>An auxiliary loss of one micro-batch.</summary>
/// <param name="Loss">Which.</param>
/// <param name="Coefficient">What it was multiplied with at this step.</param>
/// <param name="PerLayer">Unscaled, by layer, [N].</param>
/// <param name="Value">Unscaled, the layers joined as its options say, a scalar.</param>
/// <param name="Scale">What it was multiplied with besides, by <see cref="LossOptions.Scaling"/>; 1 without.</param>
public sealed record AuxiliaryLoss(ILoss Loss, double Coefficient, Tensor PerLayer, Tensor Value, double Scale = 1.0);

/// <summary>The losses of one micro-batch, all still on the device.</summary>
/// <param name="Total">What is minimised, a scalar with gradient.</param>
/// <param name="LanguageModel">Mean negative log-likelihood of the next token in nats, a scalar.</param>
/// <param name="Auxiliary">The others, in the order they were given.</param>
public sealed record StepLosses(Tensor Total, Tensor LanguageModel, IReadOnlyList<AuxiliaryLoss> Auxiliary);

/// <summary>What an arm minimises: next-token loss + Σ coefficient · scale · auxiliary loss.</summary>
/// <remarks>A step is: where <see cref="LooksAhead"/> says so and there are several micro-batches, <see cref="LookAhead"/> for each, without
/// gradient; then <see cref="Compute"/> and backward for each, gradients added up over micro-batches and ranks; the optimizer; <see cref="EndStep"/>.</remarks>
/// <param name="auxiliary">The auxiliary losses; a coefficient of 0 only logs.</param>
/// <param name="layout">The model's weights, for losses on them and for balancing by bias; null where neither is asked for.</param>
/// <param name="reduction">Adds over ranks; null for one rank.</param>
public sealed class TrainingLoss(IReadOnlyList<ILoss> auxiliary, ParameterLayout? layout = null, IReduction? reduction = null) : IStateful, IDisposable
{
    private readonly StepScope _scope = new(reduction);
    private readonly bool[] _sums = [.. auxiliary.Select(loss => loss.Options.Layers == "sum")];
    private readonly DynamicScaling _scaling = new(reduction ?? SingleRank.Instance);

    /// <summary>The auxiliary losses.</summary>
    public IReadOnlyList<ILoss> Auxiliary { get; } = auxiliary;

    /// <summary>What of the experts' insides the losses are made of.</summary>
    public RoutingCapture Capture { get; } = auxiliary.Aggregate(RoutingCapture.None, (all, loss) => all | loss.Capture);

    /// <summary>Whether a loss has sums over all micro-batches of a step.</summary>
    public bool LooksAhead => Auxiliary.Any(loss => loss is ILookAheadLoss { LooksAhead: true });

    /// <summary>Sees a micro-batch before any gradient of the step is taken.</summary>
    /// <param name="output">What the model gave, without gradient.</param>
    /// <param name="batch">What went in.</param>
    public void LookAhead(TrainingOutput output, TrainingBatch batch)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var means = new RoutingMeans(output.Routers, batch, _scope);
        foreach (var loss in Auxiliary.OfType<ILookAheadLoss>().Where(loss => loss.LooksAhead))
            loss.Collect(means);
    }

    /// <summary>Computes the losses of a forward pass; waits for nothing, but once for the first step's <see cref="LossOptions.Scaling"/>.</summary>
    /// <param name="output">What the model gave.</param>
    /// <param name="batch">What went in.</param>
    /// <param name="step">The step, counted from 0, for coefficients that change.</param>
    /// <param name="tokens">Tokens that the whole step predicts, all ranks together, which its micro-batches' losses are divided by; null for
    /// those of this batch.</param>
    /// <param name="microBatches">Micro-batches of the step on each rank: the total takes of each auxiliary loss its share of their mean.</param>
    public StepLosses Compute(TrainingOutput output, TrainingBatch batch, long step, long? tokens = null, int microBatches = 1)
    {
        var share = _scope.Share = 1.0 / ((double)microBatches * _scope.Reduction.Ranks);
        var means = new RoutingMeans(output.Routers, batch, _scope, layout?.Routers);
        if (layout?.RouterBiases.Count > 0)
            RouterBiasBalance.Count(means, _scope);
        var perLayer = new Tensor[Auxiliary.Count];
        for (var i = 0; i < perLayer.Length; i++)
            perLayer[i] = Auxiliary[i].PerLayer(means);
        _scaling.Measure(Auxiliary, i => WeightedLosses.Joined(perLayer[i], _sums[i]));
        var (coefficients, weights) = (new double[perLayer.Length], new double[perLayer.Length]);
        for (var i = 0; i < weights.Length; i++)
        {
            coefficients[i] = Auxiliary[i].Options.CoefficientAt(step);
            weights[i] = coefficients[i] * _scaling.Of(Auxiliary[i]) * share;
        }

        var (total, languageModel, values) = WeightedLosses.Of(
            output.NegativeLogLikelihood, (double)(tokens ?? batch.PredictedTokens), perLayer, weights, _sums);
        var terms = new AuxiliaryLoss[perLayer.Length];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = new AuxiliaryLoss(Auxiliary[i], coefficients[i], perLayer[i], values[i], _scaling.Of(Auxiliary[i]));
        return new StepLosses(total, languageModel, terms);
    }

    /// <summary>Shows what was measured on the way.</summary>
    public void Visit(StateVisitor state) => _scaling.Visit(state, Auxiliary);

    /// <summary>After the optimizer's step: moves the routers' biases, forgets what the step's micro-batches shared.</summary>
    public void EndStep()
    {
        if (layout is not null)
            RouterBiasBalance.Move(layout, _scope);
        _scope.Clear();
    }

    /// <summary>Frees what a step that did not end left.</summary>
    public void Dispose() => _scope.Dispose();
}
