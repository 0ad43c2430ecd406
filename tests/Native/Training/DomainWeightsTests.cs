using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class DomainWeightsTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Fact]
    public void A_coarse_domain_stands_for_its_fine_ones_and_a_fine_one_goes_before()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var weights = DomainWeights.Of(new Dictionary<string, double> { ["en"] = 0.0, ["en/b"] = 3.0, ["math"] = 2.0 }, data)!;
        weights.OrderBy(w => w.Key).ShouldBe([new(0, 0.0), new(1, 3.0), new(2, 2.0)]);
    }

    [Fact]
    public void What_is_left_out_is_never_drawn()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var options = TrainingOptions.FromJson(_pack.Request("a", """{"sampler": {"weights": {"en": 0}, "sequences_per_domain": 2}}""").Train);
        var batches = new BatchSource(data, options, 1);
        Enumerable.Range(0, 6).SelectMany(s => batches.Domains(s)).Select(d => d.Domain).Distinct().Order(StringComparer.Ordinal).ShouldBe(["math", "zh/a"]);
    }

    [Fact]
    public void An_unknown_domain_names_the_nearest()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var error = Should.Throw<OptionException>(() => DomainWeights.Of(new Dictionary<string, double> { ["maths"] = 2.0 }, data));
        error.Option.ShouldBe("train.sampler.weights.maths");
        error.Remedy.ShouldContain("math");
    }

    public void Dispose() => _pack.Dispose();
}
