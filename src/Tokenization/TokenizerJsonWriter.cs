using System.Text.Encodings.Web;
using System.Text.Json;

namespace ExpertDivergence.Tokenization;

/// <summary>Writes tokenizer.json so that old and new versions of Hugging Face's library read it: merges as "a b", added tokens in
/// the vocabulary too, so that their ids hold even where they do not follow the last token's.</summary>
internal static class TokenizerJsonWriter
{
    public static byte[] Write(BpeTokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, tokenizer.AddedTokens);
            WriteNormalizer(json, tokenizer.Model.Normalizer);
            WritePreTokenizer(json, tokenizer.PreTokenizer);
            WriteByteLevel(json, "post_processor", useRegex: false);
            WriteByteLevel(json, "decoder", useRegex: false);
            WriteModel(json, tokenizer.Model);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, IReadOnlyList<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in tokens.OrderBy(t => t.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.WholeWord);
            json.WriteBoolean("lstrip", token.TakesSpaceBefore);
            json.WriteBoolean("rstrip", token.TakesSpaceBehind);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, string? form)
    {
        if (form is null)
        {
            json.WriteNull("normalizer");
            return;
        }

        json.WriteStartObject("normalizer");
        json.WriteString("type", form);
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, IPreTokenizer preTokenizer)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", preTokenizer.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, null, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? name, bool useRegex)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteString("continuing_subword_prefix", "");
        json.WriteString("end_of_word_suffix", "");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", model.IgnoreMerges);
        json.WriteStartObject("vocab");
        var tokens = model.Tokens.Select((bytes, id) => (Id: id, Name: bytes is null ? null : ByteAlphabet.Write(bytes)));
        foreach (var (id, name) in tokens.Concat(model.AddedTokens.Select(t => (t.Id, Name: (string?)t.Content))).OrderBy(t => t.Id))
        {
            if (name is not null)
                json.WriteNumber(name, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in model.Merges)
            json.WriteStringValue($"{ByteAlphabet.Write(model.Tokens[merge.Left]!)} {ByteAlphabet.Write(model.Tokens[merge.Right]!)}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
