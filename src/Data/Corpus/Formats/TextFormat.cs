using System.Text.Unicode;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Plain text and Markdown: a file is a document, the name of the folder that it lies in its label.</summary>
internal static class TextFormat
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    public static IEnumerable<(long Line, ParsedLine Parsed)> Read(CorpusFile file, CorpusOptions options)
    {
        if (new FileInfo(file.Path).Length > options.MaxLineBytes)
        {
            yield return (1, ParsedLine.Bad("too_long", FormattableString.Invariant($"the file is longer than {options.MaxLineBytes} bytes.")));
            yield break;
        }

        ReadOnlyMemory<byte> bytes = File.ReadAllBytes(file.Path);
        if (bytes.Span.StartsWith(s_byteOrderMark))
            bytes = bytes[s_byteOrderMark.Length..];
        var folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file.Path)));
        yield return (1, Utf8.IsValid(bytes.Span)
            ? ParsedLine.Of(bytes.Span, options.Fields.Text, file.Name, folder) is { Reason: null } good ? good : ParsedLine.Bad("empty", "the file is empty.")
            : ParsedLine.NotUtf8(bytes.Span, "the file"));
    }
}
