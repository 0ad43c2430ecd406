using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Labeling;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Reporting;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl labeller evaluate</c>: how good the labellers are on documents whose labels are known.</summary>
internal static class LabellerVerbEvaluate
{
    private static readonly string[] s_methods = ["detect", "lexicon", "self", "softmax", "bayes", "blend", "svm"];

    public static Command Create()
    {
        var options = new LabellerOptions();
        var model = new Option<string?>("--model") { Description = "A trained labeller: it is measured in place of what would be trained here." };
        var methods = new Option<string[]>("--method") { Description = $"Which: {string.Join(", ", s_methods)}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["detect", "lexicon", "self", "blend"] };
        methods.AcceptOnlyFromAmong(s_methods);
        var splits = new Option<string[]>("--split") { Description = "For what is trained: document, source or both.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["document", "source"] };
        splits.AcceptOnlyFromAmong("document", "source");
        var pattern = new Option<string>("--source-pattern") { Description = "Regular expression: what of the field `source` names the source.", DefaultValueFactory = _ => SourceName.DefaultPattern };
        var output = new Option<string?>("--out") { Description = "Folder for the confusion matrices: CSV and figures." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("evaluate", "Measure labellers on documents whose labels are known.")
        {
            options.Input, options.Map, options.TextField, options.SourceField, options.LabelField, model, methods, splits, pattern, options.Epochs, options.Bits, options.Seed, output, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var progress = new ProgressPrinter();
            var documents = options.Documents(parsed, cancellation).ToList();
            var evaluator = new LabellerEvaluator(documents, Taxonomy.BuiltIn, parsed.GetValue(options.Seed));
            var results = new List<EvaluationResult>();
            if (parsed.GetValue(model) is { } folder)
                results.Add(evaluator.Given("model", new ModelLabeller(TopicModel.Read(folder, Taxonomy.BuiltIn), Taxonomy.BuiltIn).Label, cancellation));
            foreach (var method in parsed.GetValue(model) is null ? parsed.GetValue(methods)! : ["detect"])
            {
                if (method == "detect")
                    results.Add(evaluator.Detectors());
                else if (method == "lexicon")
                    results.Add(evaluator.Given(method, new LexiconLabeller(Taxonomy.BuiltIn).Label, cancellation));
                else if (method == "self")
                    results.Add(evaluator.Given(method, new LexiconLabeller(Taxonomy.BuiltIn, new SelfTraining(new()).Train(documents.Select(d => d.Text), progress, cancellation)).Label, cancellation));
                else if (Enum.TryParse<LinearMethod>(method, ignoreCase: true, out var linear))
                    foreach (var split in parsed.GetValue(splits)!)
                        results.Add(split == "document"
                            ? evaluator.ByDocument(options.Of(parsed, linear), progress, cancellation)
                            : evaluator.BySource(options.Of(parsed, linear), SourceName.Pattern(parsed.GetValue(pattern)!), progress, cancellation));
            }

            if (parsed.GetValue(output) is { } outFolder && WriteMatrices(outFolder, results, cancellation) is { } missing)
                progress.Note(missing);
            System.Console.WriteLine(parsed.GetValue(json) ? Json(results) : Table(results));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static string Table(IEnumerable<EvaluationResult> results) => string.Join('\n', results
        .Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{r.Method,-8} {r.Scheme,6} {r.Split,-9} {r.Documents,10:N0} {r.Untestable,10:N0} {r.Accuracy,9:F4} {r.MacroF1,9:F4} {r.CalibrationError,7:F4}{(r.Scheme == "3" ? $"   F1 en {r.Confusion.F1("en"):F4}, zh {r.Confusion.F1("zh"):F4}, math {r.Confusion.F1("math"):F4}" : "")}"))
        .Prepend($"{"method",-8} {"scheme",6} {"split",-9} {"documents",10} {"untestable",10} {"accuracy",9} {"macro-F1",9} {"ECE",7}"));

    private static string Json(IEnumerable<EvaluationResult> results) => JsonSerializer.Serialize(results.Select(r => new
    {
        r.Method, r.Scheme, r.Split, r.Documents, r.Untestable, r.Accuracy, r.MacroF1, r.CalibrationError,
        F1 = r.Confusion.Classes.ToDictionary(c => c, r.Confusion.F1), r.Calibration.Bins,
    }), JsonFormat.Indented);

    private static string? WriteMatrices(string folder, List<EvaluationResult> results, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var figures = new List<Figure>();
        foreach (var result in results)
        {
            var name = $"confusion-{result.Method}-{result.Scheme}-{result.Split}";
            DurableFile.WriteAllText(Path.Combine(folder, name + ".csv"), result.Confusion.ToCsv());
            figures.Add(ConfusionFigure.Of(name, result.Method, result.Confusion.Classes, (t, p) => result.Confusion[t, p]));
        }

        return FigureRenderer.Render(figures, folder, cancellation);
    }
}
