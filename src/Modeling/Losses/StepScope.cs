using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What the micro-batches and ranks of one optimizer step know of each other: sums by name, constants but for one's own part.</summary>
/// <remarks>The tensors outlive the scopes of micro-batches; <see cref="Clear"/> frees them at the end of the step.</remarks>
/// <param name="reduction">Adds over ranks; null for one rank.</param>
public sealed class StepScope(IReduction? reduction = null) : IDisposable
{
    private readonly Dictionary<string, Tensor> _ahead = [], _soFar = [];
    private readonly HashSet<string> _overRanks = [], _once = [];

    /// <summary>Adds over ranks.</summary>
    public IReduction Reduction { get; } = reduction ?? SingleRank.Instance;

    /// <summary>The current micro-batch's share of the step, all ranks together: what its losses are weighed with.</summary>
    public double Share { get; set; } = 1.0;

    /// <summary>Adds a micro-batch's part to a total that <see cref="Total"/> will give, before any gradient is taken.</summary>
    public void Collect(string name, Tensor own) => Add(_ahead, name, own);

    /// <summary>The sum over all micro-batches collected, or of this one where none were, and over ranks if asked.</summary>
    /// <param name="name">What is summed.</param>
    /// <param name="own">This micro-batch's part, with gradient.</param>
    /// <param name="overRanks">Whether other ranks' parts belong to it.</param>
    /// <returns>The sum. A function of it, weighed with <see cref="Share"/> in every micro-batch and rank and these added up, has the
    /// gradient it would have if one large batch were the step: hence the factor 1 / share on the own part's gradient.</returns>
    public Tensor Total(string name, Tensor own, bool overRanks)
    {
        overRanks &= Reduction.Ranks > 1;
        if (!_ahead.ContainsKey(name))
        {
            if (!overRanks)
                return own;
            Add(_ahead, name, own);
        }

        if (overRanks && _overRanks.Add(name))
        {
            using var scope = torch.NewDisposeScope();
            Replace(_ahead, name, Reduction.Sum(_ahead[name]));
        }

        return own.requires_grad ? _ahead[name] + (own - own.detach()) / Share : _ahead[name].alias();
    }

    /// <summary>The sum of what was collected, over micro-batches and ranks; null where nothing was.</summary>
    public Tensor? Collected(string name) => _ahead.TryGetValue(name, out var sum) ? Reduction.Sum(sum) : null;

    /// <summary>The sum over ranks and the micro-batches of the step so far, this one included, without gradient.</summary>
    public Tensor SoFar(string name, Tensor own)
    {
        using var scope = torch.NewDisposeScope();
        Add(_soFar, name, Reduction.Sum(own.detach()));
        return scope.MoveToOuter(_soFar[name].alias());
    }

    /// <summary>A value that is the same in every micro-batch and rank, such as a loss on weights: the first micro-batch of a rank takes the whole
    /// step's gradient, so that how a step is divided adds no rounding.</summary>
    public Tensor Once(string name, Tensor value)
    {
        var constant = value.detach();
        return _once.Add(name) ? constant + (value - constant) / (Share * Reduction.Ranks) : constant;
    }

    /// <summary>Forgets the step.</summary>
    public void Clear()
    {
        foreach (var sum in _ahead.Values.Concat(_soFar.Values))
            sum.Dispose();
        _ahead.Clear();
        _soFar.Clear();
        _overRanks.Clear();
        _once.Clear();
    }

    /// <summary>Frees what it holds.</summary>
    public void Dispose() => Clear();

    private static void Add(Dictionary<string, Tensor> sums, string name, Tensor own)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Replace(sums, name, sums.TryGetValue(name, out var before) ? before + own : own.detach().clone());
    }

    private static void Replace(Dictionary<string, Tensor> sums, string name, Tensor now)
    {
        sums.TryGetValue(name, out var before);
        sums[name] = now.DetachFromDisposeScope();
        before?.Dispose();
    }
}
