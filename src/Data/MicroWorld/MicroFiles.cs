using CsvHelper;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Writes text files: UTF-8 without mark, lines ended by LF on every platform.</summary>
internal static class MicroFiles
{
    public static void WriteLines(string path, IEnumerable<string> lines)
    {
        using var writer = Open(path);
        foreach (var line in lines)
            writer.WriteLine(line);
    }

    public static void WriteCsv(string path, IEnumerable<string[]> rows)
    {
        using var csv = CsvWriter.Create(Open(path), new CsvWriterOptions { NewLine = "\n" });
        foreach (var row in rows)
            csv.WriteRecord(row);
    }

    private static StreamWriter Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new StreamWriter(path) { NewLine = "\n" };
    }
}
