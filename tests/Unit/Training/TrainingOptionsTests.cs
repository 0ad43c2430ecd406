using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void A_recipe_section_becomes_options()
    {
        var options = TrainingOptions.FromJson(Section("""
            {"steps": 12, "batch_size": 8, "min_learning_rate": 1e-5, "schedule": "linear", "warmup_steps": 2, "clip_norm": 0.5,
             "sampler": {"mixture": "uniform", "sequences_per_domain": 4}}
            """));

        options.Steps.ShouldBe(12);
        options.BatchSize.ShouldBe(8);
        options.MinLearningRate.ShouldBe(1e-5);
        options.Schedule.ShouldBe(ScheduleKind.Linear);
        options.ClipNorm.ShouldBe(0.5);
        options.Sampler.ShouldBe(new SamplerOptions { Mixture = SamplerMixture.Uniform, SequencesPerDomain = 4 });
        options.Beta2.ShouldBe(0.95);
    }

    [Theory]
    [InlineData("""{"stepz": 3}""", "train.stepz")]
    [InlineData("""{"sampler": {"mixtures": "uniform"}}""", "train.sampler.mixtures")]
    [InlineData("""{"steps": "many"}""", "train.steps")]
    [InlineData("""{"schedule": "sine"}""", "train.schedule")]
    [InlineData("""{"steps": 0}""", "train.steps")]
    [InlineData("""{"learning_rate": 0}""", "train.learning_rate")]
    [InlineData("""{"min_learning_rate": 1}""", "train.min_learning_rate")]
    [InlineData("""{"beta1": 1}""", "train.beta1")]
    [InlineData("""{"steps": 5, "warmup_steps": 6}""", "train.warmup_steps")]
    [InlineData("""{"batch_size": 16, "sampler": {"sequences_per_domain": 3}}""", "train.sampler.sequences_per_domain")]
    [InlineData("""{"batch_size": 16, "accumulation": 3}""", "train.accumulation")]
    [InlineData("""{"accumulation": 0}""", "train.accumulation")]
    [InlineData("""{"decay_share": 0}""", "train.decay_share")]
    [InlineData("""{"decay_share": 1.5}""", "train.decay_share")]
    [InlineData("""{"schedule": "wsd", "steps": 10, "warmup_steps": 5, "decay_share": 0.6}""", "train.decay_share")]
    [InlineData("""{"decay_form": "quartic"}""", "train.decay_form")]
    [InlineData("""{"activation_checkpointing": "expert"}""", "train.activation_checkpointing")]
    [InlineData("""{"document_masking": 1}""", "train.document_masking")]
    [InlineData("""{"validate_every": -1}""", "train.validate_every")]
    [InlineData("""{"validate_sequences": -1}""", "train.validate_sequences")]
    [InlineData("""{"spike_factor": -1}""", "train.spike_factor")]
    [InlineData("""{"max_minutes": -1}""", "train.max_minutes")]
    [InlineData("""{"sampler": {"weights": {"math": -1}}}""", "train.sampler.weights.math")]
    [InlineData("""{"sampler": {"weights": {"math": "much"}}}""", "train.sampler.weights.math")]
    public void A_wrong_value_is_refused_by_name(string section, string option) =>
        Should.Throw<OptionException>(() => TrainingOptions.FromJson(Section(section))).Option.ShouldBe(option);

    [Fact]
    public void What_is_only_noted_beside_the_weights_makes_no_other_run()
    {
        var options = TrainingOptions.FromJson(Section("""
            {"checkpoint_every": 3, "validate_every": 5, "validate_sequences": 7, "spike_factor": 4, "tensorboard": false, "max_minutes": 2,
             "activation_checkpointing": "layer"}
            """));
        options.OfResult().ShouldBe(new TrainingOptions());
        (options with { Accumulation = 2 }).OfResult().ShouldNotBe(new TrainingOptions());
    }

    [Fact]
    public void An_unknown_key_names_the_nearest()
    {
        var error = Should.Throw<OptionException>(() => TrainingOptions.FromJson(Section("""{"batchsize": 3}""")));
        error.Remedy.ShouldContain("batch_size");
    }

    private static JsonObject Section(string json) => JsonNode.Parse(json)!.AsObject();
}
