using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public sealed class RankFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ranks");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Tiktoken_ranks_merge_whatever_spells_a_token()
    {
        var tokenizer = TiktokenFile.Read(Ranks("ab", "bc", "abc"), "cl100k", [new AddedToken("<|endoftext|>", 300)]);
        tokenizer.EncodeToIds("abc").ShouldBe([258]);
        tokenizer.EncodeToIds(" abcd").ShouldBe([32, 258, 100]);
        tokenizer.EncodeToIds("abbc").ShouldBe([256, 257]);
        tokenizer.EncodeToIds("abab<|endoftext|>", encodeAddedTokens: true).ShouldBe([256, 256, 300]);
        tokenizer.VocabularySize.ShouldBe(301);
    }

    [Theory]
    [InlineData("YWI=")]
    [InlineData("YWI= x")]
    [InlineData("YWI= 5")]
    [InlineData("*** 256")]
    public void A_damaged_rank_line_is_named(string line)
    {
        var path = Ranks();
        File.AppendAllText(path, line + "\n");
        Should.Throw<InputException>(() => TiktokenFile.Read(path, "cl100k")).Line.ShouldBe(257);
    }

    [Fact]
    public void Rank_files_that_lack_bytes_or_are_missing_are_refused()
    {
        var path = Write("few.tiktoken", "YQ== 0\n");
        Should.Throw<InputException>(() => TiktokenFile.Read(path, "cl100k")).Message.ShouldContain("byte 0x00");
        Should.Throw<InputException>(() => TiktokenFile.Read(Write("empty.tiktoken", ""), "cl100k")).Message.ShouldContain("empty");
        Should.Throw<InputException>(() => TiktokenFile.Read(path + "x", "cl100k")).File.ShouldBe(path + "x");
        Should.Throw<OptionException>(() => TiktokenFile.Read(path, "cl10k")).Remedy.ShouldContain("cl100k");
    }

    [Fact]
    public void Gpt2s_two_files_give_what_tokenizer_json_gives()
    {
        var (vocabulary, merges) = Gpt2();
        var tokenizer = Gpt2Files.Read(vocabulary, merges, "qwen2");
        tokenizer.Model.Merges.ShouldBe(Texts.Tokenizer.Model.Merges);
        tokenizer.AddedTokens.ShouldBe(Texts.Tokenizer.AddedTokens);
        tokenizer.EncodeToIds(Texts.Corpus[0]).ShouldBe(Texts.Tokenizer.EncodeToIds(Texts.Corpus[0]));
    }

    [Fact]
    public void A_damaged_merge_line_is_named()
    {
        var (vocabulary, merges) = Gpt2();
        File.AppendAllText(merges, "one two three\n");
        Should.Throw<InputException>(() => Gpt2Files.Read(vocabulary, merges)).Message.ShouldContain("merges.txt:65:");
        Should.Throw<InputException>(() => Gpt2Files.Read(vocabulary, merges + "x")).File.ShouldBe(merges + "x");
        Should.Throw<InputException>(() => Gpt2Files.Read(Write("v.json", "[]"), merges)).Message.ShouldContain("object");
    }

    [Fact]
    public void Ranks_in_no_learnt_order_merge_as_the_definition_says()
    {
        // ab comes after abc, so a + bc and ab + c are both its halves, and which comes up depends on the text.
        var tokenizer = TiktokenFile.Read(Ranks("bcd", "abc", "bc", "ab", "cd"), "cl100k");
        tokenizer.EncodeToIds("xabcx").ShouldBe(['x', 257, 'x']);
        tokenizer.EncodeToIds("xbcdx").ShouldBe(['x', 256, 'x']);
        tokenizer.EncodeToIds("xabcdx").ShouldBe(['x', 'a', 256, 'x']);
    }

    [Fact]
    public void A_tokenizer_is_read_from_whatever_is_named()
    {
        var (vocabulary, merges) = Gpt2();
        var ids = Texts.Tokenizer.EncodeToIds(Texts.Corpus[0]);
        TokenizerFiles.Read(vocabulary, "qwen2").EncodeToIds(Texts.Corpus[0]).ShouldBe(ids);
        TokenizerFiles.Read(merges, "qwen2").EncodeToIds(Texts.Corpus[0]).ShouldBe(ids);
        TokenizerFiles.Read(_folder.FullName).PreTokenizer.Name.ShouldBe("gpt2");
        TokenizerJson.Write(_folder.FullName, Texts.Tokenizer);
        TokenizerFiles.Read(_folder.FullName).PreTokenizer.Name.ShouldBe("qwen2");
        Should.Throw<OptionException>(() => TokenizerFiles.Read(_folder.FullName, "gpt2")).Message.ShouldContain("states 'qwen2'");
        Should.Throw<InputException>(() => TokenizerFiles.Read(_folder.FullName + "x"));
    }

    [Fact]
    public void The_name_of_a_rank_file_tells_pattern_and_special_tokens()
    {
        var known = Path.Combine(_folder.FullName, "cl100k_base.tiktoken");
        File.Move(Ranks(), known);
        var tokenizer = TokenizerFiles.Read(known);
        (tokenizer.PreTokenizer.Name, tokenizer.AddedTokenId("<|endoftext|>")).ShouldBe(("cl100k", 100257));
        TokenizerFiles.Read(known, "o200k").PreTokenizer.Name.ShouldBe("o200k");
        Should.Throw<OptionException>(() => TokenizerFiles.Read(Ranks())).Option.ShouldBe("--pattern");
    }

    private string Ranks(params string[] tokens) => Write("test.tiktoken", string.Concat(Enumerable.Range(0, 256 + tokens.Length)
        .Select(rank => $"{Convert.ToBase64String(rank < 256 ? [(byte)rank] : System.Text.Encoding.UTF8.GetBytes(tokens[rank - 256]))} {rank}\n")));

    private (string Vocabulary, string Merges) Gpt2()
    {
        var model = System.Text.Json.Nodes.JsonNode.Parse(TokenizerJson.Serialize(Texts.Tokenizer))!["model"]!;
        var merges = string.Concat(model["merges"]!.AsArray().Select(m => m!.GetValue<string>() + "\n"));
        return (Write("vocab.json", model["vocab"]!.ToJsonString()), Write("merges.txt", "#version: 0.2\n" + merges));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
