using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

/// <summary>Characters that merging starts from as tokens, held against merging from bytes, on vocabularies full of tokens that cross the
/// borders of characters.</summary>
public sealed class WholeCharacterTests
{
    // Bytes that make characters of one, two and three bytes, and what is none of these.
    private static readonly byte[] s_bytes = [0x41, 0x20, 0xC3, 0xD0, 0xE4, 0xE5, 0x80, 0xA4, 0xB8, 0xB9];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheIdsAreThoseOfMergingBytes(bool ascending)
    {
        var random = new KeyedRandom(5, "whole characters");
        var (started, texts) = (0, 0);
        for (var vocabulary = 0; vocabulary < 200; vocabulary++)
        {
            var model = RandomModel(random, 40 + random.NextInt(120), ascending);
            var (tokenizer, merges) = (new BpeTokenizer(model), new MergeTable(model.Merges));
            var whole = new WholeCharacters(model.Tokens, [.. Enumerable.Range(0, 256)], model.Merges, merges);
            for (var round = 0; round < 40; round++, texts++)
            {
                var text = RandomText(random, 1 + random.NextInt(20), broken: round % 4 == 0);
                var ids = new int[text.Length];
                var count = tokenizer.EncodeUtf8(text, ids);
                ids[..count].ShouldBe(FromBytes(tokenizer.PreTokenizer, merges, text));
                started += Enumerable.Range(0, text.Length).Any(at => text[at] >= 0xC2 && whole.At(text, at, out _) >= 0) ? 1 : 0;
            }
        }

        // Ranks that do not ascend leave nothing to start from.
        if (ascending)
            started.ShouldBeGreaterThan(texts / 8);
        else
            started.ShouldBe(0);
    }

    private static int[] FromBytes(IPreTokenizer preTokenizer, MergeTable merges, byte[] text)
    {
        var ids = new List<int>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = preTokenizer.PieceEnd(text, start);
            var tokens = text[start..end].Select(b => (int)b).ToArray();
            ids.AddRange(tokens[..MergeLoop.Run(merges, tokens)]);
        }

        return [.. ids];
    }

    // Tokens of two tokens each, characters rather often; ranks in the order of making, or in any.
    private static BpeModel RandomModel(KeyedRandom random, int merges, bool ascending)
    {
        var tokens = Enumerable.Range(0, 256).Select(b => (byte[]?)[(byte)b]).ToList();
        var pairs = new HashSet<(int, int)>();
        while (pairs.Count < merges)
        {
            var left = random.NextInt(2) == 0 ? random.Pick(s_bytes) : tokens.Count > 256 ? 256 + random.NextInt(tokens.Count - 256) : random.Pick(s_bytes);
            var right = random.NextInt(2) == 0 ? random.Pick(s_bytes) : tokens.Count > 256 ? 256 + random.NextInt(tokens.Count - 256) : random.Pick(s_bytes);
            byte[] bytes = [.. tokens[left]!, .. tokens[right]!];
            if (bytes.Length > 9 || !pairs.Add((left, right)))
                continue;
            tokens.Add(bytes);
        }

        var ranks = Enumerable.Range(0, merges).ToArray();
        if (!ascending)
            random.Shuffle(ranks.AsSpan());
        return new BpeModel
        {
            Tokens = tokens,
            Merges = [.. pairs.Select((p, i) => new Merge(p.Item1, p.Item2, 256 + i, ranks[i]))],
            PreTokenizer = PreTokenizers.Named("o200k"),
        };
    }

    private static byte[] RandomText(KeyedRandom random, int characters, bool broken)
    {
        var text = new List<byte>();
        for (var i = 0; i < characters; i++)
        {
            var first = random.Pick(s_bytes);
            if (!broken && first is >= 0x80 and < 0xC0)
                first = 0xE4;
            text.Add(first);
            for (var more = first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0; more > 0 && !(broken && random.NextInt(6) == 0); more--)
                text.Add(s_bytes[6 + random.NextInt(4)]);
        }

        return [.. text];
    }
}
