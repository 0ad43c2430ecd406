using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl launch -n N -- VERB …</c>: several ranks of a verb on this machine.</summary>
internal static class LaunchVerb
{
    public static Command Create()
    {
        var ranks = new Option<int>("--ranks", "-n") { Description = "How many ranks.", Required = true };
        var port = new Option<int>("--port") { Description = "Where they meet on this machine; 0: a port that is free.", DefaultValueFactory = _ => 0 };
        var verb = new Argument<string[]>("verb") { Description = "After --, the verb and its arguments, for example: -- pretrain --recipe spark …", Arity = ArgumentArity.OneOrMore };
        var command = new Command("launch", "Start several ranks of a verb on this machine; end all when one fails.") { ranks, port, verb };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (count, words) = (parsed.GetValue(ranks), parsed.GetValue(verb)!);
            if (count < 1)
                throw new OptionException("-n", $"{count} ranks cannot be", "Give 1 or more.");
            if (parsed.GetValue(port) is var given && given is < 0 or > ushort.MaxValue)
                throw new OptionException("--port", $"{given} is no port", "Give a number up to 65535, or leave it out.");
            if (words[0] != "pretrain")
                throw new UsageException($"'{words[0]}' does not run with several ranks", "Launch pretrain: edl launch -n 2 -- pretrain …");
            if (count > 1 && RankStore.Missing is { } missing)
                throw new PrerequisiteException($"this build cannot train with several ranks: {missing}", "Install libgloo-dev beside libtorch-dev and build again.");
            var processes = new RankProcesses(RunVerb.EdlCommand(), words, count, Print) { Port = parsed.GetValue(port) };
            var code = await processes.RunAsync(cancellation);
            cancellation.ThrowIfCancellationRequested();
            return code;
        });
        return command;
    }

    private static void Print(int rank, string line, bool error) =>
        (error ? System.Console.Error : System.Console.Out).WriteLine(string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] {line}"));
}
