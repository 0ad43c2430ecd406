namespace ExpertDivergence.Build.Tasks;

/// <summary>Without a target: what there is.</summary>
[TaskDescription("Say what can be asked for")]
public sealed class Default : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        foreach (var line in (string[])
        [
            "dotnet cake --target=Reproduce    a recipe from corpus to report (--recipe=NAME|FILE.yaml, default smoke)",
            "dotnet cake --target=Test         every test, and the recipe spark through the whole graph",
            "dotnet cake --target=Torture      runs of every arm killed at random times (--arm=NAME, --kills=N)",
            "dotnet cake --target=Doctor       what the machine has and lacks",
            "dotnet cake --target=Setup        bring what is missing, where that may be done",
            "",
            "--set a.b.c=value overrides one key of the recipe; --corpus=DIR and --benchmarks=DIR name data.",
            "--dryrun prints what would run, --tree the graph, --description every target.",
        ])
            context.Say(line);
    }
}
