using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>CSV (<c>,</c>) and TSV, compressed or not: a header, then one document a record.</summary>
internal static class CsvFormat
{
    public static IEnumerable<(long Line, ParsedLine Parsed)> Read(CorpusFile file, CorpusOptions options)
    {
        using var stream = CorpusStream.Open(file, options);
        var malformed = new Queue<(long, ParsedLine)>();
        using var csv = CsvReader.Create(stream, OptionsFor(file, options, malformed));
        var text = Required(csv, file, options.Fields.Text);
        var (source, label) = (Column(csv, options.Fields.Source), Column(csv, options.Fields.Label));
        while (Next(csv, file))
        {
            while (malformed.TryDequeue(out var bad))
                yield return bad;
            yield return (csv.LineNumber, csv.FieldCount <= text
                ? ParsedLine.Bad("no_text", FormattableString.Invariant($"the record has {csv.FieldCount} fields, the header {csv.Headers.Count}."))
                : ParsedLine.Of(csv.GetSpan(text), options.Fields.Text, Value(csv, source), Value(csv, label)));
        }

        while (malformed.TryDequeue(out var bad))
            yield return bad;
    }

    private static CsvReaderOptions OptionsFor(CorpusFile file, CorpusOptions options, Queue<(long, ParsedLine)> malformed) => new()
    {
        HasHeader = true,
        Separator = file.Path.Contains(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',',
        TrackLineNumbers = true,
        MaxRecordSize = options.MaxLineBytes,
        MalformedData = CsvMalformedDataHandling.Skip,
        OnMalformedRecord = record =>
        {
            // A quote that is never closed swallows the rest of the file: that is no single record to leave out.
            if (record.Reason == CsvMalformedReason.UnterminatedQuote)
                throw new InputException(file.Path, record.LineNumber, "a quoted field is never closed.", "Close the quote, or fetch the file again if it is cut.");
            malformed.Enqueue((record.LineNumber, ParsedLine.Bad("not_csv", record.Reason == CsvMalformedReason.StrayQuote
                ? "a quote stands inside a field without quotes." : "text follows a closing quote.")));
        },
    };

    private static bool Next(CsvReader csv, CorpusFile file)
    {
        try
        {
            return csv.Read();
        }
        catch (CsvFormatException e)
        {
            throw new InputException(file.Path, e.LineNumber > 0 ? e.LineNumber : null, e.Message, "Correct the record, or raise labels.max_line_bytes.", e);
        }
    }

    private static int Required(CsvReader csv, CorpusFile file, string name) => Column(csv, name) is >= 0 and var column ? column
        : throw new InputException(file.Path, 1, $"the header has no column '{name}' for the text.",
            csv.Headers.Count == 0 ? "Give the file a header." : $"Set labels.fields.text. {NearestName.Hint(name, csv.Headers)}");

    private static int Column(CsvReader csv, string name) => csv.Headers.Index().Where(h => h.Item == name).Select(h => h.Index).FirstOrDefault(-1);

    private static string? Value(CsvReader csv, int column) => column < 0 || column >= csv.FieldCount ? null : csv.GetString(column);
}
