using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>How ranks begin alike: from the same request, and from the state that rank 0 chose.</summary>
internal static class RankResume
{
    private const string Nothing = "-";

    /// <summary>Holds this rank's run against that of rank 0.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="fingerprint">Everything that this rank's numbers depend on.</param>
    /// <exception cref="ProcessGroupException">They differ.</exception>
    public static void RequireSame(this IRankGroup ranks, string fingerprint)
    {
        if (ranks.FromFirst("reading the packed set", () => fingerprint) == fingerprint)
            return;
        throw new ProcessGroupException(ranks.Rank, ranks.World, "the run differs from that of rank 0 in recipe, packed set, program, libtorch or processor",
            "Start every rank with the same command on machines of the same kind, over the same files.");
    }

    /// <summary>The newest usable state of the run: chosen by rank 0 alone, which deletes damaged ones, and read by all.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="checkpoints">The states.</param>
    /// <param name="folder">The run's output folder, which every rank must see.</param>
    public static FoundState? FindNewest(this IRankGroup ranks, TrainerCheckpoints checkpoints, string folder)
    {
        FoundState? found = null;
        var chosen = ranks.FromFirst("looking for a state to resume from", () =>
        {
            found = checkpoints.FindNewest();
            return found is null ? Nothing : $"{Path.GetRelativePath(folder, found.Folder)}\n{Path.GetRelativePath(folder, found.ModelFolder)}";
        });
        if (ranks.Rank == 0 || chosen == Nothing)
            return found;
        var paths = Array.ConvertAll(chosen.Split('\n'), relative => Path.GetFullPath(Path.Combine(folder, relative)));
        return new FoundState(paths[0], paths[1], TrainerFolder.Read(paths[0]));
    }

    /// <summary>Runs a rank's work; where it fails the others are told why.</summary>
    public static T Together<T>(this IRankGroup ranks, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is not ProcessGroupException and not OperationCanceledException)
        {
            ranks.Fail(e.Message.Split('\n')[0]);
            throw;
        }
    }
}
