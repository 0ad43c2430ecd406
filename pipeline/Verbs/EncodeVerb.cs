using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl encode</c> and <c>edl decode</c>: JSONL on standard input to JSONL on standard output.</summary>
internal static class EncodeVerb
{
    public static Command Encode()
    {
        var special = new Option<string>("--special") { Description = "What special tokens written in the text are: text or encode.", DefaultValueFactory = _ => "text" };
        special.AcceptOnlyFromAmong("text", "encode");
        return Verb("encode", "Read {\"text\"} lines, write {\"ids\"} lines.", [special], (tokenizer, line, parsed) =>
        {
            var text = (line["text"] as JsonValue)?.GetValue<string>() ?? throw new FormatException("the line has no \"text\"");
            return new JsonObject { ["ids"] = new JsonArray(tokenizer.EncodeToIds(text, parsed.GetValue(special) == "encode").Select(i => (JsonNode)i).ToArray()) };
        });
    }

    public static Command Decode() => Verb("decode", "Read {\"ids\"} lines, write {\"text\"} lines.", [], (tokenizer, line, _) =>
    {
        var ids = (line["ids"] as JsonArray)?.Select(n => n!.GetValue<int>()).ToArray() ?? throw new FormatException("the line has no \"ids\"");
        if (ids.FirstOrDefault(i => i < 0 || i >= tokenizer.VocabularySize, -1) is >= 0 and var bad || (bad = ids.FirstOrDefault(i => i < 0)) < 0)
            throw new FormatException($"there is no token {bad}");
        return new JsonObject { ["text"] = tokenizer.Decode(ids) };
    });

    private static Command Verb(string name, string description, IEnumerable<Option> own, Func<BpeTokenizer, JsonObject, ParseResult, JsonObject> convert)
    {
        var file = new Option<string>("--tokenizer") { Description = "A tokenizer.json.", Required = true };
        var command = new Command(name, description) { file };
        foreach (var option in own)
            command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var tokenizer = TokenizerJson.Read(parsed.GetValue(file)!);
            using var output = new StreamWriter(System.Console.OpenStandardOutput(), new System.Text.UTF8Encoding(false)) { NewLine = "\n" };
            using var input = new StreamReader(System.Console.OpenStandardInput(), new System.Text.UTF8Encoding(false));
            for (var number = 1; input.ReadLine() is { } line; number++)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    output.WriteLine(convert(tokenizer, JsonNode.Parse(line) as JsonObject ?? throw new FormatException("the line is no JSON object"), parsed).ToJsonString(JsonFormat.Compact));
                }
                catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
                {
                    throw new InputException("standard input", number, e.Message, "Correct the line.", e);
                }
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
