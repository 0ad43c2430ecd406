using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Labeling;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl labeller train</c>: a linear model of topics from labelled documents.</summary>
internal static class LabellerVerbTrain
{
    public static Command Create()
    {
        var options = new LabellerOptions();
        var method = new Option<LinearMethod>("--method") { Description = "softmax, bayes, blend of both, or svm.", DefaultValueFactory = _ => LinearMethod.Blend };
        var output = new Option<string>("--out") { Description = "Folder to write the models to, one a language.", Required = true };
        var command = new Command("train", "Train a linear model of topics on labelled documents.")
        {
            options.Input, options.Map, options.TextField, options.SourceField, options.LabelField, output, method, options.Epochs, options.Bits, options.Seed,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var trainer = new TopicTrainer(options.Of(parsed, parsed.GetValue(method)));
            foreach (var document in options.Documents(parsed, cancellation))
                trainer.Add(document.Text, document.Domain);
            var folder = parsed.GetValue(output)!;
            var model = trainer.Train(parsed.GetValue(options.Input)![0], cancellation);
            model.Write(folder);
            foreach (var language in model.Languages.Order(StringComparer.Ordinal))
            {
                var file = Path.Combine(folder, language + ".edllm");
                System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{language}: {trainer.Counts[language]:N0} documents, {model.Of(language)!.Classes.Count} topics, {new FileInfo(file).Length:N0} bytes, sha256 {Hashing.OfFile(file)[..16]}"));
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
