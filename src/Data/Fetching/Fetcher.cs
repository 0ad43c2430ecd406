using System.Collections.Concurrent;
using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>What a fetch did.</summary>
/// <param name="Record">The folder's record.</param>
/// <param name="Downloaded">Files that came over the network.</param>
/// <param name="Kept">Files that were there already.</param>
/// <param name="DownloadedBytes">Bytes that came over the network, repeated ones included.</param>
public sealed record FetchResult(FetchRecord Record, int Downloaded, int Kept, long DownloadedBytes);

/// <summary>Brings files of a repository on the Hugging Face hub into a folder that is there whole, checked and recorded, or not at all.</summary>
/// <remarks>The revision is resolved to a commit once, and every file is of that commit. What an interrupted run brought is kept beside the folder.</remarks>
public sealed class Fetcher
{
    private readonly FetchOptions _options;
    private readonly IProgressListener _progress;
    private readonly TimeProvider _time;

    /// <summary>Prepares a fetch.</summary>
    /// <param name="options">What, and how.</param>
    /// <param name="progress">Told bytes, rate and retries.</param>
    /// <param name="time">The clock of the waits between tries; the system's where null.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public Fetcher(FetchOptions options, IProgressListener? progress = null, TimeProvider? time = null)
    {
        options.Validate();
        (_options, _progress, _time) = (options, progress ?? SilentProgress.Instance, time ?? TimeProvider.System);
    }

    /// <summary>The commit and the selected files, without downloading any.</summary>
    /// <exception cref="FetchException">The hub cannot be asked or answers badly.</exception>
    public async Task<FetchRecord> ListAsync(CancellationToken cancellation = default)
    {
        if (_options.Offline)
            throw new FetchException(FetchFailure.Offline, _options.Repository, "the hub cannot be asked offline", "Unset HF_HUB_OFFLINE and leave --offline away.");
        using var client = new HubClient(_options);
        return await ListAsync(client, new PoliteRetry(_options, _time, _progress), cancellation);
    }

