using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Its type as the format spells it: F32, BF16, I64 …</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="ByteCount">Length in bytes.</param>
public sealed record SafetensorsEntry(string Name, string Dtype, IReadOnlyList<long> Shape, long Offset, long ByteCount);

/// <summary>The header of a safetensors file, trusted in nothing: lengths, offsets, shapes and types are all checked.</summary>
/// <remarks>The format: 8 bytes little-endian length of the header, the header as a JSON object {name: {dtype, shape, data_offsets}},
/// then the tensors' bytes, which leave no hole and do not overlap.</remarks>
public sealed class SafetensorsHeader
{
    /// <summary>The longest header taken, in bytes; the format's own limit.</summary>
    public const long MaximumHeaderBytes = 100_000_000;

    private const int MaximumDimensions = 16;

    private SafetensorsHeader(IReadOnlyDictionary<string, SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata, long dataStart) =>
        (Entries, Metadata, DataStart) = (entries, metadata, dataStart);

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>The free text pairs under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where in the file the tensors' bytes begin.</summary>
    public long DataStart { get; }

    /// <summary>Bytes of one element of a type, or 0 for an unknown type.</summary>
    public static int ElementBytes(string dtype) => dtype switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };

    /// <summary>Reads and checks the header at the start of a stream.</summary>
    /// <exception cref="InputException">The file is damaged, cut short or hostile.</exception>
    public static SafetensorsHeader Read(Stream stream, string path)
    {
        var (bytes, fileBytes) = ReadHeaderBytes(stream, path);
        var length = bytes.Length;
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var property in Object(document.RootElement, path, "the header"))
            {
                if (!seen.Add(property.Name))
                    throw Damaged(path, $"'{Shown(property.Name)}' stands twice");
                if (property.Name == "__metadata__")
                    ReadMetadata(property.Value, metadata, path);
                else
                    entries.Add(property.Name, ReadEntry(property, path));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw new InputException(path, null, "the header is not JSON: " + e.Message, DamagedRemedy, e);
        }

        CheckCoverage(entries.Values, fileBytes - 8 - length, path);
        return new SafetensorsHeader(entries, metadata, 8 + (long)length);
    }

    // Nothing is allocated that the file does not have.
    private static (byte[] Header, long FileBytes) ReadHeaderBytes(Stream stream, string path)
    {
        if (!stream.CanSeek)
            throw Damaged(path, "a pipe or device is no safetensors file");
        try
        {
            var fileBytes = stream.Length;
            if (fileBytes < 8)
                throw Damaged(path, $"{fileBytes} bytes are too few for a safetensors file");
            Span<byte> lengthBytes = stackalloc byte[8];
            stream.ReadExactly(lengthBytes);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
            if (length > MaximumHeaderBytes || length > (ulong)(fileBytes - 8))
                throw Damaged(path, $"the header claims {length} bytes of a file of {fileBytes}");
            var bytes = new byte[(int)length];
            stream.ReadExactly(bytes);
            return bytes is [(byte)'{', ..] ? (bytes, fileBytes) : throw Damaged(path, "the header does not begin with '{'");
        }
        catch (IOException e)
        {
            throw new InputException(path, null, "cannot be read: " + e.Message, DamagedRemedy, e);
        }
    }

    private static SafetensorsEntry ReadEntry(JsonProperty property, string path)
    {
        var name = Shown(property.Name);
        string? dtype = null;
        long[]? shape = null, offsets = null;
        foreach (var field in Object(property.Value, path, $"tensor '{name}'"))
        {
            switch (field.Name)
            {
                case "dtype" when dtype is null && field.Value.ValueKind == JsonValueKind.String: dtype = field.Value.GetString(); break;
                case "shape" when shape is null: shape = Integers(field.Value, path, name); break;
                case "data_offsets" when offsets is null: offsets = Integers(field.Value, path, name); break;
                default: throw Damaged(path, $"tensor '{name}' has the field '{Shown(field.Name)}', which is unknown, stands twice or is of another type");
            }
        }

        if (dtype is null || shape is null || offsets is not { Length: 2 })
            throw Damaged(path, $"tensor '{name}' lacks its dtype, shape or two data_offsets");
        if (ElementBytes(dtype) is not (var width and > 0))
            throw Damaged(path, $"tensor '{name}' has the unknown type '{Shown(dtype)}'");
        long count = width;
        try
        {
            foreach (var size in shape)
                count = checked(count * size);
        }
        catch (OverflowException)
        {
            throw Damaged(path, $"tensor '{name}' has an impossible shape [{string.Join(", ", shape)}]");
        }

        if (offsets[1] - offsets[0] != count)
            throw Damaged(path, $"tensor '{name}' of {count} bytes has the offsets {offsets[0]} to {offsets[1]}");
        return new SafetensorsEntry(property.Name, dtype, shape, offsets[0], count);
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string path)
    {
        foreach (var pair in Object(value, path, "__metadata__"))
        {
            if (pair.Value.ValueKind != JsonValueKind.String || !metadata.TryAdd(pair.Name, pair.Value.GetString()!))
                throw Damaged(path, $"__metadata__ '{Shown(pair.Name)}' is no text or stands twice");
        }
    }

    private static void CheckCoverage(IEnumerable<SafetensorsEntry> entries, long dataBytes, string path)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.ByteCount))
        {
            if (entry.Offset != end)
                throw Damaged(path, $"tensor '{Shown(entry.Name)}' begins at byte {entry.Offset}, the one before it ends at {end}");
            end = entry.Offset + entry.ByteCount;
        }

        if (end != dataBytes)
            throw Damaged(path, $"the tensors take {end} bytes, the file has {dataBytes} for them");
    }

    private static JsonElement.ObjectEnumerator Object(JsonElement element, string path, string what) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : throw Damaged(path, $"{what} is not an object");

    private static long[] Integers(JsonElement element, string path, string name)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > MaximumDimensions)
            throw Damaged(path, $"tensor '{name}' has a list that is none or too long");
        return [.. element.EnumerateArray().Select(e =>
            e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out var v) && v >= 0
                ? v
                : throw Damaged(path, $"tensor '{name}' has the size or offset {Shown(e.GetRawText())}"))];
    }

    // A name may be of any length and hold anything; what is shown of it does not.
    internal static string Shown(string text) => string.Concat((text.Length > 120 ? text[..120] + "…" : text).Select(c => char.IsControl(c) ? '?' : c));

    internal const string DamagedRemedy = "The file is damaged or no safetensors file: write or download it again.";

    internal static InputException Damaged(string path, string message) => new(path, null, message, DamagedRemedy);
}
