using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Data;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl pack</c>: token shards to sequences, of one domain or concatenated, some documents held out.</summary>
internal static class PackVerb
{
    public static Command Create()
    {
        var input = new Option<string>("--in") { Description = "Folder that the verb tokenize wrote.", Required = true };
        return StageOptions.Verb("pack", "Cut and join the documents to sequences, by domain or concatenated; hold some out.", [input], call =>
        {
            var folder = call.Value(input);
            var stage = call.Begin(StageCatalog.Pack).Reads("tokens", folder, verify: true);
            var file = Path.Combine(folder, "tokenizer.json");
            var tokenizer = TokenizerJson.Read(file);
            var options = new PackOptions
            {
                SequenceLength = (int)call.Recipe.Integer("pack.sequence_length"),
                Layout = call.Recipe.Text("pack.layout") == "concatenated" ? PackLayout.Concatenated : PackLayout.ByDomain,
                HeldoutFraction = call.Recipe.Number("pack.heldout_fraction"),
                Seed = call.Recipe.Integer("pack.seed"),
                VocabularySize = tokenizer.VocabularySize,
                EndOfTextId = TokenizeVerb.EndOfTextId(tokenizer, file),
            };
            var (info, report) = new Packer(options).Run(folder, stage.Folder, call.Progress, call.Cancellation);
            stage.Commit(call.Key);
            call.Progress.Note($"{info.Train.Sequences:N0} sequences to train on ({info.Train.Tokens:N0} tokens), {info.Heldout.Sequences:N0} held out, {info.Domains49.Count} domains");
            foreach (var line in Shares(report))
                call.Progress.Note(line);
            return Task.CompletedTask;
        });
    }

    // What cutting and joining did: a document cut, a sequence of several documents or domains, a position that holds padding.
    private static IEnumerable<string> Shares(PackReport report)
    {
        yield return "          documents   cut (%)  sequences  joined (%)  mixed (%)  padded (%)";
        foreach (var (name, part) in (IEnumerable<(string, PackSplitReport)>)[("train", report.Train), ("heldout", report.Heldout)])
            yield return string.Create(CultureInfo.InvariantCulture, $"{name,-8}{part.Documents,11:N0}{100 * part.CroppedShare,10:F1}{part.Sequences,11:N0}"
                + $"{100 * part.JoinedShare,12:F1}{100 * (part.MixedShare ?? 0),11:F1}{100 * part.PaddedShare,12:F2}");
    }
}
