using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Analysis;

public class RoutingCollectorTests
{
    [Fact]
    public void Both_schemes_are_collected_and_written()
    {
        var folder = Directory.CreateTempSubdirectory("edl-routing-").FullName;
        try
        {
            RoutingCollector.Collect(new FourSequences(), SilentProgress.Instance, TestContext.Current.CancellationToken).Write(folder);
            var routing = File.ReadAllLines(Path.Combine(folder, "routing.csv"));
            routing[0].ShouldBe("layer,scheme,mean_pairwise_jsd,d_inter,d_intra,d_total,inter_share,mutual_information,max_violation,load_cv,domain_entropy,mean_purity");
            routing.Skip(1).Select(line => string.Join(',', line.Split(',').Take(2))).ShouldBe(["0,domain3", "1,domain3", "0,domain49", "1,domain49"]);
            // Layer 0 ignores the domain; layer 1 gives each coarse domain an expert of its own.
            routing[1].Split(',')[2].ShouldBe("0");
            double.Parse(routing[2].Split(',')[2], System.Globalization.CultureInfo.InvariantCulture).ShouldBe(Math.Log(2), 1e-12);
            var activation = File.ReadAllLines(Path.Combine(folder, "activation.csv"));
            activation[0].ShouldBe("layer,scheme,domain,expert,mean_probability,load_share");
            activation.ShouldContain("1,domain3,zh,1,1,1");
            activation.Length.ShouldBe(1 + 2 * 2 * 2 + 2 * 3 * 2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Should.Throw<OperationCanceledException>(() => RoutingCollector.Collect(new FourSequences(), SilentProgress.Instance, cancelled.Token));
    }

    private sealed class FourSequences : IRoutingSource
    {
        public IReadOnlyList<string> Domains3 => ["en", "zh"];

        public IReadOnlyList<string> Domains49 => ["en/art", "en/food", "zh/art"];

        public int Layers => 2;

        public int Experts => 2;

        public long Sequences => 4;

        public IEnumerable<SequenceRouting> Read(CancellationToken cancellation)
        {
            foreach (var (coarse, fine) in new[] { (0, 0), (0, 1), (1, 2), (1, 2) })
            {
                double[] own = coarse == 0 ? [1, 0] : [0, 1];
                long[] load = coarse == 0 ? [8, 0] : [0, 8];
                yield return new SequenceRouting(coarse, fine, [[0.5, 0.5], own], [[4, 4], load]);
            }
        }
    }
}
