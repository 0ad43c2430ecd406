using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class RecipeSectionsTests
{
    private static readonly PackInfo s_pack = new(128, 2, 1024, 7, ["en"], ["en/a"], new(10, 100), new(1, 10));

    [Fact]
    public void The_model_section_gives_a_shape()
    {
        var shape = RecipeSections.Model(Section("""
            {"layers": 3, "hidden_size": 128, "heads": 4, "kv_heads": 2, "head_dim": 32, "expert_size": 64, "experts": 8, "top_k": 2,
             "rope_theta": 10000.0, "rms_norm_eps": 1e-6, "initializer_range": 0.02}
            """), s_pack);

        (shape.Layers, shape.Dim, shape.KvHeads, shape.ExpertWidth, shape.Experts).ShouldBe((3, 128, 2, 64, 8));
        (shape.VocabSize, shape.EndOfTextId, shape.MaxPositions).ShouldBe((1024, 7, 128));
    }

    [Fact]
    public void More_experts_per_token_than_there_are_is_refused() =>
        Should.Throw<OptionException>(() => RecipeSections.Model(Section("""{"experts": 4, "top_k": 5}"""), s_pack)).Option.ShouldBe("model.top_k");

    [Fact]
    public void An_unknown_key_of_the_model_names_the_nearest() =>
        Should.Throw<OptionException>(() => RecipeSections.Model(Section("""{"hidden": 4}"""), s_pack)).Remedy.ShouldContain("hidden_size");

    [Fact]
    public void An_arm_s_losses_are_made_in_order()
    {
        var losses = RecipeSections.Losses(Section("""
            {"load_balance": {"formula": "switch", "coefficient": 0.002, "granularity": "micro_batch"},
             "divergence": {"formula": "jsd", "coefficient": 0.01, "granularity": "micro_batch", "labels": "domain3", "probabilities": "full",
                            "epsilon": 1e-8, "layers": "mean", "warmup_steps": 10, "until_step": 0}}
            """));

        losses.Select(l => l.Name).ShouldBe(["divergence", "load_balance"]);
        losses[0].Options.Formula.ShouldBe("jsd");
        losses[0].Options.CoefficientAt(1000).ShouldBe(0.01);
        losses[0].Options.CoefficientAt(0).ShouldBeLessThan(0.01);
        losses[1].Options.Coefficient.ShouldBe(0.002);
    }

    [Fact]
    public void A_loss_is_switched_off_from_its_last_step_on()
    {
        var loss = RecipeSections.Losses(Section("""{"divergence": {"coefficient": 0.01, "until_step": 5}}""")).ShouldHaveSingleItem();
        loss.Options.CoefficientAt(4).ShouldBe(0.01);
        loss.Options.CoefficientAt(5).ShouldBe(0.0);
    }

    [Theory]
    [InlineData("""{"divergance": {}}""", "divergence")]
    [InlineData("""{"divergence": {"label": "domain3"}}""", "labels")]
    public void An_unknown_name_in_the_losses_names_the_nearest(string section, string nearest) =>
        Should.Throw<OptionException>(() => RecipeSections.Losses(Section(section))).Remedy.ShouldContain(nearest);

    private static JsonObject Section(string json) => JsonNode.Parse(json)!.AsObject();
}
