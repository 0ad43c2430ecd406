using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>A linear model as a file, little endian: magic <c>EDLLM001</c>; int32 length of a JSON header (classes, features, rows); the header;
/// float32 bias of each class; each row as int32 bucket, float32 scale, one signed byte a class; the SHA-256 of all that.</summary>
public static class LinearModelFile
{
    private static ReadOnlySpan<byte> Magic => "EDLLM001"u8;

    /// <summary>Writes the model, whole or not at all.</summary>
    public static void Write(string path, LinearModel model)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new Header(model.Classes, model.Features, model.Buckets.Length), JsonFormat.Compact);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(header.Length);
        writer.Write(header);
        foreach (var value in model.Bias)
            writer.Write(value);
        for (var row = 0; row < model.Buckets.Length; row++)
        {
            var values = model.Row(row);
            var scale = QuantizedRow.Scale(values);
            writer.Write(model.Buckets[row]);
            writer.Write(scale);
            foreach (var value in values)
                writer.Write(QuantizedRow.Code(value, scale));
        }

        writer.Flush();
        bytes.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        DurableFile.WriteAllBytes(path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="InputException">The file is missing, no such file, or damaged.</exception>
    public static LinearModel Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "the labeller's model does not exist.", "Train one: edl labeller train.");
        var bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(Magic))
            throw new InputException(path, null, "the file is no labeller's model.", "Name a folder that `edl labeller train` wrote.");
        if (bytes.Length < Magic.Length + 4 + 32 || !SHA256.HashData(bytes.AsSpan(..^32)).AsSpan().SequenceEqual(bytes.AsSpan(^32..)))
            throw Damaged(path);
        var body = bytes.AsSpan(Magic.Length..^32);
        var length = BinaryPrimitives.ReadInt32LittleEndian(body);
        if (length < 2 || length > body.Length - 4)
            throw Damaged(path);
        try
        {
            var header = JsonSerializer.Deserialize<Header>(body.Slice(4, length), JsonFormat.Compact);
            if (header is not { Classes.Count: > 1, Features: not null, Rows: >= 0 })
                throw Damaged(path);
            header.Features.Validate();
            return Read(path, header, body[(4 + length)..]);
        }
        catch (Exception e) when (e is JsonException or OptionException)
        {
            throw Damaged(path, e);
        }
    }

    private static LinearModel Read(string path, Header header, ReadOnlySpan<byte> body)
    {
        var classes = header.Classes.Count;
        if (body.Length != (4L * classes) + ((8L + classes) * header.Rows))
            throw Damaged(path);
        var bias = new float[classes];
        for (var c = 0; c < classes; c++)
            bias[c] = BinaryPrimitives.ReadSingleLittleEndian(body[(4 * c)..]);
        body = body[(4 * classes)..];
        var buckets = new int[header.Rows];
        var weights = new float[header.Rows * classes];
        for (var row = 0; row < header.Rows; row++, body = body[(8 + classes)..])
        {
            buckets[row] = BinaryPrimitives.ReadInt32LittleEndian(body);
            if (buckets[row] < 0 || buckets[row] >> header.Features.BucketBits != 0)
                throw Damaged(path);
            var scale = BinaryPrimitives.ReadSingleLittleEndian(body[4..]);
            for (var c = 0; c < classes; c++)
                weights[(row * classes) + c] = (sbyte)body[8 + c] * scale;
        }

        return new LinearModel(header.Classes, header.Features, buckets, weights, bias);
    }

    private static InputException Damaged(string path, Exception? inner = null) =>
        new(path, null, "the labeller's model is damaged.", "Copy it again from where it was trained, or train it again.", inner);

    private sealed record Header(IReadOnlyList<string> Classes, FeatureOptions Features, int Rows);
}
