using System.Text.Json;
using System.Text.Json.Serialization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The two parts of a packed set.</summary>
public enum PackSplit
{
    /// <summary><c>train.bin</c>.</summary>
    Train,

    /// <summary><c>heldout.bin</c>.</summary>
    Heldout,
}

/// <summary>The size of one part.</summary>
/// <param name="Sequences">Records.</param>
/// <param name="Tokens">Tokens that are predicted: those of the documents, and one end-of-text for each document.</param>
public sealed record PackCounts(int Sequences, long Tokens);

/// <summary><c>pack.json</c>: the shape of a packed set.</summary>
/// <param name="SequenceLength">Tokens predicted per record; a record holds one more.</param>
/// <param name="TokenBytes">Bytes of a token, 2 or 4, little endian.</param>
/// <param name="VocabSize">Ids of the vocabulary.</param>
/// <param name="EndOfTextId">The token that joins documents and pads.</param>
/// <param name="Domains3">The coarse domains that occur, in ordinal order; the index counts in this list.</param>
/// <param name="Domains49">The fine domains that occur, likewise.</param>
/// <param name="Train">The training part.</param>
/// <param name="Heldout">The held-out part.</param>
public sealed record PackInfo(int SequenceLength, int TokenBytes, int VocabSize, int EndOfTextId,
    IReadOnlyList<string> Domains3, IReadOnlyList<string> Domains49, PackCounts Train, PackCounts Heldout)
{
    /// <summary>The file's name in a pack folder.</summary>
    public const string FileName = "pack.json";

    /// <summary>What a record may hold.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PackLayout Layout { get; init; }

    /// <summary>Of each of <see cref="Domains49"/> the coarse domain, a position in <see cref="Domains3"/>; null unless the set is concatenated.</summary>
    [JsonPropertyName("domain3_of_domain49")]
    public IReadOnlyList<int>? CoarseDomains { get; init; }

    /// <summary>The size of one part.</summary>
    public PackCounts Of(PackSplit split) => split == PackSplit.Train ? Train : Heldout;

    /// <summary>Reads <c>pack.json</c> of a folder.</summary>
    /// <exception cref="InputException">It is missing, or no description of a packed set.</exception>
    public static PackInfo Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InputException(path, null, "the file does not exist.", "Name a folder that the stage Pack wrote.");
        try
        {
            var info = JsonSerializer.Deserialize<PackInfo>(File.ReadAllBytes(path), JsonFormat.Compact);
            if (info is { Layout: PackLayout.Concatenated } && !(info.CoarseDomains?.Count == info.Domains49?.Count
                && info.CoarseDomains!.All(d => (uint)d < (info.Domains3?.Count ?? 0))))
                info = null;
            if (info is { SequenceLength: > 0, TokenBytes: 2 or 4, Train: not null, Heldout: not null, Domains3: not null, Domains49: not null })
                return info;
        }
        catch (JsonException)
        {
            // said below
        }

        throw new InputException(path, null, "it does not describe a packed set.", "Run the stage Pack again.");
    }

    internal void Write(string folder) => DurableFile.WriteAllText(Path.Combine(folder, FileName),
        JsonSerializer.Serialize(this, JsonFormat.Indented) + "\n");
}
