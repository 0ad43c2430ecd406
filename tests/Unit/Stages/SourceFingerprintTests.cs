using ExpertDivergence.Stages.Graph;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class SourceFingerprintTests
{
    public static TheoryData<string> Stages() => new(StageCatalog.Kinds.Keys);

    [Theory]
    [MemberData(nameof(Stages))]
    public void The_committed_fingerprint_is_that_of_the_sources(string stage)
    {
        var kind = StageCatalog.Kinds[stage];
        SourceFingerprint.Of(RepositoryRoot.Path, kind.Sources).ShouldBe(kind.Fingerprint,
            $"The sources of {stage} changed. If its results change: dotnet cake --target=Fingerprint (raises the version). If not: add --no-effect=\"why\".");
    }

    [Fact]
    public void A_changed_byte_changes_it()
    {
        var root = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(root, "a.cs"), "1");
        var before = SourceFingerprint.Of(root, ["."]);
        File.WriteAllText(Path.Combine(root, "a.cs"), "2");
        SourceFingerprint.Of(root, ["."]).ShouldNotBe(before);
    }
}
