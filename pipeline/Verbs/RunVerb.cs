using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl run RECIPE</c>: the graph without Cake.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var target = new Option<string?>("--target") { Description = "Stop at this task, for example Pretrain-baseline-s1. Default: Report." };
        var dryRun = new DryRun();
        return GraphOptions.Verb("run", "Run a recipe: whatever is not there yet, to the report.", [target, .. dryRun.Options], async call =>
        {
            if (dryRun.IsAsked(call.Arguments))
                return dryRun.Print(call.Arguments, call.Recipe, call.Recipe.Arms);
            var node = call.Arguments.GetValue(target) is { } name ? call.Graph[name] : call.Graph.Report;
            var session = GraphSession.Open(call.Recipe, call.Graph, EdlCommand(), Environment.ProcessorCount, (task, line) => System.Console.WriteLine($"{task}: {line}"), call.Cancellation);
            var plan = session.Graph.Closure([node]);
            var missing = plan.Count(n => !n.IsDone);
            System.Console.WriteLine(missing == 0 ? $"{plan.Count} tasks, all up to date." : $"{plan.Count} tasks, {missing} to run.");
            await session.Scheduler(plan).RunAllAsync();
            session.PublishReport();
            if (node == call.Graph.Report)
                System.Console.WriteLine($"Report: {Path.Combine(Workspace.Current.ReportFolder(call.Recipe.Name), "report.md")}");
            return ExitCodes.Done;
        });
    }

    /// <summary>The command that starts this program again.</summary>
    internal static IReadOnlyList<string> EdlCommand() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "edl.dll")]
        : [Environment.ProcessPath!];
}
