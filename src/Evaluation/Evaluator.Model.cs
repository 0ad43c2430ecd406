using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Tokenization;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

public static partial class Evaluator
{
    /// <summary>Evaluates a checkpoint, writing to the request's output folder.</summary>
    /// <param name="modelFolder">With <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>.</param>
    /// <param name="request">What and where.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="device">Where the model computes; null for the host.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <exception cref="UsageException">A task or option is wrong.</exception>
    /// <exception cref="InputException">A file is missing or malformed, or the packed set is of another tokenizer than the model.</exception>
    public static EvaluationSummary EvaluateModel(
        string modelFolder, EvaluationRequest request, IProgressListener progress, Device? device = null, CancellationToken cancellation = default)
    {
        TasksOf(request);
        using var heldOut = PackedDataset.Open(request.PackedFolder, PackSplit.Heldout);
        var tokenizer = TokenizerJson.Read(modelFolder);
        RequireSameTokenizer(modelFolder, request.PackedFolder);
        using var thread = new TorchThread("evaluate");
        return thread.Run(() =>
        {
            torch.set_num_threads(1); // sums over several threads end in other last digits: a result must not depend on the number of cores
            using var model = TransformerModel.Load(modelFolder, device);
            if (model.VocabularySize < heldOut.Info.VocabSize)
                throw new InputException(modelFolder, null, $"the model has {model.VocabularySize} tokens, the packed set {heldOut.Info.VocabSize}", OtherSet);
            return Evaluate(
                model,
                new BpeCodec(tokenizer, heldOut.Info.EndOfTextId),
                PackedSequences.WithDomains(heldOut),
                request,
                request.OutputFolder,
                progress,
                cancellation);
        });
    }

    private const string OtherSet = "Give the packed set that the model was trained on.";

    private static void RequireSameTokenizer(string modelFolder, string packedFolder)
    {
        var (own, packed) = (Path.Combine(modelFolder, "tokenizer.json"), Path.Combine(packedFolder, "tokenizer.json"));
        if (!File.Exists(packed) || Hashing.OfFile(own) != Hashing.OfFile(packed))
            throw new InputException(own, null, $"is not the tokenizer of the packed set ({packed})", OtherSet);
    }
}
