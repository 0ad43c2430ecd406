using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class DetectorTests
{
    public static TheoryData<string, string> Texts()
    {
        var data = new TheoryData<string, string>();
        foreach (var (domain, texts) in new[] { ("en", LabelTexts.English), ("zh", LabelTexts.Chinese), ("math", LabelTexts.Mathematics), ("en", LabelTexts.Code) })
            foreach (var text in texts)
                data.Add(domain, text);
        return data;
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void ATextIsEnglishChineseOrMathematics(string domain, string text)
    {
        text.Length.ShouldBeGreaterThan(200);
        DetectingLabeller.Detect(text).Domain.Domain3.ShouldBe(domain);
    }

    [Theory]
    [InlineData("", "en")]
    [InlineData("好", "zh")]
    [InlineData("12345 !!", "en")]
    public void LittleTextIsAnsweredWithLittleConfidence(string text, string language)
    {
        var guess = LanguageDetector.Detect(text);
        guess.Language.ShouldBe(language);
        guess.Confidence.ShouldBeLessThan(0.5);
    }

    [Theory]
    [InlineData("Всем привет, сегодня мы расскажем о новых книгах и о том, где их можно купить в нашем городе.")]
    [InlineData("きょうはとてもいいてんきですね。あしたもはれるとおもいます。それではまたあいましょう。")]
    public void AScriptOfNeitherLanguageIsUnsure(string text) => LanguageDetector.Detect(text).Confidence.ShouldBeLessThan(0.3);

    [Fact]
    public void PricesAreNoFormulas() =>
        MathDetector.Probability("The red one costs $5 and the blue one $6, so that both together cost $11 before tax, and shipping is another $3 on top of that price.").ShouldBeLessThan(0.3);

    [Fact]
    public void FormulasRaiseTheProbability()
    {
        var plain = LabelTexts.English[0];
        MathDetector.Probability(plain + " $x_1 + x_2 = y^2$").ShouldBeGreaterThan(MathDetector.Probability(plain));
    }

    [Fact]
    public void OnlyTheBeginningOfALongTextIsRead()
    {
        var text = string.Concat(Enumerable.Repeat(LabelTexts.English[0] + "\n", 200));
        MathDetector.Probability(text + string.Concat(Enumerable.Repeat(LabelTexts.Mathematics[0], 500))).ShouldBe(MathDetector.Probability(text));
    }

    [Fact]
    public void ConfidencesAreProbabilities()
    {
        foreach (var text in LabelTexts.English.Concat(LabelTexts.Chinese).Concat(LabelTexts.Mathematics).Concat(LabelTexts.Code))
            new DetectingLabeller().Label(new CorpusDocument("f", 1, text, "s", null)).Confidence.ShouldBeInRange(0.5, 1);
    }

    [Fact]
    public void HalfASurrogatePairIsNoTrouble() => DetectingLabeller.Detect("abc \uD835 def \uDC00").Domain.Domain3.ShouldBe("en");
}
