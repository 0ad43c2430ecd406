using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Analysis;

/// <summary>The stage Analyze: what a trained model's routers do with each domain of the held-out text.</summary>
public static class AnalyzeStage
{
    /// <summary>Routes every held-out sequence and writes <c>routing.csv</c> and <c>activation.csv</c>.</summary>
    /// <param name="request">What to analyse, and where the result goes.</param>
    /// <param name="progress">Told the sequences done.</param>
    /// <param name="cancellation">Looked at before every batch; nothing is written when it strikes.</param>
    /// <returns>What stands in the files.</returns>
    /// <exception cref="InputException">The checkpoint or the packed set is missing, damaged, or they do not fit each other.</exception>
    public static RoutingResult Run(AnalyzeRequest request, IProgressListener progress, CancellationToken cancellation = default)
    {
        request.Validated();
        using var thread = new TorchThread("analyze");
        return thread.Run(() =>
        {
            torch.set_num_threads(request.Threads);
            using var heldOut = PackedDataset.Open(request.PackFolder, PackSplit.Heldout);
            using var model = Checkpoint.Load(request.ModelFolder);
            var result = RoutingCollector.Collect(new ModelRoutingSource(model, heldOut, request.BatchSize), progress, cancellation);
            Directory.CreateDirectory(request.OutputFolder);
            result.Write(request.OutputFolder);
            return result;
        });
    }
}
