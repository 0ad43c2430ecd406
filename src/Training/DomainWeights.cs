using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Training;

/// <summary>The weights of domains by id, as the sampler takes them: by the fine domain's number in a packed set.</summary>
internal static class DomainWeights
{
    private const string Option = "train.sampler.weights";

    /// <summary>The weight of every fine domain that is named, by itself or by the coarse domain that it lies in; null where none is.</summary>
    /// <exception cref="OptionException">An id is of no domain of the set; names the nearest.</exception>
    public static IReadOnlyDictionary<int, double>? Of(IReadOnlyDictionary<string, double> weights, PackedDataset dataset)
    {
        var pack = dataset.Info;
        if (weights.Count == 0)
            return null;
        foreach (var name in weights.Keys)
        {
            if (!pack.Domains3.Contains(name) && !pack.Domains49.Contains(name))
                throw new OptionException($"{Option}.{name}", "the packed set has no such domain", NearestName.Hint(name, [.. pack.Domains3, .. pack.Domains49]));
        }

        var byNumber = new Dictionary<int, double>();
        for (var sequence = 0; sequence < dataset.Count; sequence++)
        {
            var (fine, coarse) = (dataset.Domain49(sequence), dataset.Domain3(sequence));
            if (weights.TryGetValue(pack.Domains49[fine], out var weight) || weights.TryGetValue(pack.Domains3[coarse], out weight))
                byNumber.TryAdd(fine, weight);
        }

        return byNumber;
    }
}
