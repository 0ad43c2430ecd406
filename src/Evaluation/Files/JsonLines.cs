using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Reads JSON Lines; a line ends at a line feed only, never at U+2028.</summary>
internal static class JsonLines
{
    public static IEnumerable<JsonRow> Read(string file)
    {
        using var reader = BenchmarkFiles.Open(file);
        for (var number = 1L; ; number++)
        {
            JsonElement element;
            try
            {
                if (reader.ReadLine() is not { } line)
                    yield break;
                if (line.Length == 0)
                    continue;
                using var document = JsonDocument.Parse(line);
                element = document.RootElement.Clone();
            }
            catch (Exception error) when (error is JsonException or DecoderFallbackException)
            {
                throw new InputException(file, number, "is not JSON: " + error.Message, JsonRow.Remedy, error);
            }

            if (element.ValueKind != JsonValueKind.Object)
                throw new InputException(file, number, "is not a JSON object", JsonRow.Remedy);
            yield return new JsonRow(file, number, element);
        }
    }
}

/// <summary>A JSON object that knows which line it stands on.</summary>
internal sealed record JsonRow(string File, long Line, JsonElement Element)
{
    public const string Remedy = "Replace the file with the official one, or correct the line.";

    public bool Has(string name) => Element.TryGetProperty(name, out _);

    public string Text(string name) => TextOf(Value(name, JsonValueKind.String));

    public int Integer(string name) => Value(name, JsonValueKind.Number).TryGetInt32(out var value) ? value : throw Malformed($"'{name}' is no integer");

    public JsonRow Object(string name) => this with { Element = Value(name, JsonValueKind.Object) };

    public IReadOnlyList<JsonRow> Objects(string name) => [.. Elements(name, JsonValueKind.Object).Select(e => this with { Element = e })];

    public IReadOnlyList<string> Texts(string name) => [.. Elements(name, JsonValueKind.String).Select(TextOf)];

    public InputException Malformed(string message) => new(File, Line, message, Remedy);

    // A lone surrogate escape passes the parser and fails only here.
    private string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Malformed("a string is not valid Unicode");
        }
    }

    private List<JsonElement> Elements(string name, JsonValueKind kind)
    {
        var elements = Value(name, JsonValueKind.Array).EnumerateArray().ToList();
        if (elements.Count == 0)
            throw Malformed($"'{name}' is empty");
        return elements.TrueForAll(e => e.ValueKind == kind) ? elements : throw Malformed($"'{name}' holds something other than {kind.ToString().ToLowerInvariant()}s");
    }

    private JsonElement Value(string name, JsonValueKind kind)
    {
        if (!Element.TryGetProperty(name, out var value))
            throw Malformed($"'{name}' is missing");
        return value.ValueKind == kind ? value : throw Malformed($"'{name}' is no {kind.ToString().ToLowerInvariant()}");
    }
}