    /// <summary>Fetches what is missing in the folder.</summary>
    /// <param name="folder">The folder; it exists afterwards with every file and <c>fetch.json</c>.</param>
    /// <param name="cancellation">Interrupts; the next run goes on from there.</param>
    /// <exception cref="FetchException">A file could not be had.</exception>
    /// <exception cref="EdlException">The folder holds other things, or another fetch writes to it.</exception>
    public async Task<FetchResult> RunAsync(string folder, CancellationToken cancellation = default)
    {
        using var place = new FetchFolder(folder);
        if (!_options.Offline && place.Record is { } other && (other.Repository != _options.Repository || other.Kind != _options.Kind))
            throw new EdlException($"{place.Target} holds {other.Repository}", "Give another folder with --out, or delete this one.");
        using var client = new HubClient(_options);
        var retry = new PoliteRetry(_options, _time, _progress);
        var plan = _options.Offline ? Remembered(place) : await ListAsync(client, retry, cancellation);
        var present = await PresentAsync(plan, place, cancellation);
        var missing = plan.Files.Where(f => !present.ContainsKey(f.Path)).ToArray();
        if (_options.Offline && missing.Length > 0)
            throw Missing(plan, missing);
        if (missing.Length == 0 && IsFinished(plan, place, present))
            return new FetchResult(place.Record!, 0, plan.Files.Count, 0);

        place.Begin(plan);
        CheckSpace(place, missing, present);
        foreach (var (path, file) in present.Values.Where(p => !p.Path.StartsWith(place.Partial + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            Copy(path, Path.Combine(place.Partial, file.Path));
        var (fetched, bytes) = await DownloadAsync(client, retry, plan, missing, place, cancellation);
        var record = FetchRecord.Of(_options, plan.Commit, [.. present.Values.Select(p => p.File), .. fetched]) with { Revision = plan.Revision };
        place.Commit(record);
        return new FetchResult(record, missing.Length, present.Count, bytes);
    }

    private async Task<FetchRecord> ListAsync(HubClient client, PoliteRetry retry, CancellationToken cancellation)
    {
        var hub = new HubAddress(_options);
        var listing = new RepositoryListing(client, hub, new HubStatus(_options, hub, _time), retry);
        var commit = await listing.CommitAsync(cancellation);
        var all = await listing.FilesAsync(commit, cancellation);
        var patterns = new FilePatterns(_options.Include, _options.Exclude);
        var files = all.Where(f => patterns.Selects(f.Path)).ToArray();
        if (files.Length == 0)
            throw new FetchException(FetchFailure.NotFound, _options.Repository, $"none of its {all.Count} files is selected", all.Count == 0
                ? "Check --revision: this one is empty."
                : $"Check --include and --exclude; there is {string.Join(", ", all.Take(5).Select(f => f.Path))}{(all.Count > 5 ? ", …" : "")}.");
        ServerNames.Check(files);
        return FetchRecord.Of(_options, commit, files);
    }

    private FetchRecord Remembered(FetchFolder place) => new[] { place.Record, place.Plan }.FirstOrDefault(r => r?.Answers(_options) == true)
        ?? throw new FetchException(FetchFailure.Offline, _options.Repository, (place.Record ?? place.Plan) is { } other
                ? $"{place.Target} is of {other.Repository} at {other.Revision} ({other.Commit}) with other patterns or another revision"
                : $"nothing of it has been fetched to {place.Target}",
            "Run the same command once with a network, without --offline and HF_HUB_OFFLINE.");

    private static FetchException Missing(FetchRecord plan, RemoteFile[] missing) => new(FetchFailure.Offline, plan.Repository, string.Create(CultureInfo.InvariantCulture,
            $"{missing.Length} of {plan.Files.Count} files are missing or damaged ({missing.Sum(f => f.Bytes):N0} bytes): {string.Join(", ", missing.Take(10).Select(f => f.Path))}{(missing.Length > 10 ? ", …" : "")}"),
        "Run the same command with a network, without --offline and HF_HUB_OFFLINE; it brings those alone.");

    private async Task<ConcurrentDictionary<string, (string Path, RemoteFile File)>> PresentAsync(FetchRecord plan, FetchFolder place, CancellationToken cancellation)
    {
        var present = new ConcurrentDictionary<string, (string, RemoteFile)>(StringComparer.Ordinal);
        if (place.Record is null && place.Plan is null)
            return present;
        var meter = new TransferMeter(_progress, "Check what is there", plan.Bytes);
        await Parallel.ForEachAsync(plan.Files, new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellation }, async (file, token) =>
        {
            if (await place.FindAsync(file, token) is { } found)
                present[file.Path] = found;
            meter.Add(file.Bytes, file.Path);
        });
        return present;
    }

    // The very record, every file of it intact in the finished folder.
    private static bool IsFinished(FetchRecord plan, FetchFolder place, ConcurrentDictionary<string, (string Path, RemoteFile File)> present) =>
        place.Record is { } record && record.Commit == plan.Commit
        && record.Include.SequenceEqual(plan.Include) && record.Exclude.SequenceEqual(plan.Exclude) && record.Repository == plan.Repository && record.Kind == plan.Kind
        && present.Values.All(p => p.Path.StartsWith(place.Target + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    private async Task<(IReadOnlyCollection<RemoteFile> Files, long Bytes)> DownloadAsync(HubClient client, PoliteRetry retry, FetchRecord plan, RemoteFile[] missing, FetchFolder place, CancellationToken cancellation)
    {
        var parts = missing.ToDictionary(f => f.Path, f => new PartialFile(place.State, f), StringComparer.Ordinal);
        var meter = new TransferMeter(_progress, "Fetch", missing.Sum(f => f.Bytes - Math.Min(f.Bytes, parts[f.Path].Length)));
        var hub = new HubAddress(_options);
        var download = new FileDownload(client, hub, new HubStatus(_options, hub, _time), retry, meter, plan.Commit);
        var fetched = new ConcurrentBag<RemoteFile>();
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellation }, async (file, token) =>
            fetched.Add(await download.RunAsync(file, parts[file.Path], Path.Combine(place.Partial, file.Path), token)));
        return (fetched, meter.Done);
    }

    private static void CheckSpace(FetchFolder place, RemoteFile[] missing, ConcurrentDictionary<string, (string Path, RemoteFile File)> present)
    {
        var copied = present.Values.Where(p => !p.Path.StartsWith(place.Partial + Path.DirectorySeparatorChar, StringComparison.Ordinal)).Sum(p => p.File.Bytes);
        var needed = copied + missing.Sum(f => f.Bytes - Math.Min(f.Bytes, new PartialFile(place.State, f).Length));
        var free = new DriveInfo(place.Partial).AvailableFreeSpace;
        if (needed > free)
            throw new PrerequisiteException(string.Create(CultureInfo.InvariantCulture, $"the fetch needs {needed:N0} bytes at {place.Target} and {free:N0} are free"),
                "Free some space, give another folder with --out, or select fewer files with --include.");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }
}
