using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace ExpertDivergence.Tokenization;

public sealed partial class BpeTokenizer
{
    /// <summary>The text of the ids. Bytes that are not UTF-8, as where a character is cut, become U+FFFD; see <see cref="DecodeBytes"/>.</summary>
    /// <inheritdoc cref="DecodeBytes"/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) =>
        Encoding.UTF8.GetString(DecodeBytes(ids, skipSpecialTokens));

    /// <inheritdoc cref="Decode(ReadOnlySpan{int}, bool)"/>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false) => ids switch
    {
        List<int> list => Decode(CollectionsMarshal.AsSpan(list), skipSpecialTokens),
        int[] array => Decode(array.AsSpan(), skipSpecialTokens),
        _ => Decode(ids.ToArray().AsSpan(), skipSpecialTokens),
    };

    /// <summary>The bytes of the ids: exactly those that were encoded.</summary>
    /// <param name="ids">The tokens. Ids inside the vocabulary that are nobody's (padding of the vocabulary) give nothing.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out rather than written as their content.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in 0 … <see cref="VocabularySize"/> − 1.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(1, 4 * ids.Length));
        DecodeUtf8(ids, bytes, skipSpecialTokens);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes the bytes of the ids to a buffer.</summary>
    /// <inheritdoc cref="DecodeBytes"/>
    /// <param name="ids">The tokens.</param>
    /// <param name="bytes">Where the bytes go.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out rather than written as their content.</param>
    public void DecodeUtf8(ReadOnlySpan<int> ids, IBufferWriter<byte> bytes, bool skipSpecialTokens = false)
    {
        foreach (var id in ids)
        {
            CheckId(id);
            if (_addedById.TryGetValue(id, out var added))
            {
                if (!(skipSpecialTokens && added.Special))
                    Encoding.UTF8.GetBytes(added.Content, bytes);
            }
            else if (id < Model.Tokens.Count && Model.Tokens[id] is { } token)
            {
                bytes.Write(token);
            }
        }
    }
}
