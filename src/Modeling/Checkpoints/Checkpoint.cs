using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Models as Hugging Face folders: <c>config.json</c> and <c>model.safetensors</c> with transformers' names.</summary>
public static class Checkpoint
{
    /// <summary>Name of the weights' file.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Name of the file that says which of several files holds which weight, where one file does not hold them all.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    /// <summary>Name of the configuration's file.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Writes a model into a folder that exists; the tokenizer is the caller's to put beside it.</summary>
    public static void Save(string folder, MoeTransformer model)
    {
        DurableFile.WriteAllText(Path.Combine(folder, ConfigFile), HuggingFaceConfig.Write(model.Options));
        var shapes = ParameterLayout.TransformersShapes(model.Options).ToDictionary(p => p.Name, p => p.Shape);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), model.Layout.TransformersViews().Select(weight =>
            new SafetensorsItem(weight.Name, "F32", shapes[weight.Name], stream =>
            {
                using var scope = torch.NewDisposeScope();
                SafetensorsTensors.Write(stream, weight.View());
            })));
    }

    /// <summary>Reads a model from a folder, also one that transformers saved, in a single file or in shards.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="experts">How experts are computed; null for the default.</param>
    /// <param name="device">Where; null for the host.</param>
    /// <exception cref="InputException">A file is missing, damaged, or of another architecture or shape.</exception>
    public static MoeTransformer Load(string folder, IExpertKernel? experts = null, Device? device = null)
    {
        var options = HuggingFaceConfig.Read(Path.Combine(folder, ConfigFile));
        using var weights = CheckpointWeights.Open(folder);

        // Before anything is allocated: a hostile config.json may ask for any size, the file holds only so much.
        var expected = 0;
        foreach (var (name, shape) in ParameterLayout.TransformersShapes(options))
        {
            if (!weights.Entry(name).Shape.SequenceEqual(shape))
                throw new InputException(weights.Path, null,
                    $"'{name}' has the shape [{string.Join(", ", weights.Entry(name).Shape)}], {ConfigFile} makes it [{string.Join(", ", shape)}]",
                    "Take both files from the same checkpoint.");
            expected++;
        }

        if (expected != weights.Count)
            throw new InputException(weights.Path, null, $"holds {weights.Count} tensors, {ConfigFile} knows {expected}",
                "Take both files from the same checkpoint.");
        if ((device ?? torch.CPU).type == DeviceType.CPU)
            weights.RequireMemory();
        var model = MoeTransformer.Empty(options, experts, device);
        try
        {
            foreach (var (name, view) in model.Layout.TransformersViews())
            {
                using var scope = torch.NewDisposeScope();
                view().copy_(weights.Tensor(name));
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
