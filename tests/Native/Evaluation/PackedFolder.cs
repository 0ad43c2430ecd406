using System.Buffers.Binary;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Tests.Native.Evaluation;

/// <summary>A packed set of two sequences of bytes, the same for training and held out, written by hand after the contract.</summary>
internal static class PackedFolder
{
    private const int EndOfText = 256;
    private const int Length = 8;

    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var split in new[] { "train", "heldout" })
        {
            File.WriteAllBytes(Path.Combine(folder, split + ".bin"), [.. Record("abcabcab", EndOfText), .. Record("xyxyxy")]);
            File.WriteAllBytes(Path.Combine(folder, split + ".idx"), [.. Entry(9, 0), .. Entry(6, 1)]);
        }

        File.WriteAllText(Path.Combine(folder, "pack.json"), """
            {"sequence_length":8,"token_bytes":2,"vocab_size":257,"end_of_text_id":256,"domains3":["en","zh"],"domains49":["en/a","zh/b"],
             "train":{"sequences":2,"tokens":13},"heldout":{"sequences":2,"tokens":13}}
            """);
        TokenizerJson.Write(folder, ByteTokenizer());
        return folder;
    }

    private static byte[] Record(string text, params int[] last)
    {
        var record = new byte[2 * (Length + 1)];
        int[] tokens = [.. text.Select(c => (int)c), .. last];
        for (var i = 0; i <= Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(2 * i), (ushort)(i < tokens.Length ? tokens[i] : EndOfText));
        return record;
    }

    private static byte[] Entry(int length, short domain)
    {
        var entry = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(entry, length);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(4), domain);
        BinaryPrimitives.WriteInt16LittleEndian(entry.AsSpan(6), domain);
        return entry;
    }

    private static BpeTokenizer ByteTokenizer() => new(new BpeModel
    {
        Tokens = [.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b })],
        Merges = [],
        PreTokenizer = PreTokenizers.Named("gpt2"),
        AddedTokens = [new AddedToken("<|endoftext|>", EndOfText)],
    });
}
