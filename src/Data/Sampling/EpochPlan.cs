using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>One epoch of batches that hold several sequences per domain.</summary>
internal sealed class EpochPlan
{
    private readonly int[][] _queues;
    private readonly int[] _served;
    private readonly int _groups;
    private readonly int _groupSize;
    private readonly KeyedRandom _random;

    /// <param name="byDomain">The sequences of each domain.</param>
    /// <param name="groups">Groups of a batch.</param>
    /// <param name="groupSize">Sequences of a group.</param>
    /// <param name="random">The epoch's stream.</param>
    public EpochPlan(int[][] byDomain, int groups, int groupSize, KeyedRandom random)
    {
        (_groups, _groupSize, _random) = (groups, groupSize, random);
        _queues = byDomain.Select(sequences => sequences.ToArray()).ToArray();
        foreach (var queue in _queues)
            random.Shuffle(queue.AsSpan());
        _served = new int[byDomain.Length];
    }

    /// <summary>Every batch takes distinct domains, each as likely as any other; where it has more groups than there are domains, they
    /// come round again. A domain that runs out starts again, reshuffled; one with fewer sequences than a group repeats within it.</summary>
    public int[] Uniform(int batches)
    {
        var order = new List<int>(batches * _groups * _groupSize);
        var domains = Enumerable.Range(0, _queues.Length).ToArray();
        for (var batch = 0; batch < batches; batch++)
        {
            _random.Shuffle(domains.AsSpan());
            for (var i = 0; i < _groups * _groupSize; i++)
            {
                order.Add(Next(domains[i / _groupSize % domains.Length]));
            }
        }

        return [.. order];
    }

    /// <summary>The groups of a batch are drawn by systematic sampling: the domains are laid in random order on a line, each as long as the
    /// sequences it has left, and the line is read at <c>groups</c> equal distances from a random start. A domain's expected number
    /// of groups is its share, exactly; domains whose share is at most 1 / groups come at most once. A domain with less than a group
    /// left gives what it has; single sequences, drawn in proportion, fill the batch.</summary>
    public int[] Proportional(int batches)
    {
        var size = _groups * _groupSize;
        var order = new List<int>(batches * size);
        var left = (long)_queues.Sum(q => q.Length);
        var domains = Enumerable.Range(0, _queues.Length).ToArray();
        for (var batch = 1; batch <= batches; batch++)
        {
            _random.Shuffle(domains.AsSpan());
            var before = order.Count;
            foreach (var domain in Drawn(domains, left))
                for (var i = 0; i < _groupSize && Left(domain) > 0; i++)
                    order.Add(_queues[domain][_served[domain]++]);
            left -= order.Count - before;
            for (; order.Count < batch * size; left--)
            {
                var domain = At(_random.NextInt((int)left));
                order.Add(_queues[domain][_served[domain]++]);
            }
        }

        return [.. order];
    }

    /// <summary>The groups of a batch are drawn by systematic sampling from shares that stay the same all the way: a domain's expected number
    /// of groups is its share, exactly. A domain that runs out starts again, reshuffled.</summary>
    /// <param name="batches">Batches of the epoch.</param>
    /// <param name="shares">The domains' shares, not scaled; a domain of share 0 is never drawn.</param>
    public int[] Weighted(int batches, IReadOnlyList<double> shares)
    {
        var order = new List<int>(batches * _groups * _groupSize);
        var domains = Enumerable.Range(0, _queues.Length).Where(d => shares[d] > 0).ToArray();
        var total = domains.Sum(d => shares[d]);
        for (var batch = 0; batch < batches; batch++)
        {
            _random.Shuffle(domains.AsSpan());
            var start = _random.NextDouble();
            var (drawn, reached) = (0, 0.0);
            for (var i = 0; i < domains.Length; i++)
            {
                reached += shares[domains[i]];
                for (; drawn < _groups && ((start + drawn) * total < reached * _groups || i == domains.Length - 1); drawn++)
                {
                    for (var taken = 0; taken < _groupSize; taken++)
                        order.Add(Next(domains[i]));
                }
            }
        }

        return [.. order];
    }

    // The next sequence of a domain; one that has run out starts again, reshuffled.
    private int Next(int domain)
    {
        if (Left(domain) == 0)
        {
            _random.Shuffle(_queues[domain].AsSpan());
            _served[domain] = 0;
        }

        return _queues[domain][_served[domain]++];
    }

    private int Left(int domain) => _queues[domain].Length - _served[domain];

    private List<int> Drawn(int[] domains, long left)
    {
        var drawn = new List<int>(_groups);
        var start = _random.NextDouble();
        var reached = 0L;
        foreach (var domain in domains)
        {
            reached += Left(domain);
            while (drawn.Count < _groups && (start + drawn.Count) * left < (double)reached * _groups)
                drawn.Add(domain);
        }

        return drawn; // one short where rounding puts the last point on the line's end: the batch is then filled singly
    }

    private int At(int position)
    {
        var domain = 0;
        for (; position >= Left(domain); domain++)
            position -= Left(domain);
        return domain;
    }
}
