using ExpertDivergence.Evaluation;

namespace ExpertDivergence.Tests.Unit.Evaluation;

/// <summary>A tokenizer with a token per UTF-16 unit; token 0 ends a text.</summary>
internal sealed class CharCodec : ITextCodec
{
    public const int Size = 0x10000;

    public int EndOfTextId => 0;

    public int[] Encode(string text) => [.. text.Select(c => (int)c)];

    public string Decode(IReadOnlyList<int> ids) => string.Concat(ids.Select(id => (char)id));

    public int ByteCount(int id) => id == 0 ? 0 : System.Text.Encoding.UTF8.GetByteCount(((char)id).ToString());
}

/// <summary>A model whose likelihood of a continuation is what a function says of its text, and which writes a given answer.</summary>
internal sealed class FakeModel(Func<string, double> preference, string answer = "", int maximumLength = 100_000) : ILanguageModel
{
    private readonly CharCodec _codec = new();

    public List<int> BatchSizes { get; } = [];

    public List<ContinuationRequest> Requests { get; } = [];

    public int VocabularySize => CharCodec.Size;

    public int MaximumLength => maximumLength;

    public IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> batch)
    {
        BatchSizes.Add(batch.Count);
        Requests.AddRange(batch);
        return [.. batch.Select(r => new ContinuationScore(preference(_codec.Decode(r.Tokens[r.Start..])), false,
            r.ByToken ? [.. r.Tokens[r.Start..].Select(id => preference(_codec.Decode([id])))] : null))];
    }

    /// <summary>After a prompt ending in « Answer: » the answer, one character at a time, then the end of the text.</summary>
    public IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts) => [.. contexts.Select(context =>
    {
        var text = _codec.Decode(context);
        var said = text[(text.LastIndexOf("Answer:", StringComparison.Ordinal) + "Answer:".Length)..];
        var logits = new float[CharCodec.Size];
        logits[said.Length < answer.Length ? answer[said.Length] : 0] = 1;
        return logits;
    })];
}

/// <summary>A benchmarks folder of its own that goes when the test ends.</summary>
internal sealed class BenchmarkFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("benchmarks-").FullName;

    public BenchmarkFolder With(string file, params string[] lines)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
