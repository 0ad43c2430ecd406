using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Pipeline.Verbs;
using ExpertDivergence.Stages.Execution;

namespace ExpertDivergence.Pipeline;

/// <summary>The program <c>edl</c>: one verb a file in <c>Verbs/</c>.</summary>
public static class Program
{
    /// <summary>Runs a verb.</summary>
    /// <returns>0 done, 1 refused or failed, 2 wrong usage, 130 interrupted (<see cref="ExitCodes"/>).</returns>
    public static async Task<int> Main(string[] args)
    {
        System.Console.OutputEncoding = System.Text.Encoding.UTF8;
        using var interruption = new Interruption();
        if (Environment.GetEnvironmentVariable(RankProcesses.LaunchedVariable) == "1")
            interruption.When(System.Console.OpenStandardInput());
        try
        {
            var result = Root().Parse(args);
            if (result.Errors.Count > 0)
                return WrongUsage(result);
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (Exception e) when (Failure.Of(e, interruption.Token) is { } failure)
        {
            System.Console.Error.WriteLine(failure.Text);
            return failure.ExitCode;
        }
    }

    /// <summary>The command tree.</summary>
    public static RootCommand Root() => new("Does pushing Mixture-of-Experts experts apart make the language model better, and is that real?")
    {
        DoctorVerb.Create(),
        RunVerb.Create(),
        ExplainVerb.Create(),
        GraphVerb.Create(),
        StatusVerb.Create(),
        VerifyVerb.Create(),
        GarbageVerb.Create(),
        RecipeVerb.Create(),
        FetchVerb.Create(),
        MicroWorldVerb.Create(),
        LabelVerb.Create(),
        LabellerVerb.Create(),
        TokenizerVerb.Create(),
        TokenizeVerb.Create(),
        EncodeVerb.Encode(),
        EncodeVerb.Decode(),
        PackVerb.Create(),
        InspectVerb.Create(),
        PretrainVerb.Create(),
        LaunchVerb.Create(),
        GenerateVerb.Create(),
        LogitsVerb.Create(),
        EvaluateVerb.Create(),
        AnalyzeVerb.Create(),
        ReportVerb.Create(),
        BenchVerb.Create(),
    };

    private static int WrongUsage(ParseResult result)
    {
        foreach (var error in result.Errors.DistinctBy(e => e.Message))
            System.Console.Error.WriteLine($"edl: {error.Message}");
        var verbs = result.RootCommandResult.Command.Subcommands.Select(c => c.Name).ToArray();
        var command = result.CommandResult.Command;
        var names = command is RootCommand ? verbs : [.. command.Options.Select(o => o.Name)];
        foreach (var token in result.UnmatchedTokens.Take(1))
            System.Console.Error.WriteLine($"     {NearestName.Hint(token.Split('=')[0], names)}");
        System.Console.Error.WriteLine($"     See: edl {(command is RootCommand ? "" : command.Name + " ")}--help");
        return ExitCodes.Usage;
    }
}
