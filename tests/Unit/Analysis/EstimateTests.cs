using ExpertDivergence.Analysis;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Analysis;

public class EstimateTests
{
    [Theory]
    [InlineData(0.95, 1, 12.70620474)]
    [InlineData(0.95, 2, 4.30265273)]
    [InlineData(0.95, 3, 3.18244631)]
    [InlineData(0.95, 4, 2.77644511)]
    [InlineData(0.99, 5, 4.03214298)]
    [InlineData(0.95, 9, 2.26215716)]
    [InlineData(0.90, 10, 1.81246112)]
    [InlineData(0.95, 30, 2.04227246)]
    [InlineData(0.95, 4999, 1.96043)]
    public void Critical_values_are_those_of_the_tables(double confidence, int degrees, double t) =>
        StudentT.Critical(confidence, degrees).ShouldBe(t, 1e-5);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(12)]
    public void Probability_inverts_the_critical_value(int degrees) =>
        StudentT.TwoSided(StudentT.Critical(0.8, degrees), degrees).ShouldBe(0.8, 1e-12);

    [Fact]
    public void Paired_difference_by_hand()
    {
        // Differences −0.3, −0.1, −0.2: mean −0.2, standard deviation 0.1, half width 4.30265 · 0.1/√3.
        var difference = Estimate.OfPairs([1.0, 2.0, 3.0], [1.3, 2.1, 3.2]);
        difference.Mean.ShouldBe(-0.2, 1e-12);
        difference.StandardDeviation.ShouldBe(0.1, 1e-12);
        difference.HalfWidth().ShouldBe(4.30265273 * 0.1 / Math.Sqrt(3), 1e-8);
        difference.Judge(lowerIsBetter: true).ShouldBe(Verdict.Inconclusive);
        difference.Judge(lowerIsBetter: true, confidence: 0.9).ShouldBe(Verdict.Better);
        difference.Judge(lowerIsBetter: false, confidence: 0.9).ShouldBe(Verdict.Worse);
    }

    [Fact]
    public void Two_seeds_say_nothing_unless_they_nearly_agree()
    {
        Estimate.OfPairs([3.00, 3.02], [3.10, 3.10]).Judge(lowerIsBetter: true).ShouldBe(Verdict.Inconclusive);
        Estimate.OfPairs([3.000, 3.001], [3.1, 3.1]).Judge(lowerIsBetter: true).ShouldBe(Verdict.Better);
        Estimate.OfPairs([3.201, 3.200], [3.1, 3.1]).Judge(lowerIsBetter: true).ShouldBe(Verdict.Worse);
    }

    [Fact]
    public void One_seed_or_no_difference_is_inconclusive()
    {
        Estimate.OfPairs([1.0], [9.0]).Judge(lowerIsBetter: true).ShouldBe(Verdict.Inconclusive);
        Estimate.OfPairs([1.0, 1.0], [1.0, 1.0]).Judge(lowerIsBetter: true).ShouldBe(Verdict.Inconclusive);
    }

    [Fact]
    public void Unpaired_values_are_refused() =>
        Should.Throw<ArgumentException>(() => Estimate.OfPairs([1, 2], [1])).Message.ShouldContain("2 and 1");
}
