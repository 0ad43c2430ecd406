using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class BpeCodecTests
{
    [Fact]
    public void EncodesTextAndLeavesSpecialTokensOut()
    {
        var codec = new BpeCodec(Bytes(), 256);
        codec.Encode("aé").ShouldBe([0x61, 0xc3, 0xa9]);
        codec.Decode([0x61, 256, 0x62]).ShouldBe("ab");
        codec.ByteCount(0xc3).ShouldBe(1);
        codec.ByteCount(256).ShouldBe(0);
    }

    [Fact]
    public void IdsOfAPaddedVocabularyAreNoText()
    {
        var codec = new BpeCodec(Bytes(), 256);
        codec.Decode([0x61, 300]).ShouldBe("a");
        codec.ByteCount(300).ShouldBe(0);
    }

    [Fact]
    public void ReadFindsTheEndOfText()
    {
        var folder = Directory.CreateTempSubdirectory("codec-").FullName;
        TokenizerJson.Write(folder, Bytes());
        BpeCodec.Read(folder).EndOfTextId.ShouldBe(256);
        TokenizerJson.Write(folder, Bytes("<other>"));
        Should.Throw<InputException>(() => BpeCodec.Read(folder)).Message.ShouldContain("<|endoftext|>");
        Directory.Delete(folder, recursive: true);
    }

    private static BpeTokenizer Bytes(string added = "<|endoftext|>") => new(new BpeModel
    {
        Tokens = [.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b })],
        Merges = [],
        PreTokenizer = PreTokenizers.Named("gpt2"),
        AddedTokens = [new AddedToken(added, 256)],
    });
}
