using System.Text;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Reads CSV with quoted fields that may span lines.</summary>
internal static class CsvRows
{
    public static IEnumerable<CsvRow> Read(string file, bool header)
    {
        using var reader = CsvReader.Create(BenchmarkFiles.Open(file), new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = header,
            MalformedData = CsvMalformedDataHandling.Throw,
            TrackLineNumbers = true,
        });
        while (Advance(reader, file))
        {
            var fields = Enumerable.Range(0, reader.FieldCount).Select(reader.GetString).ToList();
            var row = new CsvRow(file, reader.LineNumber, header ? reader.Headers : null, fields);
            if (header && fields.Count != reader.Headers.Count)
                throw row.Malformed($"{fields.Count} fields, but the header has {reader.Headers.Count}");
            yield return row;
        }
    }

    private static bool Advance(CsvReader reader, string file)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException error)
        {
            throw new InputException(file, error.LineNumber > 0 ? error.LineNumber : null, error.Message, CsvRow.Remedy, error);
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException(file, null, "is not UTF-8: " + error.Message, CsvRow.Remedy, error);
        }
    }
}

/// <summary>A CSV record that knows the line it begins on.</summary>
internal sealed record CsvRow(string File, long Line, IReadOnlyList<string>? Columns, IReadOnlyList<string> Fields)
{
    public const string Remedy = "Replace the file with the official one, or correct the line.";

    public string Text(string column)
    {
        for (var i = 0; i < Columns!.Count; i++)
        {
            if (Columns[i] == column)
                return Fields[i];
        }

        throw new InputException(File, 1, $"the header has no column '{column}'", Remedy);
    }

    public InputException Malformed(string message) => new(File, Line, message, Remedy);
}
