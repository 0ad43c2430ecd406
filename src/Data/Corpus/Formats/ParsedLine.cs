using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ExpertDivergence.Data;

/// <summary>What a line, row or file holds, or what is wrong with it.</summary>
internal readonly record struct ParsedLine(string Text, string? Source, string? Label, string? Reason = null, string? Message = null)
{
    public static ParsedLine Bad(string reason, string message) => new("", null, null, reason, message);

    public static ParsedLine NotUtf8(ReadOnlySpan<byte> bytes, string what) =>
        Bad("not_utf8", FormattableString.Invariant($"{what} is not UTF-8 (byte {FirstInvalid(bytes) + 1} of it)."));

    public static ParsedLine TooLong(int limit) => Bad("too_long", FormattableString.Invariant($"the line is longer than {limit} bytes."));

    /// <summary>A document of values that come as bytes.</summary>
    public static ParsedLine Of(ReadOnlySpan<byte> text, string field, string? source, string? label)
    {
        if (!Utf8.IsValid(text))
            return NotUtf8(text, $"the field '{field}'");
        return Of(Encoding.UTF8.GetString(text), field, source, label);
    }

    /// <summary>A document, unless its text is blank.</summary>
    public static ParsedLine Of(string text, string field, string? source, string? label) => string.IsNullOrWhiteSpace(text)
        ? Bad("empty", $"the field '{field}' is empty.")
        : new(text, Known(source), Known(label));

    private static string? Known(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        Span<char> scratch = stackalloc char[1024];
        var position = 0;
        OperationStatus status;
        do
        {
            status = Utf8.ToUtf16(bytes[position..], scratch, out var read, out _, replaceInvalidSequences: false);
            position += read;
        }
        while (status == OperationStatus.DestinationTooSmall);
        return position;
    }
}
