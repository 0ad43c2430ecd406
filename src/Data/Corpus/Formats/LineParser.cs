using System.Text.Json;
using System.Text.Unicode;

namespace ExpertDivergence.Data;

/// <summary>Reads one line of JSONL: an object with a text and perhaps a source and a label, all strings; other fields are passed over.</summary>
internal static class LineParser
{
    public static ParsedLine Parse(ReadOnlyMemory<byte> line, FieldNames fields)
    {
        if (!Utf8.IsValid(line.Span))
            return ParsedLine.NotUtf8(line.Span, "the line");
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? Parse(json.RootElement, fields)
                : ParsedLine.Bad("not_json", "the line is JSON, but no object.");
        }
        catch (JsonException e)
        {
            return ParsedLine.Bad("not_json", FormattableString.Invariant($"the line is not JSON (byte {e.BytePositionInLine + 1} of it)."));
        }
        catch (InvalidOperationException)
        {
            return ParsedLine.Bad("bad_field", "a \\u escape of the line is half a surrogate pair.");
        }
    }

    private static ParsedLine Parse(JsonElement json, FieldNames fields)
    {
        if (!json.TryGetProperty(fields.Text, out var text))
            return ParsedLine.Bad("no_text", $"the document has no field '{fields.Text}'.");
        if (text.ValueKind == JsonValueKind.Null)
            return ParsedLine.Bad("null_text", $"the field '{fields.Text}' is null.");
        if (text.ValueKind != JsonValueKind.String)
            return ParsedLine.Bad("no_text", $"the field '{fields.Text}' is no string.");
        var value = text.GetString()!;
        if (!TryOptional(json, fields.Source, out var source))
            return ParsedLine.Bad("bad_field", $"the field '{fields.Source}' is no string.");
        return TryOptional(json, fields.Label, out var label)
            ? ParsedLine.Of(value, fields.Text, source, label)
            : ParsedLine.Bad("bad_field", $"the field '{fields.Label}' is no string.");
    }

    private static bool TryOptional(JsonElement json, string name, out string? value)
    {
        value = null;
        if (!json.TryGetProperty(name, out var field) || field.ValueKind == JsonValueKind.Null)
            return true;
        if (field.ValueKind != JsonValueKind.String)
            return false;
        value = field.GetString();
        return true;
    }
}
