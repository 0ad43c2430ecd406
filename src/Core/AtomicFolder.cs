namespace ExpertDivergence.Core;

/// <summary>A folder that exists whole or not at all: written as <c>PATH.partial</c>, synced, then renamed.</summary>
/// <remarks>Whatever ends the process before <see cref="Commit"/> leaves only the partial folder, which nothing takes for a result.
/// Disposing without a commit leaves the partial folder in place: a stage that can resume finds its state there.</remarks>
public sealed class AtomicFolder
{
    private AtomicFolder(string target)
    {
        Target = target;
        Partial = PartialOf(target);
    }

    /// <summary>The folder's final path.</summary>
    public string Target { get; }

    /// <summary>Where its files are written until <see cref="Commit"/>.</summary>
    public string Partial { get; }

    /// <summary>Where the files of a folder are written until it is there.</summary>
    public static string PartialOf(string target) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) + ".partial";

    /// <summary>Starts a folder.</summary>
    /// <param name="target">The final path.</param>
    /// <param name="keepPartial">Whether what an interrupted run left is kept (to resume from) or deleted.</param>
    public static AtomicFolder Begin(string target, bool keepPartial = false)
    {
        var folder = new AtomicFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)));
        if (!keepPartial && Directory.Exists(folder.Partial))
            Directory.Delete(folder.Partial, recursive: true);
        Directory.CreateDirectory(folder.Partial);
        return folder;
    }

    /// <summary>The path, inside the partial folder, of a file to be written; its parent folders exist afterwards.</summary>
    public string PathOf(string relative)
    {
        var path = Path.Combine(Partial, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Syncs every file and folder to disk and puts the folder in place, replacing an older one.</summary>
    public void Commit()
    {
        foreach (var file in Directory.EnumerateFiles(Partial, "*", SearchOption.AllDirectories))
            DurableFile.Sync(file);
        foreach (var folder in Directory.EnumerateDirectories(Partial, "*", SearchOption.AllDirectories).Append(Partial))
            DurableFile.SyncFolder(folder);
        if (Directory.Exists(Target))
        {
            var old = Target + ".old";
            if (Directory.Exists(old))
                Directory.Delete(old, recursive: true);
            Directory.Move(Target, old);
            Directory.Move(Partial, Target);
            DurableFile.SyncFolder(Path.GetDirectoryName(Target)!);
            Directory.Delete(old, recursive: true);
        }
        else
        {
            Directory.Move(Partial, Target);
        }

        DurableFile.SyncFolder(Path.GetDirectoryName(Target)!);
    }
}
