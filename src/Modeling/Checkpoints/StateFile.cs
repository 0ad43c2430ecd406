using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What an <see cref="IStateful"/> shows, as a safetensors file: every bit of it comes back.</summary>
public static class StateFile
{
    private const string Remedy = "Take the state of a run of the same recipe and version, or run from the start.";

    /// <summary>Writes the state.</summary>
    public static void Write(string path, IStateful owner)
    {
        var writer = new Writer();
        owner.Visit(writer);
        SafetensorsWriter.Write(path, writer.Items);
    }

    /// <summary>Restores the state.</summary>
    /// <exception cref="InputException">The file is damaged, or lacks a part, or has one of another shape or type, or one that nobody asks for.</exception>
    public static void Read(string path, IStateful owner)
    {
        using var file = SafetensorsReader.Open(path);
        using var noGradient = torch.no_grad();
        var reader = new Reader(file);
        owner.Visit(reader);
        if (file.Header.Entries.Keys.Except(reader.Seen, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault() is { } left)
            throw new InputException(path, null, $"holds '{left}', which this run has no use for", Remedy);
    }

    private sealed class Writer : StateVisitor
    {
        public List<SafetensorsItem> Items { get; } = [];

        protected override void VisitTensor(string name, Tensor value) => Items.Add(SafetensorsTensors.Item(name, value));

        protected override long VisitInteger(string name, long value)
        {
            var bytes = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            Items.Add(new SafetensorsItem(name, "I64", [], stream => stream.Write(bytes)));
            return value;
        }

        protected override double[] VisitNumbers(string name, double[] values, int? length)
        {
            var bytes = MemoryMarshal.AsBytes<double>(values).ToArray();
            Items.Add(new SafetensorsItem(name, "F64", length is null ? [values.Length] : [], stream => stream.Write(bytes)));
            return values;
        }
    }

    private sealed class Reader(SafetensorsReader file) : StateVisitor
    {
        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        protected override void VisitTensor(string name, Tensor value)
        {
            Expect(name, SafetensorsTensors.NameOf(value.dtype), value.shape);
            using var scope = torch.NewDisposeScope();
            value.copy_(file.Tensor(name));
        }

        protected override long VisitInteger(string name, long value) => BinaryPrimitives.ReadInt64LittleEndian(Bytes(Expect(name, "I64", [])));

        protected override double[] VisitNumbers(string name, double[] values, int? length) =>
            MemoryMarshal.Cast<byte, double>(Bytes(Expect(name, "F64", length is null ? [file.Entry(name).ByteCount / sizeof(double)] : []))).ToArray();

        private byte[] Bytes(SafetensorsEntry entry)
        {
            var bytes = new byte[entry.ByteCount];
            file.ReadBytes(entry, bytes);
            return bytes;
        }

        private SafetensorsEntry Expect(string name, string dtype, long[] shape)
        {
            var entry = file.Entry(name);
            if (entry.Dtype != dtype || !entry.Shape.SequenceEqual(shape))
                throw new InputException(file.Path, null, $"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], this run has {dtype} [{string.Join(", ", shape)}]", Remedy);
            Seen.Add(name);
            return entry;
        }
    }
}
