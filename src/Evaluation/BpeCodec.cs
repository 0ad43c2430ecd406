using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Evaluation;

/// <summary>The project's tokenizer as evaluation sees it.</summary>
/// <param name="tokenizer">Encodes and decodes.</param>
/// <param name="endOfTextId">Id of the token that ends a text.</param>
public sealed class BpeCodec(BpeTokenizer tokenizer, int endOfTextId) : ITextCodec
{
    private const string EndOfText = "<|endoftext|>";

    /// <inheritdoc/>
    public int EndOfTextId => endOfTextId;

    /// <summary>Reads <c>tokenizer.json</c>, whose text <c>&lt;|endoftext|&gt;</c> ends a text.</summary>
    /// <param name="path">The file, or a folder with it.</param>
    /// <exception cref="InputException">It is no tokenizer, or has no such token.</exception>
    public static BpeCodec Read(string path)
    {
        var tokenizer = TokenizerJson.Read(path);
        return new BpeCodec(tokenizer, tokenizer.AddedTokenId(EndOfText)
            ?? throw new InputException(path, null, $"has no token {EndOfText}", "Use a tokenizer with that added token."));
    }

    /// <inheritdoc/>
    public int[] Encode(string text) => [.. tokenizer.EncodeToIds(text)];

    /// <summary>The text of the ids; special tokens, and ids that only a model's padded vocabulary has, are left out.</summary>
    public string Decode(IReadOnlyList<int> ids) => tokenizer.Decode(ids.Where(id => id < tokenizer.VocabularySize), skipSpecialTokens: true);

    /// <inheritdoc/>
    public int ByteCount(int id) => id < tokenizer.VocabularySize ? tokenizer.TokenBytes(id) : 0;
}
