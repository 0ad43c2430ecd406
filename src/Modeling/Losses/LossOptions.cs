using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>How an auxiliary loss is computed and weighed; one entry under <c>arms.NAME.losses</c> of a recipe.</summary>
/// <remarks>What the papers leave open is an option here; the defaults and their reasons stand in <c>docs/paper-decisions.md</c>.
/// An option that a loss does not know must be left null.</remarks>
public sealed record LossOptions
{
    internal static readonly string[] Scalings = ["none", "dynamic"];

    /// <summary>Formula id; null means the loss's own default. See <see cref="LossRegistry"/>.</summary>
    public string? Formula { get; init; }

    /// <summary>What the loss is multiplied with in the total; null means the loss's own default. 0 only logs it.</summary>
    public double? Coefficient { get; init; }

    /// <summary>Divergence: what makes the domains: <c>domain3</c>, <c>domain49</c>; <c>sequence</c>, each sequence its own; <c>random</c>,
    /// chance among <see cref="Classes"/>.</summary>
    public string? Labels { get; init; }

    /// <summary>Divergence: the routing distribution of a token, <c>full</c> (softmax over all experts) or <c>post_top_k</c> (the chosen K, renormalised).</summary>
    public string? Probabilities { get; init; }

    /// <summary>Divergence with random labels: how many there are.</summary>
    public int? Classes { get; init; }

    /// <summary>What keeps a logarithm or a quotient from 0: ε of −log(JSD + ε), of a projection, of a length.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Divergence: <c>double</c> sums the JSD in 64 bits (in 32 its terms cancel while domains are close), <c>single</c> in the model's type.</summary>
    public string? Precision { get; init; }

    /// <summary>How layers join: <c>mean</c> or <c>sum</c>.</summary>
    public string? Layers { get; init; }

    /// <summary>Over which tokens statistics are taken: <c>sequence</c>, <c>micro_batch</c>, <c>global_batch</c>; <c>step</c>, <c>global</c>.</summary>
    public string? Granularity { get; init; }

    /// <summary><c>dynamic</c>: at the first step the loss is given a power of ten that brings it to the size of load balancing; <c>none</c>.</summary>
    public string? Scaling { get; init; }

    /// <summary>The coefficient rises linearly from 0 over this many steps.</summary>
    public long? WarmupSteps { get; init; }

    /// <summary>From this step on the coefficient is 0; 0 or null: never.</summary>
    public long? UntilStep { get; init; }

    /// <summary>Likewise, as a share of a run's steps; whoever knows these puts it into <see cref="UntilStep"/>. 0 or null: never.</summary>
    public double? UntilShare { get; init; }

    /// <summary>What the loss is multiplied with at a step, steps counted from 0.</summary>
    public double CoefficientAt(long step)
    {
        if (UntilStep is > 0 and var end && step >= end)
            return 0.0;
        var full = Coefficient ?? 0.0;
        return WarmupSteps is { } warmUp && step < warmUp ? full * (step + 1) / (warmUp + 1) : full;
    }

    /// <summary>These options for a run of so many steps.</summary>
    /// <exception cref="OptionException">The share is none, or both ends are set.</exception>
    public LossOptions ForSteps(string name, long steps)
    {
        if (UntilShare is null or 0.0)
            return this;
        if (!(UntilShare is > 0.0 and <= 1.0) || UntilStep is > 0)
        {
            throw new OptionException($"losses.{name}.until_share", FormattableString.Invariant($"{UntilShare} is no share, or until_step is set as well"),
                "Set one of them, the share from 0 to 1.");
        }

        return this with { UntilShare = null, UntilStep = Math.Max(1, (long)Math.Round(UntilShare.Value * steps)) };
    }

    /// <summary>Fills in what is null from <paramref name="defaults"/> and checks every value against what the loss knows.</summary>
    /// <param name="name">The loss's name, for messages.</param>
    /// <param name="defaults">A value for every option that the loss knows; null for those it does not.</param>
    /// <param name="choices">For options that are words, the words it knows.</param>
    /// <exception cref="OptionException">An option is unknown to this loss or out of its range.</exception>
    internal LossOptions Resolve(string name, LossOptions defaults, IReadOnlyDictionary<string, string[]> choices)
    {
        var resolved = new LossOptions
        {
            Formula = Word("formula", Formula, defaults.Formula),
            Coefficient = Number("coefficient", Coefficient, defaults.Coefficient, minimum: 0.0),
            Labels = Word("labels", Labels, defaults.Labels),
            Probabilities = Word("probabilities", Probabilities, defaults.Probabilities),
            Classes = Classes is null || defaults.Classes is not null ? Classes ?? defaults.Classes : throw Refuse("classes", "this loss has no such option", "Remove it."),
            Epsilon = Number("epsilon", Epsilon, defaults.Epsilon, minimum: double.Epsilon),
            Precision = Word("precision", Precision, defaults.Precision),
            Layers = Word("layers", Layers, defaults.Layers),
            Granularity = Word("granularity", Granularity, defaults.Granularity),
            Scaling = Word("scaling", Scaling, defaults.Scaling),
            WarmupSteps = Steps("warmup_steps", WarmupSteps) ?? 0,
            UntilStep = Steps("until_step", UntilStep) ?? 0,
            UntilShare = UntilShare is null or 0.0 ? null
                : throw Refuse("until_share", "nobody said how many steps there are", "Set until_step."),
        };
        return resolved.Classes is < 2 ? throw Refuse("classes", $"{resolved.Classes} is too few", "Set it to 2 or more.") : resolved;

        string? Word(string option, string? value, string? fallback)
        {
            if (value is null)
                return fallback;
            if (fallback is null)
                throw Refuse(option, "this loss has no such option", "Remove it.");
            var known = choices[option];
            return known.Contains(value) ? value : throw Refuse(option, $"'{value}' is unknown", NearestName.Hint(value, known));
        }

        double? Number(string option, double? value, double? fallback, double minimum)
        {
            if (value is null)
                return fallback;
            if (fallback is null)
                throw Refuse(option, "this loss has no such option", "Remove it.");
            return value >= minimum && double.IsFinite(value.Value)
                ? value
                : throw Refuse(option, FormattableString.Invariant($"{value} is out of range"), minimum > 0 ? "Set it above 0." : "Set it to 0 or more.");
        }

        long? Steps(string option, long? value) =>
            value is < 0 ? throw Refuse(option, $"{value} is negative", "Set it to 0 or more steps.") : value;

        OptionException Refuse(string option, string message, string remedy) => new($"losses.{name}.{option}", message, remedy);
    }
}
