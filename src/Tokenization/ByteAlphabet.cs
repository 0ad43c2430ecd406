using System.Text;

namespace ExpertDivergence.Tokenization;

/// <summary>GPT-2's way of writing bytes as printable characters, which <c>tokenizer.json</c> and <c>vocab.json</c> use: visible
/// Latin-1 characters stand for themselves, the other 68 bytes are U+0100 onwards in order.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_characters = new char[256];
    private static readonly Dictionary<char, byte> s_bytes = [];

    static ByteAlphabet()
    {
        var other = 0x100;
        for (var b = 0; b < 256; b++)
        {
            var visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            s_characters[b] = visible ? (char)b : (char)other++;
            s_bytes[s_characters[b]] = (byte)b;
        }
    }

    /// <summary>The bytes in the alphabet's characters.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
            text.Append(s_characters[b]);
        return text.ToString();
    }

    /// <summary>The bytes that were written so, or null if a character is not of the alphabet.</summary>
    public static byte[]? Read(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (!s_bytes.TryGetValue(text[i], out bytes[i]))
                return null;
        }

        return bytes;
    }
}
