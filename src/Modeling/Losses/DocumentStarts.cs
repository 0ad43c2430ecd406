namespace ExpertDivergence.Modeling;

/// <summary>Where the document of each token begins, so that attention can stay within it.</summary>
/// <remarks>Documents are joined with the end-of-text token. It is predicted at the end of the document before it, and as an input it stands at the head of
/// the one behind it, as at the head of a packed set's first record: a document's tokens attend to it and to nothing before it.</remarks>
public static class DocumentStarts
{
    /// <summary>The first position, counted within the sequence, that each token may attend to.</summary>
    /// <param name="ids">Input tokens of sequences one after another, B·L.</param>
    /// <param name="length">L.</param>
    /// <param name="endOfTextId">The end-of-text token.</param>
    /// <returns>B·L positions from 0 to L − 1, none above its token's own.</returns>
    public static int[] Of(ReadOnlySpan<long> ids, int length, int endOfTextId)
    {
        var starts = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var position = i % length;
            starts[i] = position == 0 ? 0 : ids[i] == endOfTextId ? position : starts[i - 1];
        }

        return starts;
    }
}
