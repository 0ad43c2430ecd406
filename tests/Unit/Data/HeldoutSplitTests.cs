using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data;

public sealed class HeldoutSplitTests
{
    [Fact]
    public void DocumentsThatAreAllTheirOwnDomainAreHeldOutByHash()
    {
        var held = HeldOut([.. Enumerable.Range(0, 1000).Select(i => new DocumentDomain(i, "en", $"en/document-{i}"))]);
        held.ShouldBeInRange(60, 140);
    }

    [Fact]
    public void AmongOtherDomainsTheOnlyDocumentOfOneStaysInTraining()
    {
        var alone = Enumerable.Range(0, 200).Select(i => new DocumentDomain(i, "en", $"en/{i}"));
        HeldOut([.. alone, new(200, "zh", "zh"), new(201, "zh", "zh")]).ShouldBe(1);
    }

    private static int HeldOut(IReadOnlyList<DocumentDomain> documents)
    {
        var split = new HeldoutSplit(1, 0.1);
        foreach (var document in documents)
            split.Observe(document);
        return documents.Count(d => split.IsHeldOut(d.DocumentId, d.Domain49));
    }
}
