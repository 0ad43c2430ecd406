namespace ExpertDivergence.Training;

/// <summary>Disk by kind, bytes.</summary>
/// <param name="Tokens">The packed training set, each token seen once: tokens · (L + 1) / L · 2 bytes, 4 where the vocabulary has more than 65,536.</param>
/// <param name="State">One state to resume from: weights 4 P and moments 8 P.</param>
/// <param name="States">What a running arm keeps: <c>train.keep_checkpoints</c> of them and one that is being written.</param>
/// <param name="Milestones">Models kept in the result: 4 P each.</param>
/// <param name="Result">A finished arm: one state and its milestones.</param>
public sealed record DiskEstimate(long Tokens, long State, long States, long Milestones, long Result)
{
    /// <summary>Adds up the files of one arm with one seed; the packed set is all arms'.</summary>
    public static DiskEstimate Of(EstimateRequest request, long tokens)
    {
        var (model, training) = (request.Model, request.Training);
        var total = model.CountParameters().Total;
        var state = 12 * total;
        var milestones = training.MilestoneEvery == 0 ? 0 : (training.Steps - 1) / training.MilestoneEvery * 4 * total;
        var width = model.VocabSize <= 65536 ? 2 : 4;
        return new(tokens / request.Length * (request.Length + 1) * width, state, (training.KeepCheckpoints + 1) * state, milestones, state + milestones);
    }
}
