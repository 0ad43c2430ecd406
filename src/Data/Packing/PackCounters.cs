using System.Text.Json.Serialization;

namespace ExpertDivergence.Data;

/// <summary>What became of the documents of one part, or of one domain of it.</summary>
public record PackCounters
{
    /// <summary>Documents.</summary>
    [JsonPropertyOrder(-6)]
    public long Documents { get; internal set; }

    /// <summary>Records.</summary>
    [JsonPropertyOrder(-5)]
    public int Sequences { get; internal set; }

    /// <summary>Tokens predicted, each once: those of the documents and one end-of-text for each.</summary>
    [JsonPropertyOrder(-4)]
    public long Tokens { get; internal set; }

    /// <summary>Positions of the last records that hold padding. Of a part, <c>Tokens + PaddedTokens = Sequences × sequence_length</c>.</summary>
    [JsonPropertyOrder(-3)]
    public long PaddedTokens { get; internal set; }

    /// <summary>Documents cut over two or more records. None of their tokens is lost.</summary>
    [JsonPropertyOrder(-2)]
    public long CroppedDocuments { get; internal set; }

    /// <summary>Records that predict tokens of two or more documents.</summary>
    [JsonPropertyOrder(-1)]
    public int JoinedSequences { get; internal set; }

    internal void AddDocument(bool cropped)
    {
        Documents++;
        CroppedDocuments += cropped ? 1 : 0;
    }

    internal void AddRecord(long tokens, long padding, bool joined)
    {
        Sequences = checked(Sequences + 1);
        Tokens += tokens;
        PaddedTokens += padding;
        JoinedSequences += joined ? 1 : 0;
    }
}
