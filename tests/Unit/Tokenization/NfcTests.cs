using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using ExpertDivergence.Tokenization.Normalization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public sealed class NfcTests
{
    private static readonly BpeTokenizer s_composing = new(Texts.Tokenizer.Model with { Normalizer = "NFC" });

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("e\u0327\u0301", "ȩ\u0301")]
    [InlineData("é\u0327", "ȩ\u0301")]
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("가\u11A8\u11A8", "각\u11A8")]
    [InlineData("\u212B\u2126", "ÅΩ")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("水e\u0301水", "水é水")]
    public void Composes_as_Unicode_says(string text, string composed) => Composed(Encoding.UTF8.GetBytes(text)).ShouldBe(Encoding.UTF8.GetBytes(composed));

    [Fact]
    public void Composed_text_is_left_alone_and_composing_twice_changes_nothing()
    {
        var random = new KeyedRandom(1, "nfc");
        for (var round = 0; round < 500; round++)
        {
            var once = Composed(Encoding.UTF8.GetBytes(Texts.Random(random, 1 + random.NextInt(20))));
            Composed(once).ShouldBe(once);
        }

        Nfc.FirstActive("Ça coûte 3 €，水。"u8).ShouldBe(-1);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_stay_as_they_are() =>
        Composed([0xE6, 0xB0, (byte)'e', 0xCC, 0x81, 0xFF, 0xCC, 0x81, 0xCC]).ShouldBe([0xE6, 0xB0, 0xC3, 0xA9, 0xFF, 0xCC, 0x81, 0xCC]);

    [Fact]
    public void A_run_of_marks_grows_no_more_than_promised()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\U0001D160", 1000)) + string.Concat(Enumerable.Repeat("\u0301\u0327", 50_000)));
        Composed(text).Length.ShouldBeLessThanOrEqualTo(Nfc.MaxGrowth * text.Length);
    }

    [Fact]
    public void A_tokenizer_composes_where_it_says_so_and_only_there()
    {
        s_composing.EncodeToIds("Ne\u0301e").ShouldBe(Texts.Tokenizer.EncodeToIds("Née"));
        s_composing.CountTokens("Ne\u0301e").ShouldBe(Texts.Tokenizer.CountTokens("Née"));
        Texts.Tokenizer.Decode(Texts.Tokenizer.EncodeToIds("Ne\u0301e")).ShouldBe("Ne\u0301e");
        TokenizerJson.Parse(TokenizerJson.Serialize(s_composing)).EncodeToIds("e\u0301").ShouldBe(s_composing.EncodeToIds("é"));
    }

    [Fact]
    public void Added_tokens_are_looked_for_before_or_after_as_they_say()
    {
        var tokenizer = new BpeTokenizer(s_composing.Model with { AddedTokens = [new("<e\u0301>", 500), new("<é!>", 501) { Normalized = true }] });
        tokenizer.EncodeToIds("<e\u0301><e\u0301!>", encodeAddedTokens: true).ShouldBe([500, 501]);
        tokenizer.EncodeToIds("<é>", encodeAddedTokens: true).ShouldNotContain(500);
    }

    private static byte[] Composed(byte[] utf8)
    {
        var composed = new byte[Nfc.MaxGrowth * utf8.Length];
        return composed[..Nfc.Compose(utf8, composed)];
    }
}
