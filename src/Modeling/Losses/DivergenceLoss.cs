// B batch, T tokens, C domains, E experts, N layers, P pairs of domains.
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Expert divergence: drives the mean routing distributions of different domains apart.</summary>
/// <remarks>Mean over unordered pairs of domains present of −log(JSD + ε) (<c>neg_log_jsd</c>) or of −JSD (<c>jsd</c>), per layer; a
/// domain's distribution is the unweighted mean of its sequences', a sequence's the mean over its tokens ("Expert Divergence
/// Learning", arXiv 2603.00054). Where a sequence holds several domains, a domain's distribution is the mean over its tokens. 0 where fewer
/// than two domains are present. The granularity says which sequences: those of the <c>micro_batch</c>; of all micro-batches of the
/// <c>step</c> on this rank; <c>global</c>, of all ranks as well. Beyond the micro-batch the gradient is that of one large batch, for which
/// every micro-batch is run ahead once without gradient.</remarks>
public sealed class DivergenceLoss : ILookAheadLoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "divergence";

    private static readonly LossOptions s_defaults = new()
    {
        Formula = "neg_log_jsd", Coefficient = 1e-3, Labels = "domain49", Classes = 49, Probabilities = "full", Epsilon = 1e-8,
        Precision = "double", Layers = "mean", Granularity = "micro_batch",
    };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["neg_log_jsd", "jsd"],
        ["labels"] = DivergenceLabels.Schemes,
        ["probabilities"] = ["full", "post_top_k"],
        ["precision"] = ["double", "single"],
        ["layers"] = ["mean", "sum"],
        ["granularity"] = ["micro_batch", "step", "global"],
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="OptionException">An option is unknown or out of range.</exception>
    public DivergenceLoss(LossOptions options)
    {
        Options = options.Resolve(Name, s_defaults, s_choices);
        if (Options.Labels != "random")
            Options = Options with { Classes = null };
        if (Options.Labels == "sequence" && Options.Granularity != "micro_batch")
        {
            throw new OptionException("losses.divergence.granularity", "a sequence that is its own domain has no more text elsewhere",
                "Set it to micro_batch, or labels to another scheme.");
        }
    }

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public bool LooksAhead => Options.Granularity != "micro_batch";

    /// <summary>How many domains are present in a micro-batch, and how many pairs they make.</summary>
    public (int Present, int Pairs) Domains(TrainingBatch batch)
    {
        var partition = Partition(DivergenceLabels.Of(batch, Options), batch);
        return (partition.Present.Length, partition.Pairs);
    }

    /// <inheritdoc/>
    public void Collect(RoutingMeans means)
    {
        var (sums_NCE, counts_C1) = Sums(means);
        means.Scope.Collect(SumsName, sums_NCE);
        means.Scope.Collect(CountsName, counts_C1);
    }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        if (LooksAhead)
            return BeyondMicroBatch(means);
        var labels = DivergenceLabels.Of(means.Batch, Options);
        if (means.Native)
            return Divergence.OfClasses(Rows(means, labels), labels.Numbers(means.Batch), Options.Formula != "jsd", Options.Epsilon!.Value).to(means.Type);
        var partition = Partition(labels, means.Batch);
        return partition.Pairs == 0 ? means.Zeros() : Terms(Divergence.Pairwise(partition.Average(Rows(means, labels)), partition)).mean([-1]).to(means.Type);
    }

    // Which domains are present is not known to the host here: absent ones are masked, every pair is computed.
    private Tensor BeyondMicroBatch(RoutingMeans means)
    {
        var overRanks = Options.Granularity == "global";
        var (sums_NCE, counts_C1) = Sums(means);
        sums_NCE = means.Scope.Total(SumsName, sums_NCE, overRanks);
        counts_C1 = means.Scope.Total(CountsName, counts_C1, overRanks);
        var all = new DomainPartition([.. Enumerable.Range(0, (int)counts_C1.size(0))]);
        if (all.Pairs == 0)
            return means.Zeros();
        var (first_P, second_P) = all.PairIndices(counts_C1.device);
        var present_C = counts_C1.squeeze(-1).gt(0).to(counts_C1.dtype);
        var both_P = present_C.index_select(0, first_P) * present_C.index_select(0, second_P);
        var terms_NP = Terms(Divergence.Pairwise(sums_NCE / counts_C1.clamp_min(1.0), all));
        return ((terms_NP * both_P).sum(-1) / both_P.sum().clamp_min(1.0)).to(means.Type);
    }

    private Tensor Terms(Tensor jsd) => (Options.Formula == "jsd" ? jsd : (jsd + Options.Epsilon!.Value).log()).neg();

    private (Tensor Sums, Tensor Counts) Sums(RoutingMeans means)
    {
        var labels = DivergenceLabels.Of(means.Batch, Options);
        var partition = Partition(labels, means.Batch);
        var rows_NBE = Rows(means, labels);
        var counts = new double[labels.Classes];
        for (var c = 0; c < partition.Present.Length; c++)
            counts[partition.Present[c]] = partition.Counts[c];
        var counts_C1 = torch.tensor(counts, [labels.Classes, 1]).to(rows_NBE.dtype, rows_NBE.device);
        var present_C = torch.tensor(Array.ConvertAll(partition.Present, p => (long)p), [partition.Present.Length], device: rows_NBE.device);
        var averages_NCE = torch.zeros([means.Layers, labels.Classes, means.Experts], dtype: rows_NBE.dtype, device: rows_NBE.device)
            .index_add(1, present_C, partition.Average(rows_NBE));
        return (averages_NCE * counts_C1, counts_C1);
    }

    // Close domains differ in the last digits of single precision: the terms of the JSD cancel to below their rounding.
    private Tensor Rows(RoutingMeans means, DivergenceLabels labels)
    {
        var (wide, which) = (Options.Precision == "double", Options.Probabilities!);
        if (labels.ByToken)
            return wide ? means.ByToken(which).to(ScalarType.Float64) : means.ByToken(which);
        return wide ? means.BySequenceInDouble(which) : means.BySequence(which);
    }

    private static DomainPartition Partition(DivergenceLabels labels, TrainingBatch batch) => new(labels.Each, labels.Counted(batch));

    private string SumsName => Name + ".sums";

    private string CountsName => Name + ".counts";
}
