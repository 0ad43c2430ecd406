using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

public class LossOptionsTests
{
    [Fact]
    public void Defaults_are_those_of_the_papers()
    {
        var balance = LossRegistry.Create("load_balance", new LossOptions()).Options;
        (balance.Formula, balance.Coefficient, balance.Layers, balance.Granularity).ShouldBe(("switch", 1e-3, "mean", "micro_batch"));
        var divergence = LossRegistry.Create("divergence", new LossOptions()).Options;
        (divergence.Formula, divergence.Labels, divergence.Probabilities, divergence.Epsilon).ShouldBe(("neg_log_jsd", "domain49", "full", 1e-8));
    }

    [Theory]
    [InlineData("losses.divergence.formula")]
    [InlineData("losses.divergence.labels")]
    [InlineData("losses.divergence.probabilities")]
    [InlineData("losses.divergence.layers")]
    [InlineData("losses.divergence.granularity")]
    [InlineData("losses.divergence.epsilon")]
    [InlineData("losses.divergence.coefficient")]
    [InlineData("losses.divergence.warmup_steps")]
    [InlineData("losses.divergence.until_step")]
    public void A_wrong_value_is_refused_by_its_name(string option)
    {
        var options = option.Split('.')[^1] switch
        {
            "formula" => new LossOptions { Formula = "jds" },
            "labels" => new LossOptions { Labels = "domain7" },
            "probabilities" => new LossOptions { Probabilities = "some" },
            "layers" => new LossOptions { Layers = "max" },
            "granularity" => new LossOptions { Granularity = "planet" },
            "epsilon" => new LossOptions { Epsilon = 0 },
            "coefficient" => new LossOptions { Coefficient = -1 },
            "warmup_steps" => new LossOptions { WarmupSteps = -1 },
            _ => new LossOptions { UntilStep = -1 },
        };
        Should.Throw<OptionException>(() => LossRegistry.Create("divergence", options)).Option.ShouldBe(option);
    }

    [Fact]
    public void An_option_that_the_loss_does_not_know_is_refused() =>
        Should.Throw<OptionException>(() => LossRegistry.Create("load_balance", new LossOptions { Epsilon = 1e-8 })).Option.ShouldBe("losses.load_balance.epsilon");

    [Fact]
    public void An_unknown_loss_is_answered_with_the_nearest() =>
        Should.Throw<OptionException>(() => LossRegistry.Create("divergance", new LossOptions())).Remedy.ShouldContain("'divergence'");

    [Fact]
    public void The_coefficient_warms_up_and_ends()
    {
        var options = new LossOptions { Coefficient = 1.0, WarmupSteps = 3, UntilStep = 10 };
        new[] { 0L, 1, 2, 3, 9, 10, 11 }.Select(options.CoefficientAt).ShouldBe([0.25, 0.5, 0.75, 1.0, 1.0, 0.0, 0.0]);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0.0, null)]
    [InlineData(0.5, 50L)]
    [InlineData(0.001, 1L)]
    public void An_end_as_a_share_becomes_a_step(double? share, long? step) =>
        new LossOptions { UntilShare = share }.ForSteps("divergence", 100).UntilStep.ShouldBe(step);

    [Fact]
    public void A_share_that_is_none_or_two_ends_are_refused()
    {
        Should.Throw<OptionException>(() => new LossOptions { UntilShare = 1.5 }.ForSteps("divergence", 100)).Option.ShouldBe("losses.divergence.until_share");
        Should.Throw<OptionException>(() => new LossOptions { UntilShare = 0.5, UntilStep = 3 }.ForSteps("divergence", 100)).Option.ShouldBe("losses.divergence.until_share");
        Should.Throw<OptionException>(() => LossRegistry.Create("divergence", new LossOptions { UntilShare = 0.5 })).Option.ShouldBe("losses.divergence.until_share");
    }

    [Fact]
    public void Every_loss_has_a_name_a_formula_and_a_coefficient()
    {
        LossRegistry.Names.Count.ShouldBe(8);
        foreach (var name in LossRegistry.Names)
        {
            var loss = LossRegistry.Create(name, new LossOptions());
            loss.Name.ShouldBe(name);
            loss.Options.Formula.ShouldNotBeNull();
            loss.Options.Coefficient.ShouldNotBeNull().ShouldBeGreaterThan(0);
            Should.Throw<OptionException>(() => LossRegistry.Create(name, new LossOptions { Formula = "none" })).Option.ShouldBe($"losses.{name}.formula");
        }
    }
}
