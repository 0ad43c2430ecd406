using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>How the learning rate falls after its warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine wave, from the peak to the minimum.</summary>
    Cosine,

    /// <summary>A straight line, from the peak to the minimum.</summary>
    Linear,

    /// <summary>It stays at the peak.</summary>
    Constant,

    /// <summary>Warm-up, stable, decay: it stays at the peak and falls over the last share of the steps (Hu et al., 2024).</summary>
    Wsd,
}

/// <summary>The form of the fall that ends <see cref="ScheduleKind.Wsd"/>, p from 0 to 1 on its way.</summary>
public enum DecayForm
{
    /// <summary>1 − p.</summary>
    Linear,

    /// <summary>(1 + cos πp) / 2.</summary>
    Cosine,

    /// <summary>1 − √p (Hägele et al., 2024).</summary>
    Sqrt,
}

/// <summary>What of a forward pass is computed again on the way back instead of being kept.</summary>
public enum ActivationCheckpointing
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Every decoder layer: only what goes in between layers is kept.</summary>
    Layer,
}

/// <summary>How often each domain is drawn.</summary>
public enum SamplerMixture
{
    /// <summary>In proportion to its text.</summary>
    Proportional,

    /// <summary>Every domain equally often.</summary>
    Uniform,
}

/// <summary>What a batch is made of; section <c>train.sampler</c> of a recipe.</summary>
public sealed record SamplerOptions
{
    /// <summary>How often each domain is drawn.</summary>
    public SamplerMixture Mixture { get; init; } = SamplerMixture.Proportional;

    /// <summary>Sequences of one domain that are drawn together into a batch.</summary>
    public int SequencesPerDomain { get; init; } = 2;

    /// <summary>What a domain's share of the mixture is multiplied with, by the domain's id of either scheme; the fine one goes before the
    /// coarse one. A domain that is not named counts once.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = ReadOnlyDictionary<string, double>.Empty;
}

