using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class SpikeReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-spikes-").FullName;

    [Fact]
    public void A_spike_is_told_with_its_step_band_norm_and_domains()
    {
        var report = Warm();
        var told = report.Observe(31, 9.0, 12.5).ShouldNotBeNull();
        told.ShouldContain("step 31");
        told.ShouldContain("9.000");
        told.ShouldContain("en/a:3; math:1");
        report.Table.Rows.ShouldHaveSingleItem().ShouldBe(["31", "9", "3", "3.024", "12.5", "en/a:3; math:1"]);
    }

    [Fact]
    public void Without_a_spike_there_is_no_file()
    {
        Warm().Write(_folder);
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void An_interrupted_report_ends_as_an_undisturbed_one()
    {
        var (whole, first, second) = (Warm(), Warm(), new SpikeReport(8, Domains));
        foreach (var report in (SpikeReport[])[whole, first])
            report.Observe(31, 9.0, 1.0);
        first.Write(_folder);
        first.WriteRecent(_folder);
        second.Resume(_folder);
        whole.Observe(32, 3.03, 1.0).ShouldNotBeNull();
        second.Observe(32, 3.03, 1.0).ShouldNotBeNull();
        second.Table.Rows.ShouldBe(whole.Table.Rows);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<(string, int)> Domains(int step) => [("en/a", 3), ("math", 1)];

    private static SpikeReport Warm()
    {
        var report = new SpikeReport(8, Domains);
        for (var step = 1; step <= 30; step++)
            report.Observe(step, 3.0, 1.0).ShouldBeNull();
        return report;
    }
}
