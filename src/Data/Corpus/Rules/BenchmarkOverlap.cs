namespace ExpertDivergence.Data;

/// <summary>Leaves out documents that share 13 words in a row (GPT-3's measure) or 18 Chinese characters in a row with a benchmark
/// file. Case, punctuation and spaces do not count.</summary>
public sealed class BenchmarkOverlap : IDocumentRule
{
    private const int Words = 13, Characters = 18;
    private const ulong WordSalt = 1, CharacterSalt = 2;

    private readonly HashSet<ulong> _grams = [];
    private readonly List<ulong> _words = [];
    private readonly List<ulong> _characters = [];

    /// <summary>Learns the n-grams of every text of the files.</summary>
    /// <param name="folder">Benchmark files: every string of JSON and JSONL, every field of CSV.</param>
    /// <exception cref="Core.InputException">There are no such files, or one is damaged.</exception>
    public BenchmarkOverlap(string folder)
    {
        foreach (var text in BenchmarkTexts.Read(folder))
        {
            Texts++;
            Split(text);
            _grams.UnionWith(Grams());
            if (_words.Count < Words && _characters.Count < Characters)
                TooShort++;
        }
    }

    /// <summary>Texts of the benchmark files.</summary>
    public long Texts { get; }

    /// <summary>Texts of these that are shorter than an n-gram: they cannot be recognised.</summary>
    public long TooShort { get; }

    /// <inheritdoc/>
    public DocumentRefusal? Refuse(CorpusDocument document)
    {
        Split(document.Text);
        foreach (var gram in Grams())
            if (_grams.Contains(gram))
                return new("benchmark_overlap", "it shares 13 words or 18 Chinese characters in a row with a benchmark file.");
        return null;
    }

    private void Split(string text)
    {
        _words.Clear();
        _characters.Clear();
        TextUnits.Add(text, _words, _characters);
    }

    private IEnumerable<ulong> Grams() =>
        TextUnits.Grams(_words, Words, WordSalt).Concat(TextUnits.Grams(_characters, Characters, CharacterSalt));
}
