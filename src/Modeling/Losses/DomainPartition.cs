// B sequences, C domains present, P pairs of them.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Which sequences of a batch belong to which domain; known to the host, so that no device is waited for.</summary>
public sealed class DomainPartition
{
    private const int NotCounted = -1;
    private readonly int[] _domainOf;
    private readonly int _counted;

    /// <summary>Groups sequences by label, or tokens.</summary>
    /// <param name="labels">The label of each.</param>
    /// <param name="counts">Which of them count; null for all.</param>
    public DomainPartition(IReadOnlyList<int> labels, Func<int, bool>? counts = null)
    {
        Present = [.. labels.Where((_, i) => counts?.Invoke(i) ?? true).Distinct().Order()];
        _domainOf = [.. labels.Select((label, i) => counts?.Invoke(i) ?? true ? Array.BinarySearch(Present, label) : NotCounted)];
        Counts = new int[Present.Length];
        foreach (var domain in _domainOf)
        {
            if (domain != NotCounted)
                Counts[domain]++;
        }

        _counted = Counts.Sum();
    }

    /// <summary>The labels that occur, ascending; C of them.</summary>
    public int[] Present { get; }

    /// <summary>How many sequences (or tokens) each has.</summary>
    public int[] Counts { get; }

    /// <summary>Number of unordered pairs of domains.</summary>
    public int Pairs => Present.Length * (Present.Length - 1) / 2;

    /// <summary>Averages sequences (or tokens) by domain, each with the same weight.</summary>
    /// <param name="values">Values by sequence, [..., B, E].</param>
    /// <returns>Values by domain, [..., C, E].</returns>
    public Tensor Average(Tensor values)
    {
        var member = new double[Present.Length * _domainOf.Length];
        for (var b = 0; b < _domainOf.Length; b++)
        {
            if (_domainOf[b] != NotCounted)
                member[_domainOf[b] * _domainOf.Length + b] = 1.0;
        }

        var member_CB = torch.tensor(member, [Present.Length, _domainOf.Length]).to(values.dtype, values.device);
        return torch.matmul(member_CB, values) / CountsOn(values);
    }

    /// <summary>Repeats each domain's row for its sequences: the inverse direction of <see cref="Average"/>.</summary>
    /// <param name="domains">Values by domain, [..., C, E].</param>
    public Tensor Spread(Tensor domains) =>
        domains.index_select(-2, torch.tensor(Array.ConvertAll(_domainOf, d => (long)d), [_domainOf.Length], device: domains.device));

    /// <summary>The domains' shares of the sequences, [C, 1].</summary>
    public Tensor Shares(Tensor like) => CountsOn(like) / _counted;

    /// <summary>The two domains of each pair, first below second, [P] each, int64.</summary>
    public (Tensor First, Tensor Second) PairIndices(Device device)
    {
        var first = new long[Pairs];
        var second = new long[Pairs];
        var at = 0;
        for (var i = 0; i < Present.Length; i++)
        {
            for (var j = i + 1; j < Present.Length; j++)
                (first[at], second[at++]) = (i, j);
        }

        return (torch.tensor(first, [Pairs], device: device), torch.tensor(second, [Pairs], device: device));
    }

    private Tensor CountsOn(Tensor like) =>
        torch.tensor(Array.ConvertAll(Counts, c => (double)c), [Counts.Length, 1]).to(like.dtype, like.device);
}
