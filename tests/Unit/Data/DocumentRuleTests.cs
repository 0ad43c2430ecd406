using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data;

public sealed class DocumentRuleTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OfTheSameTextTheFirstIsKept()
    {
        _folder.Write("a.jsonl", Lines("one", "two", "one", "One", "one "));
        _folder.Write("b.jsonl", Lines("two", "three"));
        var reader = new CorpusReader([_folder.Path], new() { Rules = [new ExactDuplicates()] });
        Texts(reader).ShouldBe(["one", "two", "One", "one ", "three"]);
        reader.LeftOut.Examples.Select(e => (e.File, e.Line, e.Reason)).ShouldBe([("a.jsonl", 3, "duplicate"), ("b.jsonl", 1, "duplicate")]);
    }

    [Fact]
    public void DuplicatesTakeAtMost24BytesADocument()
    {
        const int Documents = 300_000;
        var rule = new ExactDuplicates();
        for (var round = 0; round < 2; round++)
            for (var i = 0; i < Documents; i++)
                rule.Refuse(Document($"document {i}")).HasValue.ShouldBe(round == 1);
        rule.Bytes.ShouldBeInRange(16L * Documents, 24L * Documents);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(200, false)]
    public void NearDuplicatesShareMostOfTheirText(int changes, bool refused)
    {
        var random = new KeyedRandom(5, "near");
        var words = Enumerable.Range(0, 600).Select(_ => $"w{random.NextInt(2000)}").ToArray();
        var other = words.ToArray();
        for (var i = 0; i < changes; i++)
            other[i * words.Length / changes] = $"new{i}";
        var rule = new NearDuplicates();
        rule.Refuse(Document(string.Join(' ', words))).ShouldBeNull();
        rule.Refuse(Document(string.Join("\n", other).ToUpperInvariant() + "!")).HasValue.ShouldBe(refused);
    }

    [Fact]
    public void NearDuplicatesInChineseAreFoundByCharacters()
    {
        var random = new KeyedRandom(6, "near");
        var text = new string(Enumerable.Range(0, 500).Select(_ => (char)(0x4E00 + random.NextInt(3000))).ToArray());
        var rule = new NearDuplicates();
        rule.Refuse(Document(text)).ShouldBeNull();
        rule.Refuse(Document(text[..250] + "，" + text[250..] + "完")).HasValue.ShouldBeTrue();
        rule.Refuse(Document(new string(text.Reverse().ToArray()))).ShouldBeNull();
    }

    [Theory]
    [InlineData("She said: A B c d e f g h i j k l, m -- and left.", true)]
    [InlineData("a b c d e f g h i j k l X m", false)]
    [InlineData("问：一二三四五六七八九，十百千万亿兆京垓秭！", true)]
    [InlineData("一二三四五六七八九十百千万亿兆京垓", false)]
    [InlineData("short item", false)]
    public void ThirteenWordsOrEighteenCharactersOfABenchmarkAreAnOverlap(string text, bool refused)
    {
        _folder.Write("b/a.jsonl", """{"question":"a b c d e f g h i j k l m","choices":["short item"],"n":3}""" + "\n");
        _folder.Write("b/c.csv", "0,一二三四五六七八九十百千万亿兆京垓秭,A\n");
        var rule = new BenchmarkOverlap(_folder.Path);
        (rule.Texts, rule.TooShort).ShouldBe((5, 3));
        rule.Refuse(Document(text)).HasValue.ShouldBe(refused);
    }

    [Fact]
    public void ABenchmarkFolderWithoutFilesIsRefused() =>
        Should.Throw<InputException>(() => new BenchmarkOverlap(_folder.Path)).Remedy.ShouldContain("labels.overlap_with");

    /// <summary>Whatever comes in: what was read was kept or is accounted for by a reason, line by line.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhatIsReadIsKeptOrLeftOutByAReason(int seed)
    {
        var random = new KeyedRandom(seed, "corpus");
        string[] kinds = ["{\"text\":\"a\"}", "{\"text\":\"b\"}", "{\"text\":\"\"}", "{\"text\":null}", "{", "[]", "{}", "{\"text\":\"\\ud800\"}",
            $"{{\"text\":\"{new string('x', 2000)}\"}}"];
        var lines = Enumerable.Range(0, 200).Select(i => random.NextInt(3) == 0 ? $"{{\"text\":\"document {i}\"}}" : random.Pick(kinds)).ToList();
        _folder.Write("a.jsonl", string.Join('\n', lines));
        var options = new CorpusOptions { OnBadLine = OnBadLine.Skip, MaxLineBytes = 1024, Rules = [new ExactDuplicates(), new NearDuplicates()] };
        var reader = new CorpusReader([_folder.Path], options);
        List<long> kept;
        using (reader.LeftOut.ListIn(_folder.Path + "/list.out"))
            kept = reader.Read(TestContext.Current.CancellationToken).Select(d => d.Line).ToList();

        var listed = File.ReadLines(_folder.Path + "/list.out").Skip(1).Select(l => long.Parse(l.Split(',')[1])).ToList();
        kept.Concat(listed).Order().ShouldBe(Enumerable.Range(1, lines.Count).Select(i => (long)i));
        reader.Records.ShouldBe(lines.Count);
        reader.LeftOut.ByReason.Values.Sum().ShouldBe(reader.LeftOut.Total);
    }

    private static CorpusDocument Document(string text) => new("f", 1, text, "s", null);

    private static string Lines(params string[] texts) => string.Concat(texts.Select(t => $"{{\"text\":\"{t}\"}}\n"));

    private static List<string> Texts(CorpusReader reader) => reader.Read(TestContext.Current.CancellationToken).Select(d => d.Text).ToList();
}
