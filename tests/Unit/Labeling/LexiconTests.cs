using ExpertDivergence.Core;
using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class LexiconTests
{
    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public void EveryTopicHasWordsAndEveryWordATopic(string language)
    {
        var lexicon = Lexicon.BuiltIn(language);
        lexicon.Topics.ShouldBe(Taxonomy.BuiltIn.Domains.Where(d => d.Domain3 == language).Select(d => d.Topic).Order(StringComparer.Ordinal));
        lexicon.Words.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData("en/Food & Dining", "Melt the butter in a pan, add garlic and onion, stir in the flour and simmer the sauce for ten minutes. Season the soup and serve it with fresh bread. The recipe makes four portions, and leftovers keep well.")]
    [InlineData("en/Crime & Law", "The judge told the jury to weigh the testimony of both witnesses before they decided whether the defendant was guilty. His attorney said they would appeal if he were sentenced to prison, while the prosecutor praised the detectives.")]
    [InlineData("en/Religion", "Before the sermon the congregation sang a psalm. The pastor then read from the gospel and spoke of prayer, of faith in Christ, and of the first church in Jerusalem, where the apostles worshipped together every day.")]
    [InlineData("zh/Transportation", "本应用为车主提供实时路况和停车位查询，司机可以提前规划路线，避开拥堵的高速公路，乘客也能查看公交车和地铁的到站时间。")]
    [InlineData("zh/Health", "医生建议患者按时服用药物，并定期到医院复查血压和血糖。临床观察表明，经过三个月的治疗，多数病人的症状明显好转，没有出现感染。")]
    public void TopicsAreToldWithoutLabels(string domain, string text)
    {
        var label = new LexiconLabeller(Taxonomy.BuiltIn).Label(text);
        label.Domain.Id.ShouldBe(domain);
        label.Confidence.ShouldBeInRange(0.3, 1);
    }

    [Fact]
    public void AWordCountsWholeAndAPhraseBeforeItsWords()
    {
        var lexicon = Lexicon.Of("en", [("art", "A", 1), ("real estate", "B", 1), ("real", "A", 1)]);
        Scores(lexicon, "party start").ShouldBe([0.5f, 0.5f]);
        Scores(lexicon, "Real-Estate!")[1].ShouldBeGreaterThan(0.7f);
        Scores(lexicon, "the art of it")[0].ShouldBeGreaterThan(0.7f);
    }

    [Fact]
    public void SelfTrainingLearnsWordsThatTheLexiconLacks()
    {
        // "brone" and "quill" stand beside words of the lexicon, then alone.
        var texts = Enumerable.Range(0, 60).SelectMany(i => new[]
        {
            $"the recipe asks for butter, garlic, flour and brone in the oven, number {i}, and more brone with the soup",
            $"the judge and the jury heard the attorney speak of quill in court, number {i}, and the defendant asked for quill",
        });
        var model = new SelfTraining(new() { Trainer = new() { Features = new() { BucketBits = 14 } } }).Train(texts, SilentProgress.Instance, TestContext.Current.CancellationToken);
        var labeller = new LexiconLabeller(Taxonomy.BuiltIn, model);
        labeller.Label("brone and more brone than ever, brone").Domain.Id.ShouldBe("en/Food & Dining");
        labeller.Label("quill, quill and once more quill").Domain.Id.ShouldBe("en/Crime & Law");
    }

    [Fact]
    public void TooFewDocumentsTeachNothing() => new SelfTraining(new()).Train(["one text only"], SilentProgress.Instance, TestContext.Current.CancellationToken).ShouldBeNull();

    private static float[] Scores(Lexicon lexicon, string text)
    {
        var scores = new float[lexicon.Topics.Count];
        lexicon.Score(text, scores);
        return scores;
    }
}
