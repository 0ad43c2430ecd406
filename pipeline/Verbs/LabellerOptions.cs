using System.CommandLine;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>The options that both verbs of the labeller have.</summary>
internal sealed class LabellerOptions
{
    private static readonly LinearTrainerOptions s_defaults = new();
    private static readonly FieldNames s_fields = new();

    public Option<string[]> Input { get; } = new("--in") { Description = "Files, folders and patterns, as edl label takes them, with labels.", Required = true, AllowMultipleArgumentsPerToken = true };

    public Option<string?> Map { get; } = new("--label-map") { Description = "JSON file that maps labels to domains; default: labels.json beside the documents." };

    public Option<string> TextField { get; } = new("--text-field") { Description = "JSON field or column of the text.", DefaultValueFactory = _ => s_fields.Text };

    public Option<string> SourceField { get; } = new("--source-field") { Description = "JSON field or column of the source; may be absent.", DefaultValueFactory = _ => s_fields.Source };

    public Option<string> LabelField { get; } = new("--label-field") { Description = "JSON field or column of the label.", DefaultValueFactory = _ => s_fields.Label };

    public Option<int> Epochs { get; } = new("--epochs") { Description = "Passes over the documents.", DefaultValueFactory = _ => s_defaults.Epochs };

    public Option<int> Bits { get; } = new("--bucket-bits") { Description = "N-grams are hashed into 2^bits buckets.", DefaultValueFactory = _ => s_defaults.Features.BucketBits };

    public Option<long> Seed { get; } = new("--seed") { Description = "Seed of orders, folds and the part that calibrates.", DefaultValueFactory = _ => s_defaults.Seed };

    public LinearTrainerOptions Of(ParseResult parsed, LinearMethod method) => new()
    {
        Method = method,
        Epochs = parsed.GetValue(Epochs),
        Seed = parsed.GetValue(Seed),
        Features = new FeatureOptions { BucketBits = parsed.GetValue(Bits) },
    };

    /// <summary>The documents with the domains that their labels say.</summary>
    public IEnumerable<KnownDocument> Documents(ParseResult parsed, CancellationToken cancellation)
    {
        var paths = parsed.GetValue(Input)!;
        var labeller = new MappedLabeller(Taxonomy.BuiltIn, LabelMap.For(parsed.GetValue(Map), paths[0], Taxonomy.BuiltIn));
        var fields = new FieldNames(parsed.GetValue(TextField)!, parsed.GetValue(SourceField)!, parsed.GetValue(LabelField)!);
        return new CorpusReader(paths, new CorpusOptions { Fields = fields }).Read(cancellation).Select(d => new KnownDocument(d.Text, d.Source, labeller.Label(d).Domain));
    }
}
