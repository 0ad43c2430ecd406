using System.Globalization;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Turns a corpus into labelled document shards, with flat memory.</summary>
/// <param name="reader">The corpus.</param>
/// <param name="labeller">What gives a document its domain.</param>
/// <param name="options">What becomes of unsure documents, and what the fine column holds; null: the defaults.</param>
public sealed class CorpusLabeller(CorpusReader reader, ILabeller labeller, LabelOptions? options = null)
{
    private const int ReportEvery = 500;

    // The index of a packed set has 16 bits for a domain.
    private const int MaxFineDomains = short.MaxValue;

    private readonly LabelOptions _options = options ?? new();

    /// <summary>Writes <c>documents-*.parquet</c>, <c>report.json</c> and <c>left-out.csv</c>. Documents are numbered from 0 in the corpus's order.</summary>
    /// <param name="outFolder">An existing folder.</param>
    /// <param name="progress">Hears of documents.</param>
    /// <param name="cancellation">Ends the work between two lines.</param>
    /// <exception cref="InputException">A line is bad, a label has no domain, the corpus is empty or of one domain.</exception>
    public LabelReport Run(string outFolder, IProgressListener progress, CancellationToken cancellation = default)
    {
        _options.Validate();
        var report = new LabelReport { LeftOut = reader.LeftOut };
        using (reader.LeftOut.ListIn(Path.Combine(outFolder, "left-out.csv")))
            DocumentShards.Write(outFolder, Label(report, progress, cancellation), cancellation: cancellation);

        var corpus = reader.Files.Count == 1 ? reader.Files[0].Path : Path.GetDirectoryName(reader.Files[0].Path)!;
        if (report.Kept == 0)
            throw new InputException(corpus, null, "the corpus is empty: no document was kept.", "Give a corpus with documents of at least two domains.");
        if (report.Domain49.Count == 1)
            throw new InputException(corpus, null, $"every document is of the domain '{report.Domain49.Keys.Single()}': "
                + "divergence needs at least two domains.", "Add documents of another domain, or map the labels to more than one.");
        DurableFile.WriteAllText(Path.Combine(outFolder, "report.json"), JsonSerializer.Serialize(report, JsonFormat.Indented) + "\n");
        return report;
    }

    private IEnumerable<LabelledDocument> Label(LabelReport report, IProgressListener progress, CancellationToken cancellation)
    {
        foreach (var document in reader.Read(cancellation))
        {
            var (domain, confidence) = labeller.Label(document);
            if (confidence < _options.Threshold && _options.Below == BelowThreshold.Drop)
            {
                report.LeftOut.Add("low_confidence", Path.GetFileName(document.File), document.Line,
                    string.Create(CultureInfo.InvariantCulture, $"the labeller says '{domain.Id}' with a confidence of {confidence:0.00} only."));
                continue;
            }

            var fine = _options.FineScheme.Of(document, report.Kept, domain);
            yield return new(report.Kept, document.Source, document.Label, domain.Domain3, fine, confidence, document.Text);
            report.Add(domain.Domain3, fine);
            if (report.Domain49.Count > MaxFineDomains)
                throw new InputException(document.File, document.Line, $"this is the {MaxFineDomains + 1}st fine domain; a packed set can hold {MaxFineDomains}.",
                    "Set labels.fine_scheme to another scheme, or take fewer documents.");
            if (report.Kept % ReportEvery == 0)
                progress.Report(new("Label", report.Kept, null, "documents"));
        }

        progress.Report(new("Label", report.Kept, report.Kept, "documents"));
    }
}
