using System.Text.RegularExpressions;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public class PreTokenizerTests
{
    [Theory]
    [InlineData("gpt2", "Hello world", "Hello| world")]
    [InlineData("gpt2", "I'm sure they'll", "I|'m| sure| they|'ll")]
    [InlineData("gpt2", "I'M", "I|'|M")]
    [InlineData("gpt2", "  two  gaps ", " | two| | gaps| ")]
    [InlineData("gpt2", "x=12345;\n\n  y", "x|=|12345|;|\n\n | y")]
    [InlineData("gpt2", "你好，世界!", "你好|，|世界|!")]
    [InlineData("cl100k", "I'M SURE", "I|'M| SURE")]
    [InlineData("cl100k", "it'\u017Fo", "it|'\u017F|o")]
    [InlineData("cl100k", "x=12345;\n\n  y", "x|=|123|45|;\n\n| | y")]
    [InlineData("cl100k", "\tindent(a)", "\tindent|(a|)")]
    [InlineData("cl100k", " \n \n  end", " \n \n| | end")]
    [InlineData("cl100k", "你好，世界!", "你好|，世界|!")]
    [InlineData("cl100k", "e\u0301a", "e|\u0301a")]
    [InlineData("qwen2", "in 2024.", "in| |2|0|2|4|.")]
    [InlineData("qwen2", "𝐀𝐛=𠀀😀", "𝐀𝐛|=𠀀|😀")]
    [InlineData("o200k", "HelloWorld XMLParser", "Hello|World| XMLParser")]
    [InlineData("o200k", "don't DON'T", "don't| DON'T")]
    [InlineData("o200k", "日本AB", "日本|AB")]
    [InlineData("o200k", "\u0301AB", "\u0301|AB")]
    [InlineData("o200k", "path//\n/x", "path|//\n/|x")]
    public void Cuts_as_worked_out_by_hand(string name, string text, string pieces) =>
        Texts.Pieces(PreTokenizers.Named(name), text).ShouldBe(pieces.Split('|'));

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("qwen2")]
    [InlineData("o200k")]
    public void Cuts_as_the_regular_expression_does(string name)
    {
        var preTokenizer = PreTokenizers.Named(name);
        var regex = new Regex(preTokenizer.Pattern, RegexOptions.CultureInvariant);
        var random = new KeyedRandom(1, "pieces", name);
        for (var round = 0; round < 2000; round++)
        {
            var text = Texts.Random(random, 1 + random.NextInt(12), basicPlaneOnly: true);
            Texts.Pieces(preTokenizer, text).ShouldBe(regex.Matches(text).Select(m => m.Value), text);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("qwen2")]
    [InlineData("o200k")]
    public void Pieces_of_any_bytes_are_never_empty_and_cover_them(string name)
    {
        var preTokenizer = PreTokenizers.Named(name);
        var random = new KeyedRandom(2, "bytes", name);
        for (var round = 0; round < 500; round++)
        {
            var bytes = Enumerable.Range(0, 1 + random.NextInt(40)).Select(_ => (byte)random.NextInt(256)).ToArray();
            for (int start = 0, end; start < bytes.Length; start = end)
            {
                end = preTokenizer.PieceEnd(bytes, start);
                end.ShouldBeInRange(start + 1, bytes.Length);
            }
        }
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_nearest_one() =>
        Should.Throw<OptionException>(() => PreTokenizers.Named("qwen")).Remedy.ShouldContain("qwen2");
}
