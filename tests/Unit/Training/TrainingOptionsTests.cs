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
    public void A_wrong_value_is_refused_by_name(string section, string option) =>
        Should.Throw<OptionException>(() => TrainingOptions.FromJson(Section(section))).Option.ShouldBe(option);

    [Fact]
    public void An_unknown_key_names_the_nearest()
    {
        var error = Should.Throw<OptionException>(() => TrainingOptions.FromJson(Section("""{"batchsize": 3}""")));
        error.Remedy.ShouldContain("batch_size");
    }

    private static JsonObject Section(string json) => JsonNode.Parse(json)!.AsObject();
}
