using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>Something to be written as one tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Its type as the format spells it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Write">Writes its bytes, little endian and row by row; called once.</param>
public sealed record SafetensorsItem(string Name, string Dtype, IReadOnlyList<long> Shape, Action<Stream> Write);

/// <summary>Writes safetensors files: the same tensors give the same bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes the tensors in the ordinal order of their names; the file appears whole or not at all.</summary>
    public static void Write(string path, IEnumerable<SafetensorsItem> items)
    {
        var ordered = items.OrderBy(i => i.Name, StringComparer.Ordinal).ToList();
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long end = 0;
        foreach (var item in ordered)
        {
            var start = end;
            end += item.Shape.Aggregate((long)SafetensorsHeader.ElementBytes(item.Dtype), (a, b) => a * b);
            header.Add(item.Name, new JsonObject
            {
                ["dtype"] = item.Dtype,
                ["shape"] = new JsonArray([.. item.Shape.Select(s => (JsonNode)s)]),
                ["data_offsets"] = new JsonArray(start, end),
            });
        }

        // Spaces after the header align the first tensor to 8 bytes, as readers that map the file expect.
        var text = Encoding.UTF8.GetBytes(header.ToJsonString(JsonFormat.Compact));
        var padded = new byte[(text.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded, 0);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded.Length);

        var partial = path + ".partial";
        using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            stream.Write(length);
            stream.Write(padded);
            foreach (var item in ordered)
                item.Write(stream);
            if (stream.Position != 8 + padded.Length + end)
                throw new InvalidOperationException("A tensor wrote another number of bytes than its shape has.");
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }
}
