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
    /// <param name="beside">Names of finished files in the folder around it that belong to it.</param>
    public static void Write(string path, TrainerState state, Action<string> writeFiles, params IEnumerable<string> beside)
    {
        var folder = AtomicFolder.Begin(path);
        writeFiles(folder.Partial);
        var json = JsonSerializer.Serialize(state with
        {
            Files = Hashes(folder.Partial, Directory.EnumerateFiles(folder.Partial).Select(f => Path.GetFileName(f))),
            Beside = Hashes(Path.GetDirectoryName(folder.Target)!, beside),
        }, JsonFormat.Indented);
        DurableFile.WriteAllText(folder.PathOf(StateFile), json + "\n");
        folder.Commit();
    }

    /// <summary>Reads the state and checks every file against its hash.</summary>
    /// <exception cref="InputException">A file is missing, cut short or changed.</exception>
    public static TrainerState Read(string path)
    {
        var file = Path.Combine(path, StateFile);
        try
        {
            var state = JsonSerializer.Deserialize<TrainerState>(File.ReadAllText(file), JsonFormat.Indented)
                ?? throw Damaged(file, "is empty");
            if (state.Schema != TrainerState.CurrentSchema)
                throw Damaged(file, $"has the layout {state.Schema}, this program reads {TrainerState.CurrentSchema}");
            if (state.Files is null || state.Beside is null)
                throw Damaged(file, "names no files");
            Check(path, state.Files);
            Check(Path.GetDirectoryName(Path.GetFullPath(path))!, state.Beside);
            return state;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Damaged(file, "cannot be used: " + e.Message, e);
        }
    }

    private static void Check(string folder, SortedDictionary<string, string> hashes)
    {
        foreach (var (name, hash) in hashes)
        {
            var file = Path.Combine(folder, name);
            if (Path.GetFileName(name) != name || Hashing.OfFile(file) != hash)
                throw Damaged(file, "is not the file that was written");
        }
    }

    private static SortedDictionary<string, string> Hashes(string folder, IEnumerable<string> names) =>
        new(names.ToDictionary(name => name, name => Hashing.OfFile(Path.Combine(folder, name))), StringComparer.Ordinal);

    private static InputException Damaged(string file, string message, Exception? inner = null) =>
        new(file, null, message, "Delete the folder that it lies in and run again.", inner);
}
