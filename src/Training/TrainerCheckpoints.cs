using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>The states in between, <c>trainer-step-N/</c>: the last two are kept, so that a damaged one leaves another.</summary>
/// <param name="folder">Where they lie: the run's output folder while it is partial.</param>
/// <param name="fingerprint">The run's <see cref="TrainerState.Fingerprint"/>; states of other runs are never used.</param>
/// <param name="progress">Told of states that cannot be used.</param>
public sealed class TrainerCheckpoints(string folder, string fingerprint, IProgressListener progress)
{
    private const string Prefix = "trainer-step-";
    private const int Kept = 2;

    /// <summary>Writes the state of a step and lets go of those older than the last two.</summary>
    public void Write(TrainerState state, Action<string> writeFiles)
    {
        TrainerFolder.Write(Path.Combine(folder, Prefix + state.Step.ToString(CultureInfo.InvariantCulture)), state, writeFiles);
        foreach (var (_, path) in NewestFirst().Skip(Kept))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>The newest usable state of this run and its folder; null where there is none. Those that cannot be used, damaged or of
    /// a run with other parameters, are noted and deleted, so that they never stand in the way of newer ones.</summary>
    public (string Path, TrainerState State)? FindNewest()
    {
        foreach (var (_, path) in NewestFirst())
        {
            try
            {
                var state = TrainerFolder.Read(path);
                if (state.Fingerprint == fingerprint)
                    return (path, state);
                progress.Note($"{path} belongs to a run with other parameters; it is deleted.");
            }
            catch (InputException e)
            {
                progress.Note($"{e.Message}; {path} is deleted and the state before it is used.");
            }

            Directory.Delete(path, recursive: true);
        }

        return null;
    }

    /// <summary>Deletes every state in between, and what an interrupted write left of one.</summary>
    public void RemoveAll()
    {
        foreach (var path in Directory.EnumerateDirectories(folder, Prefix + "*"))
            Directory.Delete(path, recursive: true);
    }

    private IEnumerable<(int Step, string Path)> NewestFirst() => Directory.EnumerateDirectories(folder, Prefix + "*")
        .Select(path => (Valid: int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step), step, path))
        .Where(found => found.Valid)
        .OrderByDescending(found => found.step)
        .Select(found => (found.step, found.path));
}
