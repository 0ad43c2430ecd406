using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>A held-out sequence without its padding.</summary>
/// <param name="Tokens">The first is only read, every other is predicted from those before it.</param>
/// <param name="Domain3">Its coarse domain.</param>
/// <param name="Domain49">Its fine domain.</param>
public sealed record HeldOutSequence(int[] Tokens, string Domain3, string Domain49)
{
    /// <summary>The domains of its tokens, from the first to the last; null where all are of the sequence's.</summary>
    public IReadOnlyList<HeldOutRun>? Runs { get; init; }
}

/// <summary>Tokens, one after another, of one domain.</summary>
/// <param name="Start">The first of them, a position in the sequence.</param>
/// <param name="End">The position behind the last.</param>
/// <param name="Domain3">Their coarse domain.</param>
/// <param name="Domain49">Their fine domain.</param>
public readonly record struct HeldOutRun(int Start, int End, string Domain3, string Domain49);

/// <summary>A row of <c>heldout.csv</c>.</summary>
/// <param name="Scheme"><c>overall</c>, <c>domain3</c> or <c>domain49</c>.</param>
/// <param name="Domain">A domain of the scheme; <c>all</c> for overall.</param>
/// <param name="Sequences">Number of sequences; one with tokens of several domains counts in each.</param>
/// <param name="Tokens">Predicted tokens that are not padding.</param>
/// <param name="Bytes">UTF-8 bytes of those tokens; end-of-text has none.</param>
/// <param name="NegativeLogLikelihood">Their summed negative log-likelihood in nats.</param>
[CsvRecord]
public sealed partial record HeldOutRow(
    [property: CsvColumn("scheme")] string Scheme,
    [property: CsvColumn("domain")] string Domain,
    [property: CsvColumn("sequences")] long Sequences,
    [property: CsvColumn("tokens")] long Tokens,
    [property: CsvColumn("bytes")] long Bytes,
    [property: CsvColumn("nll")] double NegativeLogLikelihood)
{
    /// <summary>nll / (bytes · ln 2): comparable between tokenizers.</summary>
    [CsvIgnore]
    public double BitsPerByte => NegativeLogLikelihood / (Bytes * Math.Log(2));
}

/// <summary>The loss on held-out text, by domain.</summary>
public static class HeldOutLoss
{
    /// <summary>Rows: overall, then the coarse domains, then the fine ones, each in the order of its first sequence.</summary>
    /// <param name="model">What is judged.</param>
    /// <param name="codec">Counts the bytes of tokens.</param>
    /// <param name="sequences">The held-out split.</param>
    /// <param name="options">Batch size, and how many sequences per fine domain.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    public static IReadOnlyList<HeldOutRow> Measure(
        ILanguageModel model,
        ITextCodec codec,
        IEnumerable<HeldOutSequence> sequences,
        EvaluationOptions options,
        IProgressListener progress,
        CancellationToken cancellation = default)
    {
        options.Validated();
        var chosen = sequences.GroupBy(s => s.Domain49).SelectMany(g => g.Take(options.HeldOutPerDomain ?? int.MaxValue))
            .Where(s => s.Tokens.Length > 1).ToList();
        var requests = chosen.Select(s => ContinuationEncoder.Fit(new ContinuationRequest(s.Tokens, 1, ByToken: s.Runs is not null), model.MaximumLength)).ToList();
        var scores = RequestBatcher.Score(
            model, requests, options.BatchTokens, done => progress.Report(new ProgressUpdate("held-out", done, requests.Count, "sequences")), cancellation);

        var rows = new Dictionary<(string Scheme, string Domain), HeldOutRow>();
        for (var i = 0; i < chosen.Count; i++)
        {
            // What was cut from the left is not predicted either.
            var first = chosen[i].Tokens.Length - requests[i].Tokens.Length + 1;
            var seen = new HashSet<(string, string)>();
            foreach (var run in chosen[i].Runs ?? [new HeldOutRun(0, chosen[i].Tokens.Length, chosen[i].Domain3, chosen[i].Domain49)])
            {
                var predicted = chosen[i].Tokens.AsSpan(Math.Min(Math.Max(run.Start, first), run.End)..run.End);
                if (predicted.IsEmpty)
                    continue;
                var bytes = 0L;
                foreach (var id in predicted)
                    bytes += codec.ByteCount(id);
                var logLikelihood = chosen[i].Runs is null ? scores[i].LogLikelihood
                    : scores[i].ByToken.AsSpan(run.End - predicted.Length - first, predicted.Length).ToArray().Sum();
                foreach (var key in (ReadOnlySpan<(string, string)>)[("overall", "all"), ("domain3", run.Domain3), ("domain49", run.Domain49)])
                {
                    var row = rows.GetValueOrDefault(key) ?? new HeldOutRow(key.Item1, key.Item2, 0, 0, 0, 0);
                    rows[key] = row with
                    {
                        Sequences = row.Sequences + (seen.Add(key) ? 1 : 0),
                        Tokens = row.Tokens + predicted.Length,
                        Bytes = row.Bytes + bytes,
                        NegativeLogLikelihood = row.NegativeLogLikelihood - logLikelihood,
                    };
                }
            }
        }

        string[] schemes = ["overall", "domain3", "domain49"];
        return [.. rows.Values.OrderBy(row => Array.IndexOf(schemes, row.Scheme))];
    }
}
