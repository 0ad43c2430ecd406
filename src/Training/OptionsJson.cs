using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>Reads a section of a recipe into an options record: snake_case keys, an unknown key refused by name.</summary>
internal static class OptionsJson
{
    /// <summary>The record that the section describes; keys that are absent keep the record's defaults.</summary>
    /// <exception cref="OptionException">A key is unknown, or its value is of another type; names it.</exception>
    public static T Read<T>(JsonObject section, string name)
        where T : class
    {
        RefuseUnknownKeys(section, name, [.. KeysOf(typeof(T))]);
        try
        {
            return section.Deserialize<T>(JsonFormat.Compact)!;
        }
        catch (JsonException e)
        {
            throw WrongType(name + (e.Path ?? "").TrimStart('$'));
        }
    }

    /// <summary>One value of a section, or a default where the key is absent.</summary>
    /// <exception cref="OptionException">It is of another type.</exception>
    public static T Value<T>(JsonObject section, string name, string key, T whenAbsent)
    {
        if (section[key] is not { } value)
            return whenAbsent;
        try
        {
            return value.Deserialize<T>(JsonFormat.Compact)!;
        }
        catch (JsonException)
        {
            throw WrongType($"{name}.{key}");
        }
    }

    /// <summary>Throws at the first key that is none of <paramref name="known"/>.</summary>
    public static void RefuseUnknownKeys(JsonObject section, string name, IReadOnlyCollection<string> known)
    {
        foreach (var (key, _) in section)
        {
            if (!known.Contains(key))
                throw new OptionException($"{name}.{key}", "there is no such option", NearestName.Hint(key, known));
        }
    }

    private static IEnumerable<string> KeysOf(Type type) => type.GetProperties()
        .Where(p => p.CanWrite)
        .Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));

    private static OptionException WrongType(string key) =>
        new(key, "the value has another type than the option, or is none of its words", $"Take the type of '{key}' in the recipe of defaults.");
}
