using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Pipeline.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl generate</c>: what a checkpoint says.</summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "A checkpoint: a folder with config.json, model.safetensors (or its shards) and tokenizer.json.", Required = true };
        var prompt = new Option<string>("--prompt") { Description = "The text to continue.", DefaultValueFactory = _ => "" };
        var tokens = new Option<int>("--max-new-tokens") { Description = "Tokens at most.", DefaultValueFactory = _ => 100 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest token each time.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int?>("--top-k") { Description = "Draw from that many likeliest tokens only." };
        var topP = new Option<double>("--top-p") { Description = "Draw from the fewest tokens that reach this probability.", DefaultValueFactory = _ => 1 };
        var seed = new Option<long>("--seed") { Description = "Seed of the draw.", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "Native threads. With more than one the last digits of the scores differ, and now and then a token.", DefaultValueFactory = _ => 1 };
        var command = new Command("generate", "Continue a prompt with a checkpoint.") { model, prompt, tokens, temperature, topK, topP, seed, threads };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new SamplingOptions
            {
                MaxNewTokens = parsed.GetValue(tokens), Temperature = parsed.GetValue(temperature), TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP), Seed = parsed.GetValue(seed),
            };
            var text = Evaluator.Generate(parsed.GetValue(model)!, parsed.GetValue(prompt)!, options, SilentProgress.Instance, parsed.GetValue(threads), cancellation: cancellation);
            System.Console.WriteLine(parsed.GetValue(prompt) + text.Text);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
