using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>What every scorer needs.</summary>
internal sealed record EvaluationContext(
    ILanguageModel Model,
    ITextCodec Codec,
    EvaluationOptions Options,
    IProgressListener Progress,
    CancellationToken Cancellation)
{
    public Action<int> Reporter(string task, int total, string unit) => done => Progress.Report(new ProgressUpdate(task, done, total, unit));
}
