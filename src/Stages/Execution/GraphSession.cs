using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Stages.Execution;

/// <summary>One run over a graph: writes the resolved recipe where the stages read it, schedules, and puts the report where people look.</summary>
public sealed class GraphSession
{
    private readonly IStageExecutor _executor;
    private readonly int _cores;
    private readonly Workspace _workspace;
    private readonly Recipe _recipe;
    private readonly Action<string, string> _output;
    private readonly CancellationToken _cancellation;

    private GraphSession(
        Recipe recipe, PipelineGraph graph, Workspace workspace, IStageExecutor executor, int cores, Action<string, string> output, CancellationToken cancellation) =>
        (_recipe, Graph, _workspace, _executor, _cores, _output, _cancellation) = (recipe, graph, workspace, executor, cores, output, cancellation);

    /// <summary>The graph.</summary>
    public PipelineGraph Graph { get; }

    /// <summary>Opens a session.</summary>
    /// <param name="recipe">The resolved recipe.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="edl">The command that starts the program.</param>
    /// <param name="cores">Cores to keep busy.</param>
    /// <param name="output">Takes a task's name and a line that it printed.</param>
    /// <param name="cancellation">Ends what runs.</param>
    public static GraphSession Open(Recipe recipe, PipelineGraph graph, IReadOnlyList<string> edl, int cores, Action<string, string> output, CancellationToken cancellation)
    {
        var workspace = Workspace.Current;
        var file = workspace.RecipeFile(recipe.Hash);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file))
            DurableFile.WriteAllText(file, recipe.ToJson());
        return new GraphSession(recipe, graph, workspace, new ProcessExecutor(edl, file, output), cores, output, cancellation);
    }

    /// <summary>A scheduler for exactly these nodes, inputs before their readers (<see cref="PipelineGraph.Closure"/>).</summary>
    public Scheduler Scheduler(IReadOnlyList<StageNode> plan) =>
        new(plan, new TimedExecutor(_executor, new GraphClock(plan, _cores, TimeProvider.System), _output), _cores, _cancellation);

    /// <summary>Copies the finished report to <c>reports/RECIPE</c>; nothing where it is there already or not made.</summary>
    public void PublishReport()
    {
        var (source, target) = (Graph.Report.Folder, _workspace.ReportFolder(_recipe.Name));
        if (!Graph.Report.IsDone || (File.Exists(Path.Combine(target, Manifest.FileName)) && Manifest.Read(target).Key == Graph.Report.Key))
            return;
        var folder = AtomicFolder.Begin(target);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            File.Copy(file, folder.PathOf(Path.GetRelativePath(source, file)));
        folder.Commit();
    }
}
