using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class TextFeaturesTests
{
    [Theory]
    [InlineData("cat", 1)]
    [InlineData("cat cat", 2)] // the word, the pair
    [InlineData("a dog", 3)]
    [InlineData("kitchen", 2)] // the word, its beginning
    [InlineData("天", 1)]
    [InlineData("天地人", 6)] // 3 + 2 + 1
    [InlineData("天，地", 2)]
    [InlineData("!? …", 0)]
    public void NGramsAreCounted(string text, int different) => Buckets(text).Length.ShouldBe(different);

    [Fact]
    public void CaseAndPunctuationDoNotMatter() => Buckets("The CAT, (sat)!").ShouldBe(Buckets("the cat sat"));

    [Fact]
    public void CountsAreThoseOfTheLastText()
    {
        var features = new TextFeatures(new());
        features.Read("dog dog dog and so on");
        features.Read("dog");
        features.Count(features.Buckets[0]).ShouldBe(1);
        features.Buckets.Length.ShouldBe(1);
    }

    [Fact]
    public void OnlySoManyCharactersAreRead() => new TextFeatures(new() { MaxCharacters = 256 }).Read(new string('a', 1000)).ShouldBe(256);

    private static int[] Buckets(string text)
    {
        var features = new TextFeatures(new());
        features.Read(text);
        return features.Buckets.ToArray();
    }
}
