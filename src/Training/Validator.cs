using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>The held-out loss of some sequences, by domain.</summary>
/// <param name="Scheme"><c>overall</c>, <c>domain3</c> or <c>domain49</c>.</param>
/// <param name="Domain">The domain's id; empty where all are meant.</param>
/// <param name="Sequences">How many sequences were measured.</param>
/// <param name="Tokens">How many of their tokens were predicted.</param>
/// <param name="NegativeLogLikelihood">Summed over them, in nats.</param>
internal sealed record ValidationResult(string Scheme, string Domain, int Sequences, long Tokens, double NegativeLogLikelihood)
{
    /// <summary>Nats per token.</summary>
    public double Loss => NegativeLogLikelihood / Tokens;
}

/// <summary>Measures the held-out loss of a model in training, always on the same sequences and in the same passes as training; draws no random
/// number of the run and leaves no gradient.</summary>
internal sealed class Validator
{
    private readonly MoeTransformer _model;
    private readonly PackedDataset _heldout;
    private readonly SequenceBatches _batches;
    private readonly int[][] _passes;

    /// <summary>Chooses the sequences: of every fine domain one, then of every domain a second, and so on, which ones by a draw that knows no seed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="heldout">The held-out part of the packed set.</param>
    /// <param name="options">How many sequences, and how many go through the model at once.</param>
    public Validator(MoeTransformer model, PackedDataset heldout, TrainingOptions options)
    {
        (_model, _heldout) = (model, heldout);
        _batches = new SequenceBatches(heldout, options, seed: 0, model.Device);
        var count = options.ValidateSequences == 0 ? heldout.Count : Math.Min(options.ValidateSequences, heldout.Count);
        var order = Enumerable.Range(0, heldout.Count).ToArray();
        new KeyedRandom(0, "validation").Shuffle(order.AsSpan());
        var chosen = order.GroupBy(s => heldout.Domain49(s)).SelectMany(g => g.Index()).OrderBy(s => s.Index).ThenBy(s => heldout.Domain49(s.Item)).Take(count);

        // A pass gives one sum, so that its sequences are of one domain.
        _passes = [.. chosen.GroupBy(s => heldout.Domain49(s.Item), s => s.Item).OrderBy(g => g.Key).SelectMany(g => g.Chunk(options.BatchSize / options.Accumulation))];
    }

    /// <summary>The results: overall, by coarse and by fine domain, in the set's order.</summary>
    public IReadOnlyList<ValidationResult> Measure()
    {
        using var noGrad = torch.no_grad();
        var passes = Array.ConvertAll(_passes, Measure);
        var info = _heldout.Info;
        return
        [
            Joined("overall", "", passes),
            .. passes.GroupBy(p => p.Domain3).OrderBy(g => g.Key).Select(g => Joined("domain3", info.Domains3[g.Key], g)),
            .. passes.GroupBy(p => p.Domain49).OrderBy(g => g.Key).Select(g => Joined("domain49", info.Domains49[g.Key], g)),
        ];
    }

    private Pass Measure(int[] sequences)
    {
        using var scope = torch.NewDisposeScope();
        var batch = _batches.Of(sequences);
        var sum = _model.ForwardTraining(batch).NegativeLogLikelihood.item<double>();
        return new Pass(_heldout.Domain3(sequences[0]), _heldout.Domain49(sequences[0]), sequences.Length, batch.PredictedTokens, sum);
    }

    private static ValidationResult Joined(string scheme, string domain, IEnumerable<Pass> passes) =>
        new(scheme, domain, passes.Sum(p => p.Sequences), passes.Sum(p => p.Tokens), passes.Sum(p => p.Sum));

    private sealed record Pass(int Domain3, int Domain49, int Sequences, long Tokens, double Sum);
}
