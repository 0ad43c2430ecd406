using System.Xml.Linq;

namespace ExpertDivergence.Build;

/// <summary>The counts of xunit's XML reports.</summary>
public sealed record TestResults(int Passed, int Failed, IReadOnlyList<(string Name, string Reason)> Skipped)
{
    /// <summary>Adds up every report of a folder.</summary>
    public static TestResults Read(string folder)
    {
        var tests = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.xml").Order(StringComparer.Ordinal).SelectMany(f => XDocument.Load(f).Descendants("test")).ToArray()
            : [];
        int count(string result) => tests.Count(t => (string?)t.Attribute("result") == result);
        return new TestResults(count("Pass"), count("Fail"),
        [
            .. tests.Where(t => (string?)t.Attribute("result") is "Skip" or "NotRun")
                .Select(t => ((string?)t.Attribute("name") ?? "?", (string?)t.Element("reason") ?? "")),
        ]);
    }
}
