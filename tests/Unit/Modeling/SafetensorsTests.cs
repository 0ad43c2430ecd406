using System.Buffers.Binary;
using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read_back()
    {
        byte[] a = [1, 2, 3, 4, 5, 6, 7, 8], b = [9];
        SafetensorsWriter.Write(_path, [Item("b", "U8", [], b), Item("a", "F32", [2, 1], a), Item("empty", "I64", [0, 3], [])]);
        using var reader = SafetensorsReader.Open(_path);
        reader.Header.Entries.Keys.ShouldBe(["a", "b", "empty"]);
        reader.Header.Metadata["format"].ShouldBe("pt");
        reader.Entry("a").Shape.ShouldBe([2L, 1L]);
        Bytes(reader, "a").ShouldBe(a);
        Bytes(reader, "b").ShouldBe(b);
        (reader.Header.DataStart % 8).ShouldBe(0);
    }

    [Fact]
    public void The_order_of_the_tensors_changes_no_byte()
    {
        SafetensorsItem x = Item("x", "U8", [1], [1]), y = Item("y", "U8", [1], [2]);
        SafetensorsWriter.Write(_path, [x, y]);
        var first = File.ReadAllBytes(_path);
        SafetensorsWriter.Write(_path, [y, x]);
        File.ReadAllBytes(_path).ShouldBe(first);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_the_nearest()
    {
        SafetensorsWriter.Write(_path, [Item("model.norm.weight", "U8", [1], [1])]);
        using var reader = SafetensorsReader.Open(_path);
        Should.Throw<InputException>(() => reader.Entry("model.norm.wait")).Remedy.ShouldContain("model.norm.weight");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4)] // cut short
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9)] // a byte too many
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12)] // a hole
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8)] // backwards
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8)] // another shape
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0)] // overflows to 0
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6)] // overlap
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8)] // twice
    [InlineData("""{"__metadata__":{"format":1}}""", 0)]
    [InlineData("""[1]""", 0)]
    [InlineData("""{"a":""", 0)]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}}""", 0)]
    public void A_damaged_or_hostile_header_is_refused(string header, int dataBytes)
    {
        var text = Encoding.UTF8.GetBytes(header);
        WriteRaw((ulong)text.Length, [.. text, .. new byte[dataBytes]]);
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path)).File.ShouldBe(_path);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 31)]
    [InlineData(200UL)]
    public void A_header_longer_than_the_file_is_refused(ulong length)
    {
        WriteRaw(length, new byte[100]);
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path));
    }

    [Fact]
    public void No_flipped_bit_of_the_header_crashes_the_reader()
    {
        SafetensorsWriter.Write(_path, [Item("a", "F32", [2, 1], new byte[8]), Item("b", "U8", [3], new byte[3])]);
        var good = File.ReadAllBytes(_path);
        var refused = 0;
        for (var bit = 0; bit < (good.Length - 11) * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(_path, bad);
            try
            {
                SafetensorsReader.Open(_path).Dispose();
            }
            catch (InputException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void An_empty_or_missing_file_is_refused()
    {
        File.WriteAllBytes(_path, [1, 2, 3]);
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path));
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path + ".none"));
    }

    private static SafetensorsItem Item(string name, string dtype, long[] shape, byte[] bytes) => new(name, dtype, shape, s => s.Write(bytes));

    private static byte[] Bytes(SafetensorsReader reader, string name)
    {
        var entry = reader.Entry(name);
        var bytes = new byte[entry.ByteCount];
        reader.ReadBytes(entry, bytes);
        return bytes;
    }

    private void WriteRaw(ulong headerLength, byte[] rest)
    {
        var bytes = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, headerLength);
        rest.CopyTo(bytes, 8);
        File.WriteAllBytes(_path, bytes);
    }
}
