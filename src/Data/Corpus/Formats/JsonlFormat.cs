using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>JSONL, compressed or not: one document a line. Blank lines are passed over.</summary>
internal static class JsonlFormat
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    public static IEnumerable<(long Line, ParsedLine Parsed)> Read(CorpusFile file, CorpusOptions options)
    {
        using var stream = CorpusStream.Open(file, options);
        var lines = new LineReader(stream, options.MaxLineBytes);
        for (var number = 1L; lines.Next(out var line, out var tooLong); number++)
        {
            if (number == 1 && line.Span.StartsWith(s_byteOrderMark))
                line = line[s_byteOrderMark.Length..];
            if (tooLong)
                yield return (number, ParsedLine.TooLong(options.MaxLineBytes));
            else if (line.Span.IndexOfAnyExcept((byte)' ', (byte)'\t') >= 0)
                yield return (number, LineParser.Parse(line, options.Fields));
        }
    }
}
