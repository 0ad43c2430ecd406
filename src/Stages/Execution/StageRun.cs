using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Stages.Execution;

/// <summary>The frame in which every stage's verb writes its folder: aside, manifest last, synced, renamed.</summary>
public sealed class StageRun
{
    // Who was killed with its starter still saves its state.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly FolderLock _lock;
    private readonly AtomicFolder _folder;
    private readonly string _stage;
    private readonly JsonObject _parameters;
    private readonly string _toolchain;
    private readonly List<ManifestInput> _inputs = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _started = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private StageRun(FolderLock held, AtomicFolder folder, string stage, JsonObject parameters, string toolchain) =>
        (_lock, _folder, _stage, _parameters, _toolchain) = (held, folder, stage, parameters, toolchain);

    /// <summary>Where the stage writes until it is finished.</summary>
    public string Folder => _folder.Partial;

    /// <summary>Begins a stage.</summary>
    /// <param name="stage">The kind.</param>
    /// <param name="target">The folder to make.</param>
    /// <param name="parameters">What the key covers (<see cref="StageKey.Parameters"/>).</param>
    /// <param name="toolchain">The toolchain's text.</param>
    /// <param name="resumes">Whether the stage takes up what an interrupted run left.</param>
    /// <exception cref="EdlException">Another process is writing the folder, and goes on doing so.</exception>
    public static StageRun Begin(string stage, string target, JsonObject parameters, string toolchain, bool resumes = false)
    {
        if (File.Exists(target))
            throw new UsageException($"{target} is a file", "Give --out a folder's path.");
        var held = FolderLock.Take(target, s_patience);
        return new StageRun(held, AtomicFolder.Begin(target, resumes), stage, parameters, toolchain);
    }

    /// <summary>Notes a stage folder that this one reads; it must be whole.</summary>
    /// <param name="role">What it is to this stage.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="verify">Whether its files are held against their hashes: for formats in which a flipped bit reads as another value.</param>
    /// <exception cref="InputException">It has no manifest, or a file is not as the manifest says.</exception>
    public StageRun Reads(string role, string folder, bool verify = false)
    {
        var manifest = Manifest.Read(folder);
        if (verify && manifest.Differences(folder) is [var first, ..])
            throw new InputException(folder, null, $"{first}.", $"Delete the folder and run the stage {manifest.Stage} again.");
        _inputs.Add(new ManifestInput(role, manifest.Key));
        return this;
    }

    /// <summary>Notes external files that this stage reads, by their hash.</summary>
    public StageRun ReadsExternal(string role, string hash)
    {
        _inputs.Add(new ManifestInput(role, hash));
        return this;
    }

    /// <summary>Finishes: writes the manifest, syncs, renames.</summary>
    /// <param name="key">The key that the graph expects; null: computed from parameters and inputs.</param>
    public void Commit(string? key = null)
    {
        key ??= StageKey.Compute(_stage, _parameters, _inputs.Select(i => KeyValuePair.Create(i.Role, i.Sha256)), StageKey.UsesTorch(_stage) ? _toolchain : null);
        var timing = new JsonObject { ["started"] = _started, ["seconds"] = Math.Round(_clock.Elapsed.TotalSeconds, 3) };
        new Manifest(Manifest.CurrentSchema, _stage, StageCatalog.Kinds[_stage].Version, key, _inputs, _parameters, _toolchain, Manifest.Describe(Folder), timing).Write(Folder);
        _folder.Commit();
        _lock.Dispose();
    }
}
