using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>Runs that end in the middle, as a killed process does: nothing is written on the way out.</summary>
internal sealed class KilledRun : IProgressListener
{
    private readonly int _at;

    private KilledRun(int at) => _at = at;

    public List<long> Steps { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>Runs until a step is done, whose state is not yet written.</summary>
    public static KilledRun Until(PretrainRequest request, int step)
    {
        var run = new KilledRun(step);
        Should.Throw<Killed>(() => PretrainStage.Run(request, run, CancellationToken.None));
        return run;
    }

    /// <summary>Runs to the end.</summary>
    public static KilledRun ToEnd(PretrainRequest request)
    {
        var run = new KilledRun(int.MaxValue);
        PretrainStage.Run(request, run, TestContext.Current.CancellationToken);
        return run;
    }

    /// <summary>The hash of every file of a result but times, by path.</summary>
    public static SortedDictionary<string, string> Hashes(PretrainRequest request) => new(
        Stages.Execution.Manifest.Describe(request.OutputFolder).ToDictionary(f => f.Path, f => f.Sha256), StringComparer.Ordinal);

    public void Report(ProgressUpdate update)
    {
        Steps.Add(update.Done);
        if (update.Done == _at)
            throw new Killed();
    }

    public void Note(string message) => Notes.Add(message);

    private sealed class Killed : Exception;
}
