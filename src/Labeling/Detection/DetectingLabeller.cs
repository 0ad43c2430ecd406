using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Gives each document its coarse domain by detection alone: English, Chinese or mathematics. The fine domain is the coarse one.</summary>
public sealed class DetectingLabeller : ILabeller
{
    private static readonly Domain s_english = new("en", "English", "en", "en", "", "Any English text that is not mathematics.");
    private static readonly Domain s_chinese = new("zh", "中文", "zh", "zh", "", "Any Chinese text that is not mathematics.");
    private static readonly Domain s_mathematics = Taxonomy.BuiltIn.Find("math")!;

    /// <summary>The coarse domain of a text.</summary>
    public static DomainLabel Detect(ReadOnlySpan<char> text)
    {
        var statistics = TextStatistics.Of(text);
        var mathematics = MathDetector.Probability(statistics);
        if (mathematics >= 0.5)
            return new(s_mathematics, mathematics);
        var guess = LanguageDetector.Detect(statistics);
        return new(guess.Language == "zh" ? s_chinese : s_english, guess.Confidence * (1 - mathematics));
    }

    /// <inheritdoc/>
    public DomainLabel Label(CorpusDocument document) => Detect(document.Text);
}
