namespace ExpertDivergence.Analysis;

/// <summary>What a model's routers did with one sequence, or with its tokens of one fine domain.</summary>
/// <param name="Domain3">Position of its domain in <see cref="IRoutingSource.Domains3"/>.</param>
/// <param name="Domain49">Position of its domain in <see cref="IRoutingSource.Domains49"/>.</param>
/// <param name="MeanProbabilities">By layer, the router's full softmax averaged over the tokens that are not padding, shape [E].</param>
/// <param name="Loads">By layer, the token slots (tokens that are not padding × top-k) sent to each expert, shape [E].</param>
/// <param name="Weight">What it counts for: 1 a sequence, of which a part has its share of the tokens.</param>
public sealed record SequenceRouting(int Domain3, int Domain49, double[][] MeanProbabilities, long[][] Loads, double Weight = 1);

/// <summary>Where <see cref="RoutingCollector"/> gets routing from: a model over held-out sequences, or a test's own numbers.</summary>
public interface IRoutingSource
{
    /// <summary>Names of the coarse domains.</summary>
    IReadOnlyList<string> Domains3 { get; }

    /// <summary>Names of the fine domains.</summary>
    IReadOnlyList<string> Domains49 { get; }

    /// <summary>Layers that have a router.</summary>
    int Layers { get; }

    /// <summary>Experts of a layer.</summary>
    int Experts { get; }

    /// <summary>Sequences that <see cref="Read"/> gives.</summary>
    long Sequences { get; }

    /// <summary>Gives the routing of every sequence once, whole or in parts by domain, always in the same order, one at a time.</summary>
    IEnumerable<SequenceRouting> Read(CancellationToken cancellation);
}
