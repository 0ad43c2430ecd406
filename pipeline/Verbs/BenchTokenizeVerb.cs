using System.CommandLine;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Pipeline.Benchmarks;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench tokenize</c>: encoding speed per core, with no memo of any word and with one, over the cores, and Hugging Face's beside it.</summary>
internal static class BenchTokenizeVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--in") { Description = "Corpus files, folders or patterns; each is a row of its own.", Required = true, AllowMultipleArgumentsPerToken = true };
        var file = TokenizerOptions.File();
        var pattern = TokenizerOptions.Pattern();
        var size = new Option<int>("--vocab-size") { Description = "Without --tokenizer: the vocabulary trained on all of the input.", DefaultValueFactory = _ => 32000 };
        var threads = new Option<int>("--threads") { Description = "The most threads tried; 0: one per core.", DefaultValueFactory = _ => 0 };
        var rounds = new Option<int>("--rounds") { Description = "Times each is measured; the best counts.", DefaultValueFactory = _ => 5 };
        var json = new Option<bool>("--json") { Description = "Write JSON instead of a table." };
        var command = new Command("tokenize", "Measure encoding: MiB/s of UTF-8 text in documents of 2 to 20 KB.") { input, file, pattern, size, threads, rounds, json };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(rounds) < 1 || parsed.GetValue(threads) < 0)
                throw new OptionException("--rounds, --threads", "at least one round, and no fewer than 0 threads.", "Leave them out for five rounds on all cores.");
            var corpora = parsed.GetValue(input)!.Select(p => BenchCorpus.Read(p, cancellation)).ToArray();
            var tokenizer = parsed.GetValue(file) is { } given
                ? TokenizerFiles.Read(given, parsed.GetValue(pattern))
                : BpeTrainer.Train(corpora.SelectMany(c => c.Texts), new BpeTrainerOptions { VocabularySize = parsed.GetValue(size) }, new ProgressPrinter(), cancellation).Tokenizer;
            var most = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            var bench = new TokenizeBench(tokenizer, parsed.GetValue(rounds), most);
            var report = new TokenizeBenchReport(BenchMachine.Describe(), new BenchTokenizer(parsed.GetValue(file) ?? "trained on the input", tokenizer.VocabularySize, tokenizer.PreTokenizer.Name),
                [.. corpora.Select(c => bench.Measure(c, cancellation))]);
            System.Console.Write(parsed.GetValue(json) ? JsonSerializer.Serialize(report, JsonFormat.Indented) + "\n" : report.Table());
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
