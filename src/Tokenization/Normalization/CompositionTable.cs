using System.Globalization;

namespace ExpertDivergence.Tokenization.Normalization;

/// <summary>Unicode's canonical compositions, decompositions and combining classes, read from the resource <c>nfc.txt</c>.</summary>
internal sealed class CompositionTable
{
    /// <summary>The character can change where it stands, or change what stands before it.</summary>
    public const byte Active = 128;

    private const byte Class = 63;
    private const int Characters = 0x30000; // all others are inert
    private const int FirstSyllable = 0xAC00, Syllables = 11172, FirstLead = 0x1100, Leads = 19, FirstVowel = 0x1161, Vowels = 21, BeforeTails = 0x11A7, Tails = 28;

    private readonly byte[] _flags = new byte[Characters];
    private readonly Dictionary<int, int[]> _decompositions = [];
    private readonly Dictionary<(int, int), int> _compositions = [];

    private CompositionTable()
    {
        using var stream = typeof(CompositionTable).Assembly.GetManifestResourceStream("nfc.txt")!;
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
        {
            if (line is ['=' or '>', ..])
                AddDecomposition(line[0] == '=', [.. line[2..].Split(' ').Select(Hex)]);
            else if (line is not ['#', ..])
                AddClass(line.Split(' '));
        }

        _flags.AsSpan(FirstVowel, Vowels).Fill(Active);
        _flags.AsSpan(BeforeTails + 1, Tails - 1).Fill(Active);
    }

    /// <summary>The table; read when it is first asked for.</summary>
    public static CompositionTable Instance { get; } = new();

    /// <summary>Whether text may be cut before the character, and the character alone is in composed form.</summary>
    public bool IsInert(int character) => (uint)character >= Characters || _flags[character] == 0;

    /// <summary>The order of the character's combining class: 0 for starters.</summary>
    public int ClassOf(int character) => (uint)character >= Characters ? 0 : _flags[character] & Class;

    /// <summary>Appends the full canonical decomposition of the character. Hangul syllables are left whole: they would only be put together again.</summary>
    public void Decompose(int character, List<int> into)
    {
        if (!_decompositions.TryGetValue(character, out var parts))
        {
            into.Add(character);
            return;
        }

        foreach (var part in parts)
            Decompose(part, into);
    }

    /// <summary>The character that the two become, or −1.</summary>
    public int Compose(int first, int second)
    {
        if ((uint)(first - FirstLead) < Leads && (uint)(second - FirstVowel) < Vowels)
            return FirstSyllable + ((((first - FirstLead) * Vowels) + second - FirstVowel) * Tails);
        if ((uint)(first - FirstSyllable) < Syllables && (first - FirstSyllable) % Tails == 0 && (uint)(second - BeforeTails - 1) < Tails - 1)
            return first + second - BeforeTails;
        return _compositions.GetValueOrDefault((first, second), -1);
    }

    private void AddDecomposition(bool composes, int[] characters)
    {
        _decompositions[characters[0]] = characters[1..];
        if (composes)
        {
            _compositions[(characters[1], characters[2])] = characters[0];
            _flags[characters[2]] |= Active;
        }
        else
        {
            _flags[characters[0]] |= Active;
        }
    }

    private void AddClass(string[] words)
    {
        var rank = byte.Parse(words[0], CultureInfo.InvariantCulture);
        foreach (var range in words.Skip(1).Select(w => w.Split('-')))
        {
            for (var character = Hex(range[0]); character <= Hex(range[^1]); character++)
                _flags[character] |= rank;
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
