using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>A state to resume from.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="ModelFolder">Where its weights and metrics lie.</param>
/// <param name="State">What it says of itself.</param>
public sealed record FoundState(string Folder, string ModelFolder, TrainerState State);

/// <summary>The states in between, <c>trainer-step-N/</c>, of which the last ones are kept, so that a damaged one leaves another; and the
/// milestones, <c>checkpoints/step-N/</c>, which stay.</summary>
/// <param name="folder">Where they lie: the run's output folder while it is partial.</param>
/// <param name="fingerprint">The run's <see cref="TrainerState.Fingerprint"/>; states of other runs are never used.</param>
/// <param name="progress">Told of states that cannot be used.</param>
public sealed class TrainerCheckpoints(string folder, string fingerprint, IProgressListener progress)
{
    /// <summary>The folder of a finished run's state.</summary>
    public const string FinishedFolder = "trainer";

    /// <summary>The folder of the milestones.</summary>
    public const string MilestonesFolder = "checkpoints";

    private const string Prefix = "trainer-step-";
    private const string MilestonePrefix = "step-";

    /// <summary>How many states are kept, at least 1.</summary>
    public int Kept { get; init; } = 2;

    /// <summary>A file that every milestone gets a copy of, or null.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Writes the state of a step and lets go of those older than the last ones.</summary>
    public void Write(TrainerState state, Action<string> writeFiles)
    {
        TrainerFolder.Write(Path.Combine(folder, Prefix + Text(state.Step)), state, writeFiles);
        foreach (var (_, path) in Steps(folder, Prefix).Skip(Kept))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>Writes a model that stays in the result: a folder as of a finished run, without the state to resume from.</summary>
    public void WriteMilestone(int step, Action<string> writeModel)
    {
        var milestone = AtomicFolder.Begin(Path.Combine(folder, MilestonesFolder, MilestonePrefix + Text(step)));
        writeModel(milestone.Partial);
        if (Tokenizer is { } file)
            File.Copy(file, milestone.PathOf(Path.GetFileName(file)), overwrite: true);
        milestone.Commit();
    }

    /// <summary>The newest usable state of this run; null where there is none. Those that cannot be used, damaged or of a run with other
    /// parameters, are noted and deleted, so that they never stand in the way of newer ones. Milestones that are to come are deleted too.</summary>
    public FoundState? FindNewest()
    {
        var found = Candidates().FirstOrDefault();
        var milestones = Path.Combine(folder, MilestonesFolder);
        if (Directory.Exists(milestones))
        {
            foreach (var (_, path) in Steps(milestones, MilestonePrefix).TakeWhile(m => found is null || m.Step > found.State.Step))
                Directory.Delete(path, recursive: true);
        }

        return found;
    }

    /// <summary>Deletes every state in between, and what interrupted writes left.</summary>
    public void RemoveAll()
    {
        string[] left = ["*.partial", "*.old"];
        foreach (var path in left.SelectMany(pattern => Directory.GetDirectories(folder, pattern, SearchOption.AllDirectories))
            .Concat(Directory.GetDirectories(folder, Prefix + "*")).Where(Directory.Exists))
            Directory.Delete(path, recursive: true);
    }

    // A run that is killed when its training is over, before its folder is in place, has its state where a finished one has it.
    private IEnumerable<FoundState> Candidates()
    {
        var finished = Path.Combine(folder, FinishedFolder);
        string[] paths = [.. Directory.Exists(finished) ? [finished] : Array.Empty<string>(), .. Steps(folder, Prefix).Select(s => s.Path)];
        foreach (var path in paths)
        {
            if (Usable(path) is { } state)
                yield return new FoundState(path, path == finished ? folder : path, state);
            else
                Directory.Delete(path, recursive: true);
        }
    }

    private TrainerState? Usable(string path)
    {
        try
        {
            var state = TrainerFolder.Read(path);
            if (state.Fingerprint == fingerprint)
                return state;
            progress.Note($"{path} belongs to a run with other parameters; it is deleted.");
        }
        catch (InputException e)
        {
            progress.Note($"{e.Message}; {path} is deleted and the state before it is used.");
        }

        return null;
    }

    private static IEnumerable<(int Step, string Path)> Steps(string parent, string prefix) => Directory.EnumerateDirectories(parent, prefix + "*")
        .Select(path => (Valid: int.TryParse(Path.GetFileName(path)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step), step, path))
        .Where(found => found.Valid)
        .OrderByDescending(found => found.step)
        .Select(found => (found.step, found.path))
        .ToArray();

    private static string Text(int step) => step.ToString(CultureInfo.InvariantCulture);
}
