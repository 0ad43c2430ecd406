using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Invents names of two syllables. No name comes twice, and within a topic no two share a syllable.</summary>
internal sealed class NameMaker(string language, KeyedRandom random)
{
    private readonly string[] _first = Parts(language, "first");
    private readonly string[] _second = Parts(language, "second");
    private readonly HashSet<string> _used = [];

    /// <summary>The names of a topic's entities.</summary>
    public IReadOnlyList<string> Next(int count)
    {
        while (true)
        {
            random.Shuffle(_first.AsSpan());
            random.Shuffle(_second.AsSpan());
            string[] names = [.. _first.Zip(_second, (a, b) => a + b).Take(count)];
            if (names.Any(_used.Contains))
                continue;
            _used.UnionWith(names);
            return names;
        }
    }

    private static string[] Parts(string language, string position) =>
        [.. DataTable.Names.Where(n => n.Language == language && n.Position == position).Select(n => n.Part)];
}
