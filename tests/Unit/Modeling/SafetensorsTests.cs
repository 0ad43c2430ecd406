using System.Buffers.Binary;
using System.Globalization;
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
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0)] // twice
    [InlineData("""{"__metadata__":[]}""", 0)]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)] // twice
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}""", 0)] // negative
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-9223372036854775808,-9223372036854775804]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775804,9223372036854775808]}}""", 4)] // beyond 64 bits
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4e0]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[null],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":1,"shape":[4],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"u8","shape":[4],"data_offsets":[0,4]}}""", 4)] // names of types are upper case
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0)] // 2^61 · 8 overflows to 0
    [InlineData("""{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}""", 1)] // 17 dimensions
    [InlineData("""{"a":null}""", 0)]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[4],"data_offsets":[0,4]}}""", 4)] // half a surrogate pair
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} x""", 4)]
    [InlineData(""" {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)] // the format wants '{' first
    [InlineData("", 0)]
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
    [InlineData(10_000_000_000UL)]
    [InlineData(1UL << 31)]
    [InlineData(200UL)]
    public void A_header_longer_than_the_file_is_refused_without_the_room_that_it_claims(ulong length)
    {
        WriteRaw(length, new byte[100]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path)).Message.ShouldContain(length.ToString(CultureInfo.InvariantCulture));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeInRange(0, 10_000_000);
    }

    [Fact]
    public void Even_a_file_that_is_long_enough_has_no_header_of_10_GB()
    {
        WriteRaw(10_000_000_000, new byte[100]);
        using (var sparse = new FileStream(_path, FileMode.Open))
            sparse.SetLength(10_000_000_100); // holes, no room on the disk
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' })] // a name that is no UTF-8
    [InlineData(new byte[] { (byte)'"', 0xFF, (byte)'"' })]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF })]
    public void What_is_no_UTF8_is_refused(byte[] name)
    {
        byte[] header = [(byte)'{', .. name, .. ":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}"u8];
        WriteRaw((ulong)header.Length, [.. header, .. new byte[4]]);
        Should.Throw<InputException>(() => SafetensorsReader.Open(_path));
    }

    [Fact]
    public void A_name_of_any_length_and_kind_is_shown_in_part()
    {
        var text = Encoding.UTF8.GetBytes($$$"""{"{{{new string('x', 5000)}}}\u001b[2J":{"dtype":"U8","shape":[4],"data_offsets":[0,5]}}""");
        WriteRaw((ulong)text.Length, [.. text, .. new byte[5]]);
        var message = Should.Throw<InputException>(() => SafetensorsReader.Open(_path)).Message;
        message.Length.ShouldBeLessThan(500);
        message.ShouldNotContain('\u001b');
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_to_a_files_bytes_it_is_read_or_refused(int seed)
    {
        SafetensorsWriter.Write(_path, [Item("layer.0.weight", "F32", [2, 3], new byte[24]), Item("b", "U8", [3], new byte[3]), Item("scalar", "I64", [], new byte[8])]);
        var good = File.ReadAllBytes(_path);
        var random = new KeyedRandom(seed, "damaged safetensors");
        int read = 0, refused = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 500; i++)
        {
            var bytes = Damaged(good, random);
            try
            {
                var header = SafetensorsHeader.Read(new MemoryStream(bytes), "damaged");
                header.Entries.Values.Sum(e => e.ByteCount).ShouldBe(bytes.Length - header.DataStart);
                header.Entries.Values.ShouldAllBe(e => e.Offset >= 0 && e.ByteCount >= 0 && header.DataStart + e.Offset + e.ByteCount <= bytes.Length);
                read++;
            }
            catch (InputException)
            {
                refused++;
            }
        }

        read.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(300);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / 500).ShouldBeInRange(0, 1_000_000);
    }

    // Flipped bits, bytes of JSON in wrong places, pieces lost, doubled or put elsewhere.
    private static byte[] Damaged(byte[] good, KeyedRandom random)
    {
        var bytes = good.ToList();
        for (var more = 1 + random.NextInt(4); more > 0; more--)
        {
            int at = random.NextInt(bytes.Count), length = Math.Min(1 + random.NextInt(12), bytes.Count - at);
            switch (random.NextInt(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.NextInt(8)); break;
                case 1: bytes[at] = (byte)"{}[]\",:-0123456789eE.\\u"[random.NextInt(23)]; break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(random.NextInt(bytes.Count - length + 1), length)); break;
                case 4: bytes[random.NextInt(8)] = (byte)random.NextInt(256); break;
                default: bytes.AddRange(new byte[length]); break;
            }

            if (bytes.Count < 16)
                break;
        }

        return [.. bytes];
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
            try
            {
                SafetensorsHeader.Read(new MemoryStream(bad), "flipped");
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
