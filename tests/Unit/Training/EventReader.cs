using System.Buffers.Binary;
using System.Text;

namespace ExpertDivergence.Tests.Unit.Training;

/// <summary>Reads TensorBoard's event files by the rules of the formats alone: every checksum is worked out bit by bit.</summary>
internal static class EventReader
{
    public sealed record Event(double WallTime, long Step, string? Version, bool Start, IReadOnlyList<(string Tag, float Value)> Scalars);

    public static IReadOnlyList<Event> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var events = new List<Event>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(Checked(bytes, at, 8));
            events.Add(Parse(Checked(bytes, at + 12, length)));
            at += 12 + length + 4;
        }

        return events;
    }

    private static ReadOnlySpan<byte> Checked(byte[] bytes, int at, int length)
    {
        var data = bytes.AsSpan(at, length);
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78u);
        }

        crc = ~crc;
        var masked = unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + length)) == masked ? data : throw new InvalidDataException($"checksum at {at}");
    }

    private static Event Parse(ReadOnlySpan<byte> message)
    {
        var (time, step, version, start, scalars) = (0.0, 0L, (string?)null, false, new List<(string, float)>());
        foreach (var (field, number, content) in Fields(message))
        {
            switch (field)
            {
                case 1: time = BitConverter.UInt64BitsToDouble(number); break;
                case 2: step = (long)number; break;
                case 3: version = Encoding.UTF8.GetString(content); break;
                case 5: scalars.AddRange(Fields(content).Where(f => f.Field == 1).Select(f => Scalar(f.Content))); break;
                case 7: start = Fields(content).Any(f => f is { Field: 1, Number: 1 }); break;
                default: throw new InvalidDataException($"field {field}");
            }
        }

        return new Event(time, step, version, start, scalars);
    }

    private static (string, float) Scalar(byte[] value)
    {
        var fields = Fields(value);
        return (Encoding.UTF8.GetString(fields.Single(f => f.Field == 1).Content), BitConverter.UInt32BitsToSingle((uint)fields.Single(f => f.Field == 2).Number));
    }

    private static List<(int Field, ulong Number, byte[] Content)> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, ulong, byte[])>();
        while (message.Length > 0)
        {
            var key = Varint(ref message);
            var (number, content) = (0UL, Array.Empty<byte>());
            switch (key & 7)
            {
                case 0: number = Varint(ref message); break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message);
                    message = message[8..];
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(message);
                    message = message[4..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    content = message[..length].ToArray();
                    message = message[length..];
                    break;
                default: throw new InvalidDataException($"wire type {key & 7}");
            }

            fields.Add(((int)(key >> 3), number, content));
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var b = message[0];
            message = message[1..];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
