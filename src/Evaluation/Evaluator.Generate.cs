using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

public static partial class Evaluator
{
    /// <summary>Continues a prompt with a checkpoint.</summary>
    /// <param name="modelFolder">With <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>.</param>
    /// <param name="prompt">May be empty.</param>
    /// <param name="options">Temperature, cuts, seed.</param>
    /// <param name="progress">Hears of every token.</param>
    /// <param name="threads">Native threads. More than one add up in another order: last digits of the scores, and with them now and then a token, may differ.</param>
    /// <param name="device">Where the model computes; null for the host.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    /// <exception cref="InputException">A file is missing or damaged.</exception>
    public static GeneratedText Generate(
        string modelFolder, string prompt, SamplingOptions options, IProgressListener progress, int threads = 1, Device? device = null, CancellationToken cancellation = default)
    {
        options.Validated();
        if (threads < 1)
            throw new OptionException("--threads", $"{threads} is not positive", "Give 1 or more.");
        var codec = BpeCodec.Read(modelFolder);
        using var thread = new TorchThread("generate");
        return thread.Run(() =>
        {
            torch.set_num_threads(threads);
            using var model = TransformerModel.Load(modelFolder, device);
            return TextGenerator.Generate(model, codec, prompt, options, progress, cancellation);
        });
    }
}
