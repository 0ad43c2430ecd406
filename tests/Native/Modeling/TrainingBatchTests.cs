using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public sealed class TrainingBatchTests
{
    [Fact]
    public void TokenDomainsAreThoseOfTheInputsAndPaddingRepeatsTheLast()
    {
        using var batch = TrainingBatch.FromRecords([1, 2, 3, 4, 5, 6, 0, 0], [4, 2], [0, 1], [7, 9],
            tokenDomain3: [0, 0, 1, 1, 1, 2, 0, 0], tokenDomain49: [7, 8, 9, 9, 9, 8, 0, 0]);
        batch.TokenDomains("domain3").ShouldBe([0, 0, 1, 1, 2, 2]);
        batch.TokenDomains("domain49").ShouldBe([7, 8, 9, 9, 8, 8]);
        batch.Domains("domain49").ShouldBe([7, 9]);
    }

    [Fact]
    public void SequencesOfOneDomainHaveNoTokenDomains()
    {
        using var batch = TrainingBatch.FromRecords([1, 2, 3, 4], [4], [0], [7]);
        batch.TokenDomains("domain3").ShouldBeNull();
        batch.TokenDomains("domain49").ShouldBeNull();
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(3, 3)]
    [InlineData(4, 0)]
    public void DomainsThatDoNotFitTheTokensAreRefused(int coarse, int fine) => Should.Throw<ArgumentException>(() =>
        TrainingBatch.FromRecords([1, 2, 3, 4], [4], [0], [7], tokenDomain3: new int[coarse], tokenDomain49: new int[fine]));
}
