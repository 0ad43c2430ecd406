using System.Buffers;
using System.Text;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public sealed class TokenLinesTests
{
    private static readonly TokenLines s_lines = new(Texts.Tokenizer);

    [Theory]
    [InlineData("""{"text":"the river"}""")]
    [InlineData("""{"text":"tab\t\"quoted\" 水"}""")]
    [InlineData("""{"text":""}""")]
    public void A_line_comes_back(string line) => Run(s_lines.Decode, Run(s_lines.Encode, line)).ShouldBe(line + "\n");

    [Fact]
    public void Ids_are_the_tokenizers_and_other_keys_are_passed_over()
    {
        var ids = string.Join(',', Texts.Tokenizer.EncodeToIds("the river"));
        Run(s_lines.Encode, """{"id":7,"meta":{"text":"no"},"text":"the r\u0069ver","list":["text"]}""").ShouldBe($"{{\"ids\":[{ids}]}}\n");
    }

    [Fact]
    public void Added_tokens_are_text_unless_asked_for()
    {
        var end = Texts.Tokenizer.AddedTokenId("<|endoftext|>");
        Run(new TokenLines(Texts.Tokenizer, encodeAddedTokens: true).Encode, """{"text":"<|endoftext|>"}""").ShouldBe($"{{\"ids\":[{end}]}}\n");
        Run(s_lines.Encode, """{"text":"<|endoftext|>"}""").ShouldNotContain($"{end}");
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("{\"text\":\"a\"", "not JSON")]
    [InlineData("{\"text\":\"a\"} x", "not JSON")]
    [InlineData("{\"text\":5}", "not a string")]
    [InlineData("{\"texts\":\"a\"}", "no \"text\"")]
    [InlineData("{\"text\":\"\\ud800\"}", "UTF-8")]
    public void A_bad_line_to_encode_is_refused(string line, string part) => Refused(s_lines.Encode, line, part);

    [Theory]
    [InlineData("{\"ids\":[1,-1]}", "no token -1")]
    [InlineData("{\"ids\":[99999999999]}", "no token 99999999999")]
    [InlineData("{\"ids\":[1.5]}", "whole number")]
    [InlineData("{\"ids\":\"1\"}", "not a list")]
    [InlineData("{\"ids\":[1}", "not JSON")]
    [InlineData("{}", "no \"ids\"")]
    public void A_bad_line_to_decode_is_refused(string line, string part) => Refused(s_lines.Decode, line, part);

    [Fact]
    public void A_cut_character_decodes_to_the_replacement_character() => Run(s_lines.Decode, "{\"ids\":[230,176]}").ShouldBe("{\"text\":\"\uFFFD\"}\n");

    private delegate void Converter(ReadOnlySpan<byte> line, IBufferWriter<byte> output);

    private static string Run(Converter convert, string line)
    {
        var output = new ArrayBufferWriter<byte>();
        convert(Encoding.UTF8.GetBytes(line), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Refused(Converter convert, string line, string part) =>
        Should.Throw<FormatException>(() => Run(convert, line)).Message.ShouldContain(part);
}
