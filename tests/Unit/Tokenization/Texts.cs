using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Tests.Unit.Tokenization;

/// <summary>Texts and tokenizers that the tests of the room share.</summary>
internal static class Texts
{
    public static readonly string[] Corpus =
    [
        "The river runs through the valley, and the valley follows the river down to the sea.",
        "She didn't say where they'd gone; they're back in 3 days, or 12 hours, or 2024 minutes.",
        "河流穿过山谷，山谷沿着河流一直通向大海。孩子们在河边唱歌，老人们在树下喝茶。",
        "for (int i = 0; i < 10; i++)\n{\n    total += values[i];\n}\n\nreturn total;\n",
        "Let x² + y² = 1; then the map f: ℝ → ℝ is continuous, and the limit of f is the limit of the map.",
        "水在零度结冰，在一百度沸腾。水是生命之源，生命离不开水。",
    ];

    public static readonly BpeTokenizer Tokenizer =
        BpeTrainer.Train(Corpus, new BpeTrainerOptions { VocabularySize = 320 }).Tokenizer;

    private static readonly string[] s_atoms =
    [
        "a", "b", "the", "River", "THE", "I'm", "'S", "'ll", "'", "1", "23", "٣", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "\u0085",
        "，", "。", "水", "河流", "é", "e\u0301", "\u0301", "ǅ", "ʰ", "ß", "Ω", "½", "Ⅷ", "!", "?!", "/", "//\n", "_", "$", "\0", "\u200D",
    ];

    private static readonly string[] s_astral = ["😀", "👩‍👩‍👧‍👦", "🇫🇷", "𠀀", "𝐀𝐛", "𝟙", "\uD800", "\uDC00", "𐐀"];

    public static string Random(KeyedRandom random, int atoms, bool basicPlaneOnly = false)
    {
        var text = new StringBuilder();
        for (var i = 0; i < atoms; i++)
            text.Append(!basicPlaneOnly && random.NextInt(5) == 0 ? random.Pick(s_astral) : random.Pick(s_atoms));
        return text.ToString();
    }

    public static string[] Pieces(IPreTokenizer preTokenizer, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var pieces = new List<string>();
        for (int start = 0, end; start < utf8.Length; start = end)
        {
            end = preTokenizer.PieceEnd(utf8, start);
            pieces.Add(Encoding.UTF8.GetString(utf8, start, end - start));
        }

        return [.. pieces];
    }
}
