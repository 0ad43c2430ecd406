using System.Buffers.Binary;
using System.Text;

namespace ExpertDivergence.Training;

/// <summary>Messages of TensorFlow's <c>event.proto</c> in protobuf's wire format, of which TensorBoard needs four fields.</summary>
internal static class EventMessage
{
    // event.proto: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5, session_log = 7.
    // summary.proto: value = 1 with tag = 1 (string), simple_value = 2 (float). SessionLog: status = 1, START = 1.
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private const int StatusStart = 1;

    /// <summary>The first message of every file.</summary>
    public static byte[] Version(double wallTime) => Message(wallTime, 0, Text(3, "brain.Event:2"));

    /// <summary>A run begins, or goes on, at a step: what another file has from this step on is void.</summary>
    public static byte[] Start(double wallTime, long step) => Message(wallTime, step, Nested(7, Number(1, StatusStart)));

    /// <summary>Numbers of a step by tag.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, double Value)> values) =>
        Message(wallTime, step, Nested(5, [.. values.SelectMany(v => Nested(1, [.. Text(1, v.Tag), .. Single(2, (float)v.Value)]))]));

    private static byte[] Message(double wallTime, long step, byte[] what) => [.. Double(1, wallTime), .. Number(2, step), .. what];

    private static byte[] Text(int field, string value) => Nested(field, Encoding.UTF8.GetBytes(value));

    private static byte[] Nested(int field, byte[] content) => [.. Key(field, Bytes), .. Base128((ulong)content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Key(field, Varint), .. Base128((ulong)value)];

    private static byte[] Double(int field, double value)
    {
        var bytes = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return [.. Key(field, Fixed64), .. bytes];
    }

    private static byte[] Single(int field, float value)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return [.. Key(field, Fixed32), .. bytes];
    }

    private static byte[] Key(int field, int wireType) => Base128((ulong)((field << 3) | wireType));

    private static byte[] Base128(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
