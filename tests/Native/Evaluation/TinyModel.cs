using ExpertDivergence.Modeling;

namespace ExpertDivergence.Tests.Native.Evaluation;

/// <summary>A model of a few kilobytes over the bytes and one more token.</summary>
internal static class TinyModel
{
    public static ModelOptions Options { get; } = new()
    {
        VocabSize = 257,
        Layers = 2,
        Dim = 16,
        Heads = 2,
        KvHeads = 1,
        ExpertWidth = 8,
        Experts = 4,
        TopK = 2,
        MaxPositions = 64,
    };
}
