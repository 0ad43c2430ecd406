using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ExpertDivergence.Tokenization.Normalization;

namespace ExpertDivergence.Tokenization;

public sealed partial class BpeTokenizer
{
    private bool Normalizes => Model.Normalizer is not null;

    /// <summary>The ids of a text. An unpaired surrogate is encoded as U+FFFD.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encodeAddedTokens">Whether added tokens written in the text become their ids rather than being taken as text.</param>
    public List<int> EncodeToIds(ReadOnlySpan<char> text, bool encodeAddedTokens = false)
    {
        var ids = new List<int>();
        EncodeToIds(text, ids, encodeAddedTokens);
        return ids;
    }

    /// <summary>Appends the ids of a text to a list, which grows to what they need.</summary>
    /// <inheritdoc cref="EncodeToIds(ReadOnlySpan{char}, bool)"/>
    public void EncodeToIds(ReadOnlySpan<char> text, List<int> ids, bool encodeAddedTokens = false)
    {
        var buffer = ArrayPool<int>.Shared.Rent(MaxTokenCount(Encoding.UTF8.GetByteCount(text)));
        try
        {
            ids.AddRange(buffer.AsSpan(0, EncodeToIds(text, buffer, encodeAddedTokens)));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the ids of a text to a buffer, allocating nothing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">At least <see cref="MaxTokenCount"/> of the text's UTF-8 bytes long, of which there are at most three a character.</param>
    /// <param name="encodeAddedTokens">Whether added tokens written in the text become their ids rather than being taken as text.</param>
    /// <returns>The number of ids.</returns>
    public int EncodeToIds(ReadOnlySpan<char> text, Span<int> ids, bool encodeAddedTokens = false)
    {
        var count = 0;
        if (encodeAddedTokens && AddedTokens.Count > 0)
        {
            while (_asWritten.TryFind(text, out var found))
            {
                count += EncodeWithNormalized(text[..found.Start], ids[count..]);
                ids[count++] = found.Token.Id;
                text = text[found.End..];
            }

            return count + EncodeWithNormalized(text, ids[count..]);
        }

        return EncodeText(text, ids);
    }

    /// <summary>Appends the ids of UTF-8 text to a list. Bytes that are not UTF-8 are encoded as they are.</summary>
    public void EncodeUtf8(ReadOnlySpan<byte> utf8, List<int> ids)
    {
        var before = ids.Count;
        CollectionsMarshal.SetCount(ids, before + MaxTokenCount(utf8.Length));
        var written = EncodeUtf8(utf8, CollectionsMarshal.AsSpan(ids)[before..]);
        CollectionsMarshal.SetCount(ids, before + written);
    }

    /// <summary>Writes the ids of UTF-8 text to a buffer, allocating nothing. Added tokens written in it are text.</summary>
    /// <param name="utf8">The text; bytes that are not UTF-8 are encoded as they are.</param>
    /// <param name="ids">At least <see cref="MaxTokenCount"/> of the text's bytes long.</param>
    /// <param name="memo">What remembers the ids of pieces from one text to the next, or null: every word is worked out anew.</param>
    /// <returns>The number of ids.</returns>
    public int EncodeUtf8(ReadOnlySpan<byte> utf8, Span<int> ids, PieceMemo? memo = null)
    {
        if (!Normalizes || Nfc.FirstActive(utf8) < 0)
            return EncodeComposed(utf8, ids, memo);
        var composed = ArrayPool<byte>.Shared.Rent(Nfc.MaxGrowth * utf8.Length);
        try
        {
            return EncodeComposed(composed.AsSpan(0, Nfc.Compose(utf8, composed)), ids, memo);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(composed);
        }
    }

    /// <summary>No text of so many UTF-8 bytes has more tokens than this: one a byte, and more only where normalisation can make it longer.</summary>
    public int MaxTokenCount(int utf8Bytes) => Normalizes ? checked(Nfc.MaxGrowth * utf8Bytes) : utf8Bytes;

    /// <summary>The number of tokens of a text, counted without allocating anything.</summary>
    /// <inheritdoc cref="EncodeToIds(ReadOnlySpan{char}, bool)"/>
    public int CountTokens(ReadOnlySpan<char> text, bool encodeAddedTokens = false)
    {
        var buffer = ArrayPool<int>.Shared.Rent(MaxTokenCount(Encoding.UTF8.GetByteCount(text)));
        try
        {
            return EncodeToIds(text, buffer, encodeAddedTokens);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
        }
    }

    // Between the added tokens that are looked for in the text as it is, those that are looked for in normalised text.
    private int EncodeWithNormalized(ReadOnlySpan<char> text, Span<int> ids)
    {
        if (_asNormalized.IsEmpty)
            return EncodeText(text, ids);
        text = Normalized(text);
        var count = 0;
        while (_asNormalized.TryFind(text, out var found))
        {
            count += EncodeText(text[..found.Start], ids[count..]);
            ids[count++] = found.Token.Id;
            text = text[found.End..];
        }

        return count + EncodeText(text, ids[count..]);
    }

    private ReadOnlySpan<char> Normalized(ReadOnlySpan<char> text)
    {
        if (!Normalizes || text.IndexOfAnyExceptInRange('\0', '\u02FF') < 0)
            return text;
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        var composed = new byte[Nfc.MaxGrowth * utf8.Length];
        return Encoding.UTF8.GetString(composed, 0, Nfc.Compose(utf8, composed));
    }

    private int EncodeText(ReadOnlySpan<char> text, Span<int> ids)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            return EncodeUtf8(buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer)), ids);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int EncodeComposed(ReadOnlySpan<byte> utf8, Span<int> ids, PieceMemo? memo)
    {
        var count = 0;
        for (var start = 0; start < utf8.Length;)
        {
            var end = PreTokenizer.PieceEnd(utf8, start);
            count += EncodePiece(utf8[start..end], ids[count..], memo);
            start = end;
        }

        return count;
    }
}
