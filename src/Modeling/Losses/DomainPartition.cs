// B sequences, C domains present, P pairs of them.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Which sequences of a batch belong to which domain; known to the host, so that no device is waited for.</summary>
public sealed class DomainPartition
{
    private readonly int[] _domainOfSequence;

    /// <summary>Groups sequences by label.</summary>
    /// <param name="labels">The label of each sequence.</param>
    public DomainPartition(IReadOnlyList<int> labels)
    {
        Present = [.. labels.Distinct().Order()];
        _domainOfSequence = [.. labels.Select(label => Array.BinarySearch(Present, label))];
        Counts = new int[Present.Length];
        foreach (var domain in _domainOfSequence)
            Counts[domain]++;
    }

    /// <summary>The labels that occur, ascending; C of them.</summary>
    public int[] Present { get; }

    /// <summary>How many sequences each has.</summary>
    public int[] Counts { get; }

    /// <summary>Number of unordered pairs of domains.</summary>
    public int Pairs => Present.Length * (Present.Length - 1) / 2;

    /// <summary>Averages sequences by domain, each sequence with the same weight.</summary>
    /// <param name="sequences">Values by sequence, [..., B, E].</param>
    /// <returns>Values by domain, [..., C, E].</returns>
    public Tensor Average(Tensor sequences)
    {
        var member = new double[Present.Length * _domainOfSequence.Length];
        for (var b = 0; b < _domainOfSequence.Length; b++)
            member[_domainOfSequence[b] * _domainOfSequence.Length + b] = 1.0;
        var member_CB = torch.tensor(member, [Present.Length, _domainOfSequence.Length]).to(sequences.dtype, sequences.device);
        return torch.matmul(member_CB, sequences) / CountsOn(sequences);
    }

    /// <summary>Repeats each domain's row for its sequences: the inverse direction of <see cref="Average"/>.</summary>
    /// <param name="domains">Values by domain, [..., C, E].</param>
    public Tensor Spread(Tensor domains) =>
        domains.index_select(-2, torch.tensor(Array.ConvertAll(_domainOfSequence, d => (long)d), [_domainOfSequence.Length], device: domains.device));

    /// <summary>The domains' shares of the sequences, [C, 1].</summary>
    public Tensor Shares(Tensor like) => CountsOn(like) / _domainOfSequence.Length;

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
