using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace ExpertDivergence.Tokenization;

/// <summary>Turns lines <c>{"text":"…"}</c> into lines <c>{"ids":[…]}</c> and back, straight between UTF-8 buffers. For one thread at a time.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="encodeAddedTokens">Whether added tokens written in a text become their ids rather than being taken as text.</param>
public sealed class TokenLines(BpeTokenizer tokenizer, bool encodeAddedTokens = false)
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<int> _ids = [];

    /// <summary>Writes the ids of a line's text, with a line break.</summary>
    /// <param name="line">A JSON object with the key <c>text</c>; other keys are passed over.</param>
    /// <param name="output">Where the line goes.</param>
    /// <exception cref="FormatException">The line is no such object.</exception>
    public void Encode(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        _ids.Clear();
        var found = false;
        Read(line, "text"u8, (ref Utf8JsonReader json) =>
        {
            if (json.TokenType != JsonTokenType.String)
                throw new FormatException("\"text\" is not a string");
            _text.ResetWrittenCount();
            _text.Advance(json.CopyString(_text.GetSpan(Math.Max(1, json.ValueSpan.Length))));
            found = true;
        });
        if (!found)
            throw new FormatException("the line has no \"text\"");
        if (encodeAddedTokens)
            tokenizer.EncodeToIds(Encoding.UTF8.GetString(_text.WrittenSpan), _ids, encodeAddedTokens: true);
        else
            tokenizer.EncodeUtf8(_text.WrittenSpan, _ids);
        WriteIds(output);
    }

    /// <summary>Writes the text of a line's ids, with a line break. Bytes that are not UTF-8, as where a character is cut, become U+FFFD.</summary>
    /// <param name="line">A JSON object with the key <c>ids</c>; other keys are passed over.</param>
    /// <param name="output">Where the line goes.</param>
    /// <exception cref="FormatException">The line is no such object, or an id is not in the vocabulary.</exception>
    public void Decode(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var found = false;
        Read(line, "ids"u8, (ref Utf8JsonReader json) =>
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw new FormatException("\"ids\" is not a list");
            _ids.Clear();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                _ids.Add(Id(ref json));
            found = true;
        });
        if (!found)
            throw new FormatException("the line has no \"ids\"");
        _text.ResetWrittenCount();
        tokenizer.DecodeUtf8(CollectionsMarshal.AsSpan(_ids), _text);
        using var json = new Utf8JsonWriter(output, s_json);
        json.WriteStartObject();
        if (Utf8.IsValid(_text.WrittenSpan))
            json.WriteString("text"u8, _text.WrittenSpan);
        else
            json.WriteString("text"u8, Encoding.UTF8.GetString(_text.WrittenSpan));
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private delegate void ValueReader(ref Utf8JsonReader json);

    // The whole line is read, so that what follows the value is JSON too.
    private static void Read(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key, ValueReader value)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw new FormatException("the line is no JSON object");
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1)
                    continue;
                var wanted = json.ValueTextEquals(key);
                json.Read();
                if (wanted)
                    value(ref json);
                else
                    json.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException(e is JsonException ? $"the line is not JSON: {e.Message.Split(" LineNumber:")[0].TrimEnd('.')}" : "the text is not UTF-8", e);
        }
    }

    private int Id(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var id))
            throw new FormatException("\"ids\" holds what is no whole number");
        return id >= 0 && id < tokenizer.VocabularySize ? (int)id : throw new FormatException($"there is no token {id}; the ids are 0 … {tokenizer.VocabularySize - 1}");
    }

    private void WriteIds(IBufferWriter<byte> output)
    {
        const int Longest = 11; // an id and its comma
        output.Write("{\"ids\":["u8);
        var span = output.GetSpan((Longest * _ids.Count) + 1);
        var written = 0;
        foreach (var id in _ids)
        {
            Utf8Formatter.TryFormat(id, span[written..], out var length);
            written += length;
            span[written++] = (byte)',';
        }

        output.Advance(Math.Max(0, written - 1));
        output.Write("]}\n"u8);
    }
}
