using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Reads and writes byte-level BPE tokenizers as Hugging Face's <c>tokenizer.json</c>.</summary>
/// <remarks>Read are files whose model is BPE over GPT-2's byte alphabet and whose pre-tokenizer is one of
/// <see cref="PreTokenizers"/>. Post-processors and truncation are left aside: nothing is added to or cut off a text here.</remarks>
public static class TokenizerJson
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The file, or a folder with a <c>tokenizer.json</c> in it.</param>
    /// <exception cref="InputException">The file is missing or damaged, or the tokenizer is of a kind that is not supported.</exception>
    public static BpeTokenizer Read(string path)
    {
        if (Directory.Exists(path))
            path = Path.Combine(path, "tokenizer.json");
        if (!File.Exists(path))
            throw TokenizerErrors.Missing(path, "a tokenizer.json or a folder that holds one");
        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a tokenizer from the bytes of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call the file.</param>
    /// <inheritdoc cref="Read"/>
    public static BpeTokenizer Parse(ReadOnlyMemory<byte> json, string name = "tokenizer.json")
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble))
            json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return new BpeTokenizer(new TokenizerJsonReader(name).Model(document.RootElement));
        }
        catch (JsonException e)
        {
            throw new InputException(name, e.LineNumber + 1, $"not JSON: {e.Message}", "Copy or download the file again; it may be cut short.", e);
        }
        catch (ArgumentException e)
        {
            throw new InputException(name, null, e.Message, "Use a byte-level tokenizer with all 256 bytes in its vocabulary.", e);
        }
    }

    /// <summary>Writes a tokenizer; readers see the old file or the whole new one.</summary>
    /// <param name="path">The file, or an existing folder in which <c>tokenizer.json</c> is written.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public static void Write(string path, BpeTokenizer tokenizer) =>
        DurableFile.WriteAllBytes(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path, Serialize(tokenizer));

    /// <summary>The bytes of the tokenizer's <c>tokenizer.json</c>: the same for the same tokenizer.</summary>
    public static byte[] Serialize(BpeTokenizer tokenizer) => TokenizerJsonWriter.Write(tokenizer);
}
