using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ExpertDivergence.Tokenization;
using ExpertDivergence.Tokenization.Normalization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

/// <summary>What the reference encoders made of texts that are easy to get wrong; <c>Golden/make.mjs</c> says how.</summary>
public sealed class GoldenTests
{
    private static readonly string s_folder = Path.Combine(RepositoryRoot.Path, "tests", "Unit", "Tokenization", "Golden");

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("qwen2")]
    [InlineData("o200k")]
    public void Ids_are_those_of_tiktoken(string pattern)
    {
        var tokenizer = TiktokenFile.Read(Path.Combine(s_folder, "small.tiktoken"), pattern);
        var cases = Read("ids.json").AsArray().Where(c => (string)c!["pattern"]! == pattern).ToArray();
        cases.Length.ShouldBeGreaterThan(40);
        foreach (var golden in cases)
        {
            var (text, times) = ((string)golden!["text"]!, (int)golden["times"]!);
            var ids = tokenizer.EncodeToIds(string.Concat(Enumerable.Repeat(text, times)));
            if (golden["ids"] is JsonArray expected)
                ids.ShouldBe(expected.Select(i => (int)i!), text);
            ids.Count.ShouldBe((int)golden["count"]!, text);
            Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ids)))).ShouldBe((string)golden["sha256"]!, text);
            tokenizer.Decode(ids).ShouldBe(string.Concat(Enumerable.Repeat(text, times)));
        }
    }

    [Fact]
    public void Normalised_text_is_that_of_Hugging_Face()
    {
        foreach (var golden in Read("nfc.json")["texts"]!.AsArray())
            Composed((string)golden!["text"]!).ShouldBe((string)golden["composed"]!);
    }

    [Fact]
    public void Every_character_is_composed_as_Unicode_says()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var c = 0x20; c < 0x30000; c++)
        {
            if (c is < 0xD800 or > 0xDFFF)
                digest.AppendData(Encoding.UTF8.GetBytes(Composed($"a\u0323{char.ConvertFromUtf32(c)}\u0301\u0327x\u0301{char.ConvertFromUtf32(c)}")));
        }

        Convert.ToHexStringLower(digest.GetHashAndReset()).ShouldBe((string)Read("nfc.json")["sha256"]!);
    }

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(s_folder, name)))!;

    private static string Composed(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var composed = new byte[Nfc.MaxGrowth * utf8.Length];
        return Encoding.UTF8.GetString(composed, 0, Nfc.Compose(utf8, composed));
    }
}
