using System.Text;
using System.Text.Json.Nodes;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>A resolved recipe as the YAML that a person would write; places of this machine are left out.</summary>
public static class RecipeYaml
{
    private static readonly string[] s_places = ["corpus.path", "corpus.label_map", "benchmarks.path", "tokenizer.file"];

    /// <summary>The text.</summary>
    public static string Of(Recipe recipe)
    {
        var text = new StringBuilder();
        Write(text, recipe.Tree, "", 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonObject mapping, string path, int depth)
    {
        foreach (var (key, value) in mapping)
        {
            var full = path.Length == 0 ? key : $"{path}.{key}";
            text.Append(' ', depth * 2).Append(key).Append(':');
            if (value is JsonObject { Count: > 0 } inner)
                Write(text.Append('\n'), inner, full, depth + 1);
            else
                text.Append(' ').Append(Scalar(value, full)).Append('\n');
        }
    }

    private static string Scalar(JsonNode? value, string path) => value switch
    {
        null => "",
        JsonArray list => $"[{string.Join(", ", list.Select(i => Scalar(i, path)))}]",
        JsonObject => "{}",
        _ when s_places.Contains(path) && value.ToString().Length > 0 => "DIR",
        _ when value.GetValueKind() == System.Text.Json.JsonValueKind.String && (value.ToString().Length == 0 || value.ToString().Contains(": ")) => $"'{value}'",
        _ => value.ToString(),
    };
}
