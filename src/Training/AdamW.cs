using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019), in place and without waiting for the device.</summary>
/// <remarks>m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← (1 − η λ) w − η m̂ / (√v̂ + ε), hats with bias correction.</remarks>
public sealed class AdamW : IDisposable, IStateful
{
    private readonly AdamWOptions _options;
    private readonly Group[] _groups;

    /// <summary>Starts with moments of 0.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="options">How; the learning rate comes with every step, and what does not decay is not decayed.</param>
    /// <param name="packed">The layouts of a parameter that are to be written with it; null for none.</param>
    public AdamW(IReadOnlyList<Parameter> parameters, AdamWOptions options, Func<Parameter, PackedWeight?>? packed = null)
    {
        _options = options;
        _groups = [.. parameters.GroupBy(p => p.Decays).OrderBy(g => g.Key).Select(g => new Group([.. g], packed ?? (_ => null)))];
    }

    /// <summary>Steps taken.</summary>
    public long StepCount { get; private set; }

    /// <summary>Shows the steps taken and the moments: <c>step_count</c>, <c>exp_avg.PARAMETER</c>, <c>exp_avg_sq.PARAMETER</c>.</summary>
    public void Visit(StateVisitor state)
    {
        StepCount = state.Value("step_count", StepCount);
        foreach (var group in _groups)
        {
            for (var i = 0; i < group.Parameters.Length; i++)
            {
                state.Tensor("exp_avg." + group.Parameters[i].Name, group.Mean[i]);
                state.Tensor("exp_avg_sq." + group.Parameters[i].Name, group.Square[i]);
            }
        }
    }

    /// <summary>Takes one step on the parameters' gradients and drops them.</summary>
    /// <param name="learningRate">η.</param>
    /// <param name="gradientScale">What the gradients are multiplied with on the way, a scalar tensor; null for 1.</param>
    /// <param name="putOff">Whether packed parameters may be finished beside the next pass; until it has run, or <see cref="Settle"/>, nobody may
    /// read them.</param>
    public void Step(double learningRate, Tensor? gradientScale = null, bool putOff = false)
    {
        StepCount++;
        foreach (var group in _groups)
        {
            using var scope = torch.NewDisposeScope();
            var decay = group.Parameters[0].Decays ? _options.WeightDecay : 0.0;
            torch.optim.adamw_(group.Values, group.TakeGradients(), group.Mean, group.Square, StepCount,
                _options with { Lr = learningRate, WeightDecay = decay }, gradientScale, group.OverRows, group.OverColumns, putOff && group.Packs);
            foreach (var packed in group.Packed)
                packed?.MarkPacked();
        }
    }

    /// <summary>Finishes a step that was put off.</summary>
    public static void Settle() => torch.optim.settle();

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        Settle();
        foreach (var moment in _groups.SelectMany(group => group.Mean.Concat(group.Square).Append(group.Nothing)))
            moment.Dispose();
    }

    private sealed class Group
    {
        public Group(Parameter[] parameters, Func<Parameter, PackedWeight?> packed)
        {
            Parameters = parameters;
            Values = [.. parameters.Select(p => p.Value)];
            (Mean, Square) = (Zeros(parameters), Zeros(parameters));
            Packed = [.. parameters.Select(packed)];
            OverRows = [.. Packed.Select(p => p?.OverRows ?? Nothing)];
            OverColumns = [.. Packed.Select(p => p?.OverColumns ?? Nothing)];
        }

        public Parameter[] Parameters { get; }

        public Tensor[] Values { get; }

        public Tensor[] Mean { get; }

        public Tensor[] Square { get; }

        public PackedWeight?[] Packed { get; }

        public bool Packs => Packed.Any(p => p is not null);

        public Tensor[] OverRows { get; }

        public Tensor[] OverColumns { get; }

        // Stands where a parameter has no packed layouts.
        public Tensor Nothing { get; } = torch.empty([0]).DetachFromDisposeScope();

        public Tensor[] TakeGradients()
        {
            var gradients = new Tensor[Values.Length];
            for (var i = 0; i < gradients.Length; i++)
            {
                gradients[i] = Values[i].grad ?? torch.zeros_like(Values[i]);
                Values[i].grad = null;
            }

            return gradients;
        }

        private static Tensor[] Zeros(Parameter[] parameters) =>
            [.. parameters.Select(p => torch.zeros_like(p.Value).requires_grad_(false).DetachFromDisposeScope())];
    }
}
