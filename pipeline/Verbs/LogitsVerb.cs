using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl logits</c>: a checkpoint's scores of every next token, for another program to compare its own with (eng/check-transformers.py).</summary>
internal static class LogitsVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "A checkpoint: a folder with config.json and model.safetensors (or its shards).", Required = true };
        var ids = new Option<string>("--ids") { Description = "Token ids, separated by commas.", Required = true };
        var output = new Option<string>("--out") { Description = "The safetensors file to write: ids [L], logits [L, V] before each next token.", Required = true };
        var command = new Command("logits", "Write a checkpoint's scores of every next token.") { model, ids, output };
        command.SetAction(parsed =>
        {
            var (folder, tokens, path) = (parsed.GetValue(model)!, Ids(parsed.GetValue(ids)!), parsed.GetValue(output)!);
            using var thread = new TorchThread("logits");
            thread.Run(() => Write(folder, tokens, path));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(string folder, long[] tokens, string path)
    {
        torch.set_num_threads(1); // the last digits do not depend on the number of cores
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = Checkpoint.Load(folder);
        if (tokens.Max() is var largest && largest >= model.Options.VocabSize)
            throw new UsageException($"--ids: the model has no token {largest}", $"Give ids from 0 to {model.Options.VocabSize - 1}.");
        if (tokens.Length > model.Options.MaxPositions)
            throw new UsageException($"--ids: {tokens.Length} tokens are more than the model's {model.Options.MaxPositions} positions", "Give fewer.");
        var logits = model.Forward(torch.tensor(tokens, [1, tokens.Length])).Logits;
        SafetensorsWriter.Write(path, [SafetensorsTensors.Item("ids", torch.tensor(tokens, [tokens.Length])), SafetensorsTensors.Item("logits", logits)]);
    }

    private static long[] Ids(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return [.. parts.Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new UsageException($"--ids: '{part}' is no token id", "Write for example --ids 1,2,3."))];
    }
}
