using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

public sealed class FilePatternsTests
{
    [Theory]
    [InlineData("*.parquet", "data/train-0.parquet", true)]
    [InlineData("*.parquet", "data/train-0.parquet.bak", false)]
    [InlineData("data/", "data/deep/x", true)]
    [InlineData("data/", "database", false)]
    [InlineData("data", "data/x", false)]
    [InlineData("data/*", "data/x", true)]
    [InlineData("?.txt", "a.txt", true)]
    [InlineData("?.txt", "ab.txt", false)]
    [InlineData("[ab].txt", "b.txt", true)]
    [InlineData("[!ab].txt", "b.txt", false)]
    [InlineData("[a-c]*", "cat", true)]
    [InlineData("[a-c]*", "dog", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a+(b", "a+(b", true)]
    [InlineData("[open", "[open", true)]
    [InlineData("README.md", "readme.md", false)]
    [InlineData("*", "语料/数学.jsonl", true)]
    public void A_pattern_means_what_the_hubs_own_client_means(string pattern, string path, bool selected) =>
        new FilePatterns([pattern], []).Selects(path).ShouldBe(selected);

    [Fact]
    public void Exclusion_wins() => new FilePatterns(["*.txt"], ["secret*"]).Selects("secret.txt").ShouldBeFalse();

    [Fact]
    public void Without_patterns_all_is_selected() => new FilePatterns([], []).Selects("any/thing").ShouldBeTrue();
}
