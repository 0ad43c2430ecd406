using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl encode</c> and <c>edl decode</c>: JSONL on standard input to JSONL on standard output, on all cores, in order.</summary>
internal static class EncodeVerb
{
    public static Command Encode()
    {
        var special = new Option<string>("--special") { Description = "What added tokens written in the text are: text or encode.", DefaultValueFactory = _ => "text" };
        special.AcceptOnlyFromAmong("text", "encode");
        var command = Verb("encode", "Read {\"text\"} lines, write {\"ids\"} lines.",
            (tokenizer, parsed) => new TokenLines(tokenizer, parsed.GetValue(special) == "encode").Encode);
        command.Add(special);
        return command;
    }

    public static Command Decode() => Verb("decode", "Read {\"ids\"} lines, write {\"text\"} lines.", (tokenizer, _) => new TokenLines(tokenizer).Decode);

    private static Command Verb(string name, string description, Func<BpeTokenizer, ParseResult, ParallelLines.Converter> converter)
    {
        var file = TokenizerOptions.File();
        file.Required = true;
        var pattern = TokenizerOptions.Pattern();
        var command = new Command(name, description) { file, pattern };
        command.SetAction((parsed, cancellation) =>
        {
            var tokenizer = TokenizerFiles.Read(parsed.GetValue(file)!, parsed.GetValue(pattern));
            using var input = System.Console.OpenStandardInput();
            using var output = System.Console.OpenStandardOutput();
            ParallelLines.Run(input, output, () => converter(tokenizer, parsed), cancellation);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
