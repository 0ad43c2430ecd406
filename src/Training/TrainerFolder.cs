using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>A folder that a run can be resumed from: files, and a <c>state.json</c> that names their hashes and is written last.</summary>
public static class TrainerFolder
{
    /// <summary>The file that describes the others.</summary>
    public const string StateFile = "state.json";

    /// <summary>Writes the folder aside, syncs it and puts it in place: it exists whole or not at all.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="state">What it holds; the hashes are filled in here.</param>
    /// <param name="writeFiles">Writes the other files into the folder that it is given.</param>
    public static void Write(string path, TrainerState state, Action<string> writeFiles)
    {
        var folder = AtomicFolder.Begin(path);
        writeFiles(folder.Partial);
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder.Partial))
            hashes.Add(Path.GetFileName(file), Hashing.OfFile(file));
        var json = JsonSerializer.Serialize(state with { Files = hashes }, JsonFormat.Indented);
        DurableFile.WriteAllText(folder.PathOf(StateFile), json + "\n");
        folder.Commit();
    }

    /// <summary>Reads the state and checks every file against its hash.</summary>
    /// <exception cref="InputException">A file is missing, cut short or changed.</exception>
    public static TrainerState Read(string path)
    {
        var file = Path.Combine(path, StateFile);
        TrainerState state;
        try
        {
            state = JsonSerializer.Deserialize<TrainerState>(File.ReadAllText(file), JsonFormat.Indented)
                ?? throw Damaged(file, "is empty");
            foreach (var (name, hash) in state.Files)
            {
                if (Hashing.OfFile(Path.Combine(path, name)) != hash)
                    throw Damaged(Path.Combine(path, name), "is not the file that was written");
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(file, "cannot be used: " + e.Message, e);
        }

        return state.Schema == TrainerState.CurrentSchema
            ? state
            : throw Damaged(file, $"has the layout {state.Schema}, this program reads {TrainerState.CurrentSchema}");
    }

    private static InputException Damaged(string file, string message, Exception? inner = null) =>
        new(file, null, message, "Delete the folder that it lies in and run again.", inner);
}
