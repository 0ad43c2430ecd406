using System.Buffers.Binary;

namespace ExpertDivergence.Data;

/// <summary>Tokens as they lie in <c>.bin</c> files: 2 bytes where the vocabulary fits, else 4, little endian.</summary>
internal static class TokenFormat
{
    public static int Bytes(int vocabularySize) => vocabularySize <= 1 << 16 ? 2 : 4;

    public static void Write(Span<byte> to, ReadOnlySpan<int> tokens, int size)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            if (size == 2)
                BinaryPrimitives.WriteUInt16LittleEndian(to[(2 * i)..], (ushort)tokens[i]);
            else
                BinaryPrimitives.WriteInt32LittleEndian(to[(4 * i)..], tokens[i]);
        }
    }
}
