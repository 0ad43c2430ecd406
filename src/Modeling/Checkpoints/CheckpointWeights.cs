using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The weights of a Hugging Face folder, by name: of <c>model.safetensors</c>, or of the shards that
/// <c>model.safetensors.index.json</c> lists where there is no such file.</summary>
/// <remarks>As in transformers the single file goes before the index. Every shard is opened and its header checked; what index and shards say of
/// each other must agree before any weight is read.</remarks>
public sealed class CheckpointWeights : IDisposable
{
    private const string Remedy = "Take the index and all of its shards from the same checkpoint, or download the folder again.";

    private readonly SafetensorsReader[] _files;
    private readonly Dictionary<string, SafetensorsReader> _places;

    private CheckpointWeights(string path, SafetensorsReader[] files)
    {
        (Path, _files) = (path, files);
        _places = files.SelectMany(file => file.Header.Entries.Keys, (file, name) => KeyValuePair.Create(name, file)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>What names the weights in messages: the single file, or the index.</summary>
    public string Path { get; }

    /// <summary>How many tensors there are.</summary>
    public int Count => _places.Count;

    /// <summary>Opens the weights of a folder.</summary>
    /// <exception cref="InputException">A file is missing or damaged, or index and shards disagree; names the file.</exception>
    public static CheckpointWeights Open(string folder)
    {
        var (single, index) = (System.IO.Path.Combine(folder, Checkpoint.WeightsFile), System.IO.Path.Combine(folder, Checkpoint.IndexFile));
        return File.Exists(single) || !File.Exists(index)
            ? new CheckpointWeights(single, [SafetensorsReader.Open(single)])
            : OpenShards(folder, ShardIndex.Read(index));
    }

    /// <summary>A tensor's place and shape.</summary>
    /// <exception cref="InputException">There is no such tensor.</exception>
    public SafetensorsEntry Entry(string name) => FileOf(name).Entry(name);

    /// <summary>Reads a tensor on the host, in the type it is stored in.</summary>
    /// <exception cref="InputException">There is no such tensor, or it cannot be read.</exception>
    public Tensor Tensor(string name) => FileOf(name).Tensor(name);

    /// <summary>Closes the files.</summary>
    public void Dispose() => Array.ForEach(_files, file => file.Dispose());

    internal void RequireMemory() => SafetensorsReader.RequireMemory(Path, _files.Sum(file => file.Header.Entries.Values.Sum(e => e.ByteCount)));

    private SafetensorsReader FileOf(string name) => _places.GetValueOrDefault(name) ?? throw SafetensorsReader.NoTensor(Path, name, _places.Keys);

    private static CheckpointWeights OpenShards(string folder, ShardIndex index)
    {
        var files = new List<SafetensorsReader>();
        try
        {
            foreach (var shard in index.Shards)
            {
                var path = System.IO.Path.Combine(folder, shard.Key);
                if (!File.Exists(path))
                    throw new InputException(path, null, $"the shard is missing: {index.Path} places {shard.Count()} tensors in it", Remedy);
                files.Add(SafetensorsReader.Open(path));
                RequireAgreement(index.Path, files[^1], [.. shard]);
            }

            return new CheckpointWeights(index.Path, [.. files]);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static void RequireAgreement(string index, SafetensorsReader shard, HashSet<string> listed)
    {
        var held = shard.Header.Entries;
        if (listed.FirstOrDefault(name => !held.ContainsKey(name)) is { } missing)
            throw new InputException(shard.Path, null, $"has no tensor '{SafetensorsHeader.Shown(missing)}', which {index} places in it", Remedy);
        if (held.Keys.FirstOrDefault(name => !listed.Contains(name)) is { } unknown)
            throw new InputException(shard.Path, null, $"holds '{SafetensorsHeader.Shown(unknown)}', which {index} does not place in it", Remedy);
    }
}
