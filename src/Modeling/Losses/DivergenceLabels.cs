// B batch, L length, T = B·L, C domains.
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Which domain each sequence of a batch, or each token, is of, as a divergence loss's options say.</summary>
/// <param name="Each">The label of each sequence or token.</param>
/// <param name="ByToken">Whether these are tokens.</param>
/// <param name="Classes">How many labels there can be, 0 to that less 1.</param>
internal sealed record DivergenceLabels(IReadOnlyList<int> Each, bool ByToken, int Classes)
{
    /// <summary>The words of <see cref="LossOptions.Labels"/>.</summary>
    public static readonly string[] Schemes = ["domain3", "domain49", "sequence", "random"];

    /// <summary>Reads them off a batch.</summary>
    /// <exception cref="OptionException">Random labels are asked for, and the batch's sequences have no numbers to draw them from.</exception>
    public static DivergenceLabels Of(TrainingBatch batch, LossOptions options)
    {
        var scheme = options.Labels!;
        if (scheme == "sequence")
            return new DivergenceLabels([.. Enumerable.Range(0, batch.Domain49.Count)], ByToken: false, batch.Domain49.Count);
        if (scheme == "random")
        {
            var keys = batch.SequenceKeys
                ?? throw new OptionException("losses.divergence.labels", "'random' needs sequences with numbers", "Train on a packed set.");
            return new DivergenceLabels([.. keys.Select(key => (int)(key % (ulong)options.Classes!.Value))], ByToken: false, options.Classes!.Value);
        }

        var tokens = batch.TokenDomains(scheme);
        var labels = tokens ?? batch.Domains(scheme);
        var classes = batch.DomainCounts is { } counts ? scheme == "domain3" ? counts.Domain3 : counts.Domain49 : labels.Max() + 1;
        return new DivergenceLabels(labels, tokens is not null, classes);
    }

    /// <summary>Whether a sequence or token counts: padding does not.</summary>
    public Func<int, bool>? Counted(TrainingBatch batch)
    {
        if (!ByToken || batch.Lengths is not { } lengths)
            return null;
        var length = Each.Count / lengths.Count;
        return token => token % length < lengths[token / length];
    }

    /// <summary>The labels as int64, on the host; −1 for what does not count.</summary>
    public Tensor Numbers(TrainingBatch batch)
    {
        var counted = Counted(batch);
        return torch.tensor(Each.Select((label, i) => counted?.Invoke(i) ?? true ? (long)label : -1L).ToArray(), [Each.Count]);
    }
}
