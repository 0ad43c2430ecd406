using System.Buffers;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Tensors from and to safetensors files.</summary>
public static class SafetensorsTensors
{
    /// <summary>Reads a tensor on the host, in the type it is stored in.</summary>
    /// <exception cref="InputException">There is no such tensor, or its type is none that libtorch 1.13 has.</exception>
    public static Tensor Tensor(this SafetensorsReader reader, string name)
    {
        var entry = reader.Entry(name);
        var bytes = new byte[entry.ByteCount];
        reader.ReadBytes(entry, bytes);
        return torch.from_bytes(bytes, [.. entry.Shape], TypeOf(entry, reader.Path));
    }

    /// <summary>What a writer needs of a tensor; its bytes are copied when they are written.</summary>
    /// <remarks>The tensor must live until then.</remarks>
    public static SafetensorsItem Item(string name, Tensor tensor) =>
        new(name, NameOf(tensor.dtype), tensor.shape, stream => stream.Write(Bytes(tensor)));

    /// <summary>A tensor's bytes, row by row.</summary>
    internal static byte[] Bytes(Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().cpu().contiguous().bytes.ToArray();
    }

    private static string NameOf(ScalarType type) => type switch
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
