using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Tensors from and to safetensors files.</summary>
public static class SafetensorsTensors
{
    // Spans reach to 2 GiB; tensors do not end there.
    private const long SliceElements = 1L << 26;

    /// <summary>Reads a tensor on the host, in the type it is stored in.</summary>
    /// <exception cref="InputException">There is no such tensor, its type is none that libtorch 1.13 has, or memory does not hold it.</exception>
    public static Tensor Tensor(this SafetensorsReader reader, string name)
    {
        var entry = reader.Entry(name);
        SafetensorsReader.RequireMemory(reader.Path, entry.ByteCount);
        using var scope = torch.NewDisposeScope();
        Tensor tensor;
        try
        {
            tensor = torch.empty([.. entry.Shape], TypeOf(entry, reader.Path));
        }
        catch (NativeException e)
        {
            throw new InputException(reader.Path, null, $"tensor '{name}' of {entry.ByteCount} bytes cannot be held: {e.Message}",
                "Take a machine with more memory, or another file.", e);
        }

        foreach (var (at, slice) in Slices(tensor))
            reader.ReadBytes(entry, at, slice.bytes);
        return scope.MoveToOuter(tensor);
    }

    /// <summary>What a writer needs of a tensor; its bytes are copied when they are written.</summary>
    /// <remarks>The tensor must live until then.</remarks>
    public static SafetensorsItem Item(string name, Tensor tensor) => new(name, NameOf(tensor.dtype), tensor.shape, stream => Write(stream, tensor));

    /// <summary>Writes a tensor's bytes, row by row.</summary>
    internal static void Write(Stream stream, Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var (_, slice) in Slices(tensor.detach().cpu().contiguous()))
            stream.Write(slice.bytes);
    }

    /// <summary>The format's name of a type.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    internal static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "F64",
        ScalarType.Float32 => "F32",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        ScalarType.Int64 => "I64",
        ScalarType.Int32 => "I32",
        ScalarType.Int16 => "I16",
        ScalarType.Int8 => "I8",
        ScalarType.Byte => "U8",
        ScalarType.Bool => "BOOL",
        _ => throw new ArgumentException($"safetensors has no type {type}"),
    };

    private static IEnumerable<(long Byte, Tensor Slice)> Slices(Tensor tensor)
    {
        var flat = tensor.reshape(-1);
        var (count, width) = (flat.size(0), tensor.dtype.ElementSize());
        for (var at = 0L; at < count; at += SliceElements)
            yield return (at * width, flat.narrow(0, at, Math.Min(SliceElements, count - at)));
    }

    private static ScalarType TypeOf(SafetensorsEntry entry, string path) => entry.Dtype switch
    {
        "F64" => ScalarType.Float64,
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        "I64" => ScalarType.Int64,
        "I32" => ScalarType.Int32,
        "I16" => ScalarType.Int16,
        "I8" => ScalarType.Int8,
        "U8" => ScalarType.Byte,
        "BOOL" => ScalarType.Bool,
        var other => throw new InputException(path, null, $"tensor '{entry.Name}' is of the type {other}, which cannot be computed with",
            "Convert the weights to F32 or BF16."),
    };
}
