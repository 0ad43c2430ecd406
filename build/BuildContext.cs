using System.Runtime.InteropServices;
using Cake.Core;
using Cake.Core.Diagnostics;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Build;

/// <summary>What the tasks share: the recipe, its graph, the session that runs it.</summary>
public sealed class BuildContext
{
    private static readonly string[] s_withoutGraph =
        [nameof(Tasks.Default), nameof(Tasks.Doctor), nameof(Tasks.Setup), nameof(Tasks.Compile), nameof(Tasks.Test), nameof(Tasks.Fingerprint), nameof(Tasks.Clean), nameof(Tasks.Torture)];

    private readonly Lazy<Recipe> _recipe;
    private readonly CancellationTokenSource _interruption = new();
    private PosixSignalRegistration? _signal;
    private (string Toolchain, PipelineGraph Graph)? _graph;
    private Scheduler? _scheduler;
    private GraphSession? _session;

    /// <summary>Makes the context of a run of Cake.</summary>
    public BuildContext(ICakeContext cake, BuildArguments arguments)
    {
        (Cake, Arguments) = (cake, arguments);
        _recipe = new Lazy<Recipe>(() => RecipeLibrary.Resolve(arguments.Recipe, arguments.Overrides));
    }

    /// <summary>Cake.</summary>
    public ICakeContext Cake { get; }

    /// <summary>The arguments.</summary>
    public BuildArguments Arguments { get; }

    /// <summary>The root of the checkout.</summary>
    public string Root => Cake.Environment.WorkingDirectory.FullPath;

    /// <summary>The folder of the built program.</summary>
    public string ProgramFolder => Path.Combine(Root, "artifacts", "bin", "Pipeline", "release");

    /// <summary>The resolved recipe.</summary>
    public Recipe Recipe => _recipe.Value;

    /// <summary>Whether this run has to do with the recipe's graph at all: tests and set-up do without a corpus.</summary>
    public bool NeedsGraph => Arguments.Targets.Any(t => !s_withoutGraph.Contains(t, StringComparer.OrdinalIgnoreCase));

    /// <summary>The graph, keyed with the toolchain as it is now: set-up may have just brought it.</summary>
    public PipelineGraph Graph
    {
        get
        {
            var toolchain = Toolchain.Of(ProgramFolder);
            if (_graph is not { } known || known.Toolchain != toolchain)
                _graph = known = (toolchain, new PipelineGraph(Recipe, Workspace.Current, toolchain));
            return known.Graph;
        }
    }

    /// <summary>The nodes that this run of Cake may make: those asked for with all that they need, or with --exclusive those alone.</summary>
    internal IReadOnlyList<StageNode> Plan
    {
        get
        {
            var asked = Graph.Nodes.Where(n => Arguments.Targets.Contains(n.Name, StringComparer.OrdinalIgnoreCase)).ToList();
            if (Arguments.Exclusive)
                return asked;
            if (Arguments.Targets.Contains(nameof(Tasks.Reproduce), StringComparer.OrdinalIgnoreCase))
                asked.Add(Graph.Report);
            return Graph.Closure(asked);
        }
    }

    private GraphSession Session => _session ??= GraphSession.Open(Recipe, Graph, ["dotnet", Path.Combine(ProgramFolder, "edl.dll")],
        Environment.ProcessorCount, (task, line) => Cake.Log.Information("{0}: {1}", task, line), _interruption.Token);

    /// <summary>Makes a node's result; whatever else was asked for and can run meanwhile does.</summary>
    public void RunNode(string name)
    {
        _scheduler ??= Session.Scheduler(Plan);
        _signal ??= PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        try
        {
            _scheduler.RunAsync(Session.Graph[name]).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            _scheduler.Settle();
            throw new EdlException("Interrupted", "What is finished is kept; the same command goes on from there.", e);
        }
    }

    // The stages save what they can resume from; Cake waits for them.
    private void Interrupt(PosixSignalContext signal)
    {
        signal.Cancel = !_interruption.IsCancellationRequested;
        _interruption.Cancel();
    }

    /// <summary>Puts the finished report where people look and returns its path.</summary>
    public string PublishReport()
    {
        Session.PublishReport();
        return Path.GetRelativePath(Root, Path.Combine(Workspace.Current.ReportFolder(Recipe.Name), "report.md"));
    }

    /// <summary>Prints a line.</summary>
    public void Say(string line) => Cake.Log.Information("{0}", line);
}
