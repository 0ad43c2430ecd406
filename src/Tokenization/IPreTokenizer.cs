namespace ExpertDivergence.Tokenization;

/// <summary>Cuts text into the pieces inside which byte pairs are merged; no token reaches over a piece's end.</summary>
/// <remarks>The pieces of a text, joined, are the text. Implementations hold no state and may be used from any thread.</remarks>
public interface IPreTokenizer
{
    /// <summary>The name used in options: <c>gpt2</c>, <c>cl100k</c>, <c>qwen2</c> or <c>o200k</c>.</summary>
    string Name { get; }

    /// <summary>The regular expression with the same pieces, as <c>tokenizer.json</c> states it.</summary>
    string Pattern { get; }

    /// <summary>The end of the piece that begins at <paramref name="start"/>: always beyond it, at most the text's length.</summary>
    /// <param name="utf8">The whole text. A byte that is not UTF-8 counts as a symbol.</param>
    /// <param name="start">Where the piece begins: 0 or the end of the piece before it.</param>
    int PieceEnd(ReadOnlySpan<byte> utf8, int start);
}
