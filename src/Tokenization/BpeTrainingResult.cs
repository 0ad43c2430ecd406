namespace ExpertDivergence.Tokenization;

/// <summary>A trained tokenizer and what it was trained on.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="RequestedVocabularySize">The ids that were asked for.</param>
/// <param name="Documents">Documents read.</param>
/// <param name="Bytes">UTF-8 bytes read.</param>
/// <param name="Pieces">Pieces that the pattern made of them.</param>
/// <param name="DistinctPieces">Different pieces among them.</param>
public sealed record BpeTrainingResult(
    BpeTokenizer Tokenizer, int RequestedVocabularySize, long Documents, long Bytes, long Pieces, long DistinctPieces)
{
    /// <summary>Whether the vocabulary is as large as was asked. Where not, the documents had no more pairs that occur
    /// <see cref="BpeTrainerOptions.MinFrequency"/> times, and whether that will do is the caller's to say.</summary>
    public bool Reached => Tokenizer.VocabularySize == RequestedVocabularySize;
}
