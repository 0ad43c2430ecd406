using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>YAML read into a JSON tree: plain scalars become booleans, numbers or null, quoted ones stay text.</summary>
public static class RecipeText
{
    /// <summary>Parses a recipe or arm file.</summary>
    /// <param name="file">The name that errors show.</param>
    /// <param name="text">The YAML text.</param>
    /// <param name="lines">Receives the line of every key, by dotted path.</param>
    /// <exception cref="InputException">The text is not a YAML mapping; names the line.</exception>
    public static JsonObject Parse(string file, string text, IDictionary<string, int>? lines = null)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new InputException(file, e.Start.Line, $"not valid YAML: {e.InnerException?.Message ?? e.Message}", "Mend the line; indentation is by spaces.", e);
        }

        if (stream.Documents.Count == 0)
            return [];
        if (stream.Documents[0].RootNode is not YamlMappingNode root)
            throw new InputException(file, 1, "a recipe is a mapping of keys to values", "Write it as `key: value` lines.");
        return Mapping(file, root, "", lines);
    }

    /// <summary>One value as YAML reads it, for <c>--set key=value</c>.</summary>
    public static JsonNode? ParseValue(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text.Length == 0 ? "''" : text));
            return stream.Documents.Count == 0 ? JsonValue.Create("") : Node("--set", stream.Documents[0].RootNode, "", null);
        }
        catch (YamlException)
        {
            return JsonValue.Create(text);
        }
    }

    private static JsonObject Mapping(string file, YamlMappingNode mapping, string path, IDictionary<string, int>? lines)
    {
        var result = new JsonObject();
        foreach (var (keyNode, valueNode) in mapping.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value
                ?? throw new InputException(file, keyNode.Start.Line, "a key must be plain text", "Write it as `key: value`.");
            var full = path.Length == 0 ? key : $"{path}.{key}";
            if (lines is not null)
                lines[full] = (int)keyNode.Start.Line;
            result[key] = Node(file, valueNode, full, lines);
        }

        return result;
    }

    private static JsonNode? Node(string file, YamlNode node, string path, IDictionary<string, int>? lines) => node switch
    {
        YamlMappingNode m => Mapping(file, m, path, lines),
        YamlSequenceNode s => new JsonArray(s.Children.Select(c => Node(file, c, path, lines)).ToArray()),
        YamlScalarNode { Style: ScalarStyle.Plain } p => Plain(p.Value ?? ""),
        YamlScalarNode q => JsonValue.Create(q.Value),
        _ => throw new InputException(file, node.Start.Line, "this kind of YAML node is not used in recipes", "Write mappings, lists and scalars only."),
    };

    private static JsonNode? Plain(string text)
    {
        if (text is "" or "null" or "~")
            return null;
        if (text is "true" or "false")
            return JsonValue.Create(text == "true");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
            return JsonValue.Create(integer);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            return JsonValue.Create(number);
        return JsonValue.Create(text);
    }
}
