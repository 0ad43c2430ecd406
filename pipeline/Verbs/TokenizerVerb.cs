using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl tokenizer train</c>: a byte-level BPE from documents.</summary>
internal static class TokenizerVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--in") { Description = "Files, folders and patterns: JSONL, CSV (each also .gz, .zst), Parquet, texts.", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The tokenizer.json to write.", Required = true };
        var size = new Option<int>("--vocab-size") { Description = "Ids of the vocabulary, the end-of-text token included.", DefaultValueFactory = _ => 4096 };
        var pattern = new Option<string>("--pattern") { Description = "Pre-tokenisation: gpt2, cl100k, o200k or qwen2.", DefaultValueFactory = _ => "qwen2" };
        var train = new Command("train", "Train a byte-level BPE tokenizer on documents.") { input, output, size, pattern };
        train.SetAction((parsed, cancellation) =>
        {
            var options = new BpeTrainerOptions { VocabularySize = parsed.GetValue(size), Pattern = parsed.GetValue(pattern)!, SpecialTokens = [TokenizeVerb.EndOfText] };
            var texts = new CorpusReader(parsed.GetValue(input)!).Read(cancellation).Select(d => d.Text);
            var trained = BpeTrainer.Train(texts, options, new ProgressPrinter(), cancellation);
            TokenizerJson.Write(parsed.GetValue(output)!, trained.Tokenizer);
            System.Console.WriteLine($"{trained.Tokenizer.VocabularySize} tokens{(trained.Reached ? "" : $" (the corpus gives no more; {trained.RequestedVocabularySize} were asked for)")}");
            return Task.FromResult(ExitCodes.Done);
        });
        return new Command("tokenizer", "Train a tokenizer.") { train };
    }
}
