using ExpertDivergence.Build;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Build;

public sealed class TestResultsTests
{
    [Fact]
    public void Counts_are_added_over_reports_and_skips_carry_their_reason()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "a.xml"), """<assemblies><test name="x" result="Pass"/><test name="y" result="Fail"/></assemblies>""");
        File.WriteAllText(Path.Combine(folder, "b.xml"), """<assemblies><test name="z" result="Skip"><reason>no GPU</reason></test><test name="w" result="Pass"/></assemblies>""");
        var results = TestResults.Read(folder);
        (results.Passed, results.Failed).ShouldBe((2, 1));
        results.Skipped.ShouldBe([("z", "no GPU")]);
    }
}
