using System.Buffers.Binary;
using System.Numerics;

namespace ExpertDivergence.Training;

/// <summary>The framing of TensorFlow's record files: length, its masked CRC-32C, the record, its masked CRC-32C; little endian.</summary>
internal static class RecordFraming
{
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>The record with what stands around it.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> record)
    {
        var framed = new byte[sizeof(ulong) + sizeof(uint) + record.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(framed, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(8), Masked(framed.AsSpan(0, 8)));
        record.CopyTo(framed.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(12 + record.Length), Masked(record));
        return framed;
    }

    /// <summary>CRC-32C (Castagnoli), turned by 15 bits and shifted, so that a CRC of data that holds CRCs is still good.</summary>
    public static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }
}
