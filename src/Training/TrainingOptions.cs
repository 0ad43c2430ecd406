using System.Text.Json.Nodes;
using ExpertDivergence.Core;

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
}

/// <summary>How a model is trained; section <c>train</c> of a recipe. Valid only after <see cref="Validate"/>.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>B: sequences a step.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>The learning rate after the warm-up.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>The learning rate of the last step.</summary>
    public double MinLearningRate { get; init; } = 3e-4;

    /// <summary>Steps over which the learning rate rises.</summary>
    public int WarmupSteps { get; init; } = 20;

    /// <summary>How the learning rate falls.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

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

    /// <summary>Native threads of the run.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>A row of metrics is written every so many steps, and at the last one.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>The state to resume from is written every so many steps.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>What a batch is made of.</summary>
    public SamplerOptions Sampler { get; init; } = new();

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
        AtLeast("warmup_steps", WarmupSteps, 0);
        AtLeast("threads", Threads, 1);
        AtLeast("log_every", LogEvery, 1);
        AtLeast("checkpoint_every", CheckpointEvery, 1);
        AtLeast("sampler.sequences_per_domain", Sampler.SequencesPerDomain, 1);
        Within("learning_rate", LearningRate, LearningRate > 0, "above 0");
        Within("min_learning_rate", MinLearningRate, MinLearningRate >= 0 && MinLearningRate <= LearningRate, "from 0 to train.learning_rate");
        Within("weight_decay", WeightDecay, WeightDecay >= 0, "at least 0");
        Within("beta1", Beta1, Beta1 is >= 0 and < 1, "from 0 to below 1");
        Within("beta2", Beta2, Beta2 is >= 0 and < 1, "from 0 to below 1");
        Within("epsilon", Epsilon, Epsilon > 0, "above 0");
        Within("clip_norm", ClipNorm, ClipNorm > 0, "above 0");
        if (WarmupSteps > Steps)
            throw new OptionException("train.warmup_steps", $"{WarmupSteps} steps of warm-up, but only {Steps} steps in all", $"Set it to at most {Steps}.");
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
