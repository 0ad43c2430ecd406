using System.CommandLine;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>The flags that give the shape of a benchmarked model, named as the PyTorch peer names them.</summary>
internal sealed class BenchShape
{
    private readonly Option<int> _layers = Number("layers", 4, "Decoder layers.");
    private readonly Option<int> _dim = Number("dim", 256, "Width of the stream.");
    private readonly Option<int> _heads = Number("heads", 4, "Query heads.");
    private readonly Option<int> _kv = Number("kv", 4, "Key and value heads.");
    private readonly Option<int> _ffn = Number("ffn", 256, "Width of an expert.");
    private readonly Option<int> _experts = Number("experts", 16, "Experts a layer.");
    private readonly Option<int> _topK = Number("topk", 2, "Experts a token.");
    private readonly Option<int> _vocab = Number("vocab", 4096, "Token ids.");
    private readonly Option<int> _seq = Number("seq", 256, "Tokens a sequence.");
    private readonly Option<int> _batch = Number("batch", 8, "Sequences a step.");
    private readonly Option<int> _domains = Number("domains", 49, "Random domains.");
    private readonly Option<int> _threads = Number("threads", Environment.ProcessorCount, "Native threads.");

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new[] { _layers, _dim, _heads, _kv, _ffn, _experts, _topK, _vocab, _seq, _batch, _domains, _threads })
            command.Add(option);
    }

    public ModelOptions Model(ParseResult parsed) => new()
    {
        Layers = parsed.GetValue(_layers), Dim = parsed.GetValue(_dim), Heads = parsed.GetValue(_heads), KvHeads = parsed.GetValue(_kv),
        ExpertWidth = parsed.GetValue(_ffn), Experts = parsed.GetValue(_experts), TopK = parsed.GetValue(_topK),
        VocabSize = parsed.GetValue(_vocab), MaxPositions = parsed.GetValue(_seq),
    };

    public int Batch(ParseResult parsed) => parsed.GetValue(_batch);

    public int Domains(ParseResult parsed) => parsed.GetValue(_domains);

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    private static Option<int> Number(string name, int fallback, string description) =>
        new("--" + name) { Description = description, DefaultValueFactory = _ => fallback };
}
