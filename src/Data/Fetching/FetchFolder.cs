using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Where a fetch writes: the finished folder, the partial one beside it, and what of the wanted files is in either.</summary>
internal sealed class FetchFolder : IDisposable
{
    /// <summary>The folder, inside the partial one, of the plan and the unfinished files.</summary>
    public const string StateName = ".edl-fetch";

    private readonly Dictionary<string, RemoteFile> _recorded;
    private FolderLock? _lock;

    public FetchFolder(string folder)
    {
        Target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Record = FetchRecord.Read(Path.Combine(Target, FetchRecord.FileName));
        RefuseForeign();
        Partial = Target + ".partial";
        _recorded = (Record?.Files ?? []).ToDictionary(f => f.Path, StringComparer.Ordinal);
        Plan = FetchRecord.Read(PlanPath);
    }

    public string Target { get; }

    public string Partial { get; }

    public string State => Path.Combine(Partial, StateName);

    /// <summary>What the finished folder says of itself; null where there is none.</summary>
    public FetchRecord? Record { get; }

    /// <summary>What an unfinished fetch was to bring; null where there is none.</summary>
    public FetchRecord? Plan { get; }

    private string PlanPath => Path.Combine(State, "plan.json");

    public void Dispose() => _lock?.Dispose();

    /// <summary>Where an intact copy of the file lies, with its SHA-256; null where there is none.</summary>
    public async Task<(string Path, RemoteFile File)?> FindAsync(RemoteFile file, CancellationToken cancellation)
    {
        // Where a listing lacks the SHA-256 of a large file, the record has it.
        var wanted = _recorded.TryGetValue(file.Path, out var recorded) && recorded.IsSameAs(file) ? recorded : file;
        foreach (var folder in new[] { Partial, Target })
        {
            var path = Path.Combine(folder, file.Path);
            if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes)
                continue;
            var digest = await FileDigest.OfAsync(path, cancellation);
            if (digest.Matches(wanted))
                return (path, file with { Sha256 = digest.Sha256 });
        }

        return null;
    }

    /// <summary>Opens the partial folder, for this run alone, clears it of what the plan does not want, and writes the plan down.</summary>
    public void Begin(FetchRecord plan)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        _lock = FolderLock.TryTake(Target)
            ?? throw new EdlException($"another fetch writes to {Target}", "Wait for it to end, or give another folder with --out.");
        AtomicFolder.Begin(Target, keepPartial: true);
        Prune(plan);
        Directory.CreateDirectory(State);
        DurableFile.WriteAllText(PlanPath, plan.ToJson());
    }

    /// <summary>Puts the folder in place: the record's files and the record, nothing else.</summary>
    public void Commit(FetchRecord record)
    {
        var folder = AtomicFolder.Begin(Target, keepPartial: true);
        Directory.Delete(State, recursive: true);
        DurableFile.WriteAllText(folder.PathOf(FetchRecord.FileName), record.ToJson());
        folder.Commit();
    }

    // An earlier plan may have left files of another commit, also where this one has a folder.
    private void Prune(FetchRecord plan)
    {
        var wanted = plan.Files.Select(f => Path.Combine(Partial, f.Path)).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(Partial, "*", SearchOption.AllDirectories))
        {
            if (!wanted.Contains(file) && !file.StartsWith(State + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                File.Delete(file);
        }

        foreach (var empty in Directory.GetDirectories(Partial, "*", SearchOption.AllDirectories).OrderByDescending(d => d.Length))
        {
            if (!Directory.EnumerateFileSystemEntries(empty).Any())
                Directory.Delete(empty);
        }
    }

    // A folder that somebody filled otherwise is never replaced.
    private void RefuseForeign()
    {
        if (!Directory.Exists(Target))
            return;
        var known = (Record?.Files ?? []).Select(f => Path.Combine(Target, f.Path)).Append(Path.Combine(Target, FetchRecord.FileName)).ToHashSet(StringComparer.Ordinal);
        if (Directory.EnumerateFiles(Target, "*", SearchOption.AllDirectories).FirstOrDefault(f => !known.Contains(f)) is { } foreign)
            throw new EdlException($"{Target} holds {Path.GetRelativePath(Target, foreign)}, which no fetch wrote", "Give another folder with --out, or move that file away.");
    }
}
