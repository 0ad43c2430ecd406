using System.Buffers.Binary;

namespace ExpertDivergence.Data;

/// <summary>Eight bytes of <c>train.idx</c> or <c>heldout.idx</c>.</summary>
/// <param name="Length">Tokens of the record that are not padding, its first token included.</param>
/// <param name="Domain3">Position in <see cref="PackInfo.Domains3"/>.</param>
/// <param name="Domain49">Position in <see cref="PackInfo.Domains49"/>.</param>
internal readonly record struct IndexEntry(int Length, short Domain3, short Domain49)
{
    public const int Size = 8;

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(4), Domain3);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(6), Domain49);
        return bytes;
    }

    public static IndexEntry Of(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadInt16LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt16LittleEndian(bytes[6..]));
}
