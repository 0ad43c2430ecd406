using System.Text;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public class TokenizerJsonTests
{
    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var bytes = TokenizerJson.Serialize(Texts.Tokenizer);
        var read = TokenizerJson.Parse(bytes);
        TokenizerJson.Serialize(read).ShouldBe(bytes);
        read.VocabularySize.ShouldBe(Texts.Tokenizer.VocabularySize);
        read.AddedTokens.ShouldBe(Texts.Tokenizer.AddedTokens);
        var random = new KeyedRandom(7, "json");
        for (var round = 0; round < 200; round++)
        {
            var text = Texts.Random(random, 30);
            read.EncodeToIds(text).ShouldBe(Texts.Tokenizer.EncodeToIds(text));
        }
    }

    /// <summary>The ids that Hugging Face's tokenizers 0.23.2 gives for the file that is written here.</summary>
    [Theory]
    [InlineData("the river, the valley", new[] { 116, 257, 273, 299, 294, 44, 258, 284, 300 })]
    [InlineData("河流在山谷。", new[] { 283, 280, 129, 268, 318, 232, 310, 266 })]
    [InlineData("They're 12 x² 😀\n", new[] { 84, 257, 121, 39, 278, 32, 49, 50, 32, 120, 314, 32, 240, 159, 152, 128, 10 })]
    public void Golden_ids(string text, int[] ids) => TokenizerJson.Parse(TokenizerJson.Serialize(Texts.Tokenizer)).EncodeToIds(text).ShouldBe(ids);

    [Fact]
    public void A_file_or_its_folder_can_be_named()
    {
        var folder = Directory.CreateTempSubdirectory("tokenizer");
        TokenizerJson.Write(folder.FullName, Texts.Tokenizer);
        TokenizerJson.Read(folder.FullName).VocabularySize.ShouldBe(320);
        TokenizerJson.Read(Path.Combine(folder.FullName, "tokenizer.json")).VocabularySize.ShouldBe(320);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Merges_may_be_pairs()
    {
        var json = Json();
        json["model"]!["merges"] = new JsonArray([.. json["model"]!["merges"]!.AsArray()
            .Select(m => new JsonArray([.. m!.GetValue<string>().Split(' ').Select(s => JsonValue.Create(s))]))]);
        Parse(json).Model.Merges.ShouldBe(Texts.Tokenizer.Model.Merges);
    }

    [Fact]
    public void Gpt2s_own_form_is_read()
    {
        var json = Json();
        json["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true };
        Parse(json).PreTokenizer.Name.ShouldBe("gpt2");
    }

    [Fact]
    public void Qwens_normalizer_is_kept()
    {
        var json = Json();
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        Parse(json).Model.Normalizer.ShouldBe("NFC");
        Encoding.UTF8.GetString(TokenizerJson.Serialize(Parse(json))).ShouldContain("\"type\": \"NFC\"");
    }

    [Fact]
    public void A_token_that_no_merges_reach_counts_only_where_merges_are_ignored()
    {
        var json = Json();
        json["model"]!["vocab"]!.AsObject().Add("zqzq", 400);
        Parse(json).EncodeToIds("zqzq").ShouldNotContain(400);
        json["model"]!["ignore_merges"] = true;
        Parse(json).EncodeToIds("zqzq").ShouldBe([400]);
        Parse(json).Model.IgnoreMerges.ShouldBeTrue();
    }

    [Fact]
    public void Added_tokens_outside_the_vocabulary_may_leave_gaps()
    {
        var json = Json();
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 350, ["content"] = "<tool>", ["special"] = false });
        var tokenizer = Parse(json);
        tokenizer.VocabularySize.ShouldBe(351);
        tokenizer.EncodeToIds("<tool>", encodeAddedTokens: true).ShouldBe([350]);
        tokenizer.Decode([340, 350], skipSpecialTokens: true).ShouldBe("<tool>");
    }

    public static TheoryData<string, string> Damages => new()
    {
        { """{"version": "1.0"}""", "model is missing" },
        { """[1, 2]""", "model is missing" },
        { """{"model": {"type": "Unigram"}}""", "'Unigram'" },
        { """{"model": {"type": "BPE"}}""", "model.vocab is missing" },
        { """{"model": {"type": "BPE", "vocab": {}}}""", "model.vocab is empty" },
        { """{"model": {"type": "BPE", "vocab": {"a": "x"}}}""", "id of 'a'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}}}""", "id 0" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}}}""", "model.merges is missing" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "needs the token 'b'" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [7]}}""", "merges[0]" },
        { """{"model": {"type": "BPE", "vocab": {"▁a": 0}, "merges": []}}""", "byte alphabet" },
        { """{"model": {"type": "BPE", "byte_fallback": true}}""", "byte_fallback" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}""", "no ByteLevel" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}}""", "no token for the byte 0x00" },
        { """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "x+"}}}""", "x+" },
        { """{"added_tokens": [{"content": "x"}], "model": {"type": "BPE"}}""", "added_tokens[0]" },
        { """{"normalizer": {"type": "Lowercase"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}}""", "'Lowercase'" },
        { """{"model": """, "not JSON" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_or_foreign_file_is_refused_by_name_and_reason(string json, string reason)
    {
        var error = Should.Throw<InputException>(() => TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "some/tokenizer.json"));
        error.File.ShouldBe("some/tokenizer.json");
        error.Message.ShouldContain(reason);
        error.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Should.Throw<InputException>(() => TokenizerJson.Read("nowhere/tokenizer.json")).Message.ShouldContain("nowhere/tokenizer.json");

    private static JsonObject Json() => JsonNode.Parse(TokenizerJson.Serialize(Texts.Tokenizer))!.AsObject();

    private static BpeTokenizer Parse(JsonNode json) => TokenizerJson.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
