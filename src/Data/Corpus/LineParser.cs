using System.Text.Json;
using System.Text.Unicode;

namespace ExpertDivergence.Data;

/// <summary>What a line holds, or what is wrong with it.</summary>
internal readonly record struct ParsedLine(string Text, string? Source, string? Label, string? Reason = null, string? Message = null)
{
    public static ParsedLine Bad(string reason, string message) => new("", null, null, reason, message);
}

/// <summary>Reads one line of JSONL: <c>{"text": string, "source"?: string, "label"?: string}</c>; other fields are passed over.</summary>
internal static class LineParser
{
    public static ParsedLine Parse(ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span))
            return ParsedLine.Bad("not_utf8", $"the line is not UTF-8 (byte {FirstInvalid(line.Span) + 1} of it).");
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? Parse(json.RootElement)
                : ParsedLine.Bad("not_json", "the line is JSON, but no object.");
        }
        catch (JsonException e)
        {
            return ParsedLine.Bad("not_json", $"the line is not JSON (byte {e.BytePositionInLine + 1} of it).");
        }
        catch (InvalidOperationException)
        {
            return ParsedLine.Bad("bad_field", "a \\u escape of the line is half a surrogate pair.");
        }
    }

    private static ParsedLine Parse(JsonElement json)
    {
        if (!json.TryGetProperty("text", out var text))
            return ParsedLine.Bad("no_text", "the document has no field 'text'.");
        if (text.ValueKind != JsonValueKind.String)
            return ParsedLine.Bad("no_text", "the field 'text' is no string.");
        var value = text.GetString()!;
        if (string.IsNullOrWhiteSpace(value))
            return ParsedLine.Bad("no_text", "the field 'text' is empty.");
        return TryOptional(json, "source", out var source) ? TryOptional(json, "label", out var label)
            ? new(value, source, label)
            : ParsedLine.Bad("bad_field", "the field 'label' is no string.")
            : ParsedLine.Bad("bad_field", "the field 'source' is no string.");
    }

    private static bool TryOptional(JsonElement json, string name, out string? value)
    {
        value = null;
        if (!json.TryGetProperty(name, out var field) || field.ValueKind == JsonValueKind.Null)
            return true;
        if (field.ValueKind != JsonValueKind.String)
            return false;
        value = field.GetString() is { Length: > 0 } text ? text : null;
        return true;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> line)
    {
        Span<char> scratch = stackalloc char[1024];
        var position = 0;
        while (Utf8.ToUtf16(line[position..], scratch, out var read, out _, replaceInvalidSequences: false)
            == System.Buffers.OperationStatus.DestinationTooSmall)
            position += read;
        Utf8.ToUtf16(line[position..], scratch, out var last, out _, replaceInvalidSequences: false);
        return position + last;
    }
}