/// <summary>How a model is trained; section <c>train</c> of a recipe. Valid only after <see cref="Validate"/>.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>B: sequences a step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Micro-batches that a step's sequences are divided into, one after another; their gradients are added up.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>The learning rate after the warm-up.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>The learning rate of the last step.</summary>
    public double MinLearningRate { get; init; } = 3e-4;

    /// <summary>Steps over which the learning rate rises.</summary>
    public int WarmupSteps { get; init; } = 20;

    /// <summary>How the learning rate falls.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Schedule <see cref="ScheduleKind.Wsd"/>: the share of all steps that the fall takes.</summary>
    public double DecayShare { get; init; } = 0.2;

    /// <summary>Schedule <see cref="ScheduleKind.Wsd"/>: how it falls.</summary>
    public DecayForm DecayForm { get; init; } = DecayForm.Linear;

    /// <summary>Decoupled weight decay; matrices only, never norms.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Decay of AdamW's first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of AdamW's second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of AdamW's second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Largest norm of all gradients together; a larger one is scaled down to it.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>What matrices are multiplied in.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>What a training pass is made of.</summary>
    public StepKernels Kernels { get; init; } = StepKernels.Auto;

    /// <summary>Where it runs.</summary>
    public TrainingDevice Device { get; init; } = TrainingDevice.Cpu;

    /// <summary>Processes that a step's sequences are divided between.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Native threads of each rank.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>A row of metrics is written every so many steps, and at the last one.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>The state to resume from is written every so many steps.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>How many of those states are kept while the run lasts.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>The model is kept in the result every so many steps; 0: at the end alone.</summary>
    public int MilestoneEvery { get; init; }

    /// <summary>What is computed again on the way back instead of being kept: less memory, the same numbers.</summary>
    public ActivationCheckpointing ActivationCheckpointing { get; init; } = ActivationCheckpointing.None;

    /// <summary>Whether attention stays within a document where a sequence holds several.</summary>
    public bool DocumentMasking { get; init; }

    /// <summary>The held-out loss is measured every so many steps, and at the last one; 0: never.</summary>
    public int ValidateEvery { get; init; }

    /// <summary>Held-out sequences that it is measured on, the domains in turn; 0: all.</summary>
    public int ValidateSequences { get; init; } = 64;

    /// <summary>A loss so many robust standard deviations above the median of the last steps is reported as a spike; 0: none is.</summary>
    public double SpikeFactor { get; init; } = 8.0;

    /// <summary>Whether the metrics are also written as event files for TensorBoard.</summary>
    public bool Tensorboard { get; init; } = true;

    /// <summary>The run saves its state and ends after so many minutes; 0: it runs to its last step.</summary>
    public double MaxMinutes { get; init; }

    /// <summary>What a batch is made of.</summary>
    public SamplerOptions Sampler { get; init; } = new();

    /// <summary>Steps over which schedule <see cref="ScheduleKind.Wsd"/> falls; at least one.</summary>
    internal int DecaySteps => Math.Max(1, (int)Math.Round(DecayShare * Steps));

    /// <summary>These options with everything that changes no number of the weights at its default: what says whether two runs are the same.</summary>
    internal TrainingOptions OfResult()
    {
        var defaults = new TrainingOptions();
        return this with
        {
            CheckpointEvery = defaults.CheckpointEvery,
            KeepCheckpoints = defaults.KeepCheckpoints,
            ValidateEvery = defaults.ValidateEvery,
            ValidateSequences = defaults.ValidateSequences,
            SpikeFactor = defaults.SpikeFactor,
            Tensorboard = defaults.Tensorboard,
            MaxMinutes = defaults.MaxMinutes,
            ActivationCheckpointing = defaults.ActivationCheckpointing,
        };
    }

    /// <summary>Reads and checks the section <c>train</c> of a recipe.</summary>
    /// <exception cref="OptionException">A key is unknown or a value out of its range.</exception>
    public static TrainingOptions FromJson(JsonObject train)
    {
        if (train["sampler"] is JsonObject sampler)
            OptionsJson.Read<SamplerOptions>(sampler, "train.sampler");
        return OptionsJson.Read<TrainingOptions>(train, "train").Validate();
    }

    /// <summary>Checks every value and how they fit together; returns this record.</summary>
    /// <exception cref="OptionException">A value is out of its range.</exception>
    public TrainingOptions Validate()
    {
        AtLeast("steps", Steps, 1);
        AtLeast("batch_size", BatchSize, 1);
        AtLeast("accumulation", Accumulation, 1);
        AtLeast("ranks", Ranks, 1);
        AtLeast("warmup_steps", WarmupSteps, 0);
        AtLeast("threads", Threads, 1);
        AtLeast("log_every", LogEvery, 1);
        AtLeast("checkpoint_every", CheckpointEvery, 1);
        AtLeast("keep_checkpoints", KeepCheckpoints, 1);
        AtLeast("milestone_every", MilestoneEvery, 0);
        AtLeast("validate_every", ValidateEvery, 0);
        AtLeast("validate_sequences", ValidateSequences, 0);
        AtLeast("sampler.sequences_per_domain", Sampler.SequencesPerDomain, 1);
        foreach (var (domain, weight) in Sampler.Weights)
            Within("sampler.weights." + domain, weight, weight >= 0, "at least 0");
        Within("learning_rate", LearningRate, LearningRate > 0, "above 0");
        Within("min_learning_rate", MinLearningRate, MinLearningRate >= 0 && MinLearningRate <= LearningRate, "from 0 to train.learning_rate");
        Within("decay_share", DecayShare, DecayShare is > 0 and <= 1, "above 0, at most 1");
        Within("spike_factor", SpikeFactor, SpikeFactor >= 0, "at least 0");
        Within("max_minutes", MaxMinutes, MaxMinutes >= 0, "at least 0");
        Within("weight_decay", WeightDecay, WeightDecay >= 0, "at least 0");
        Within("beta1", Beta1, Beta1 is >= 0 and < 1, "from 0 to below 1");
        Within("beta2", Beta2, Beta2 is >= 0 and < 1, "from 0 to below 1");
        Within("epsilon", Epsilon, Epsilon > 0, "above 0");
        Within("clip_norm", ClipNorm, ClipNorm > 0, "above 0");
        if (WarmupSteps > Steps)
            throw new OptionException("train.warmup_steps", $"{WarmupSteps} steps of warm-up, but only {Steps} steps in all", $"Set it to at most {Steps}.");
        if (Schedule == ScheduleKind.Wsd && WarmupSteps + DecaySteps > Steps)
        {
            throw new OptionException("train.decay_share", $"{WarmupSteps} steps of warm-up and {DecaySteps} of decay, but only {Steps} steps in all",
                "Lower it, or lower train.warmup_steps.");
        }

        if (BatchSize % Accumulation != 0)
        {
            throw new OptionException("train.accumulation", $"{Accumulation} micro-batches cannot share {BatchSize} sequences evenly",
                $"Choose a divisor of train.batch_size = {BatchSize}.");
        }

        if (BatchSize % (Ranks * Accumulation) != 0)
        {
            throw new OptionException("train.ranks", $"{Ranks} ranks of {Accumulation} micro-batches cannot share {BatchSize} sequences evenly",
                $"Choose numbers whose product divides train.batch_size = {BatchSize}.");
        }

        if (BatchSize % Sampler.SequencesPerDomain != 0)
        {
            throw new OptionException("train.sampler.sequences_per_domain", $"{Sampler.SequencesPerDomain} does not divide a batch of {BatchSize} sequences",
                $"Choose a divisor of train.batch_size = {BatchSize}.");
        }

        return this;
    }

    private static void AtLeast(string name, int value, int least)
    {
        if (value < least)
            throw new OptionException("train." + name, $"{value} is too small", $"Set it to {least} or more.");
    }

    private static void Within(string name, double value, bool holds, string range)
    {
        if (!holds || !double.IsFinite(value))
            throw new OptionException("train." + name, FormattableString.Invariant($"{value} is out of range"), $"Set it to a number {range}.");
    }
}
