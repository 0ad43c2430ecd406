// N scored positions, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

/// <summary>The logits of every token of the requests' continuations, each context read once.</summary>
/// <remarks>First every group's context, or the whole of a request that stands alone; then the continuations, behind their contexts in a
/// cache. A continuation's last token is never read, so where all have one token the contexts are enough.</remarks>
internal static class ContinuationLogits
{
    /// <summary>Logits, [N, V], and for every request the rows that belong to its continuation's tokens; requests can share a row.</summary>
    public static (Tensor Logits, List<int>[] Rows) Of(MoeTransformer model, IReadOnlyList<ContinuationRequest> requests)
    {
        var groups = RequestGroup.Of(requests);
        var read = groups.ConvertAll(g => g.Count == 1 ? requests[g.First].Tokens.Length - 1 : requests[g.First].Start);
        var contexts = new PaddedBatch([.. groups.Select((g, i) => requests[g.First].Tokens[..read[i]])]);
        var rows = new List<int>[requests.Count];
        var continued = new List<(int Request, int Group)>();
        var positions = new List<long>();
        for (var group = 0; group < groups.Count; group++)
        {
            var (first, count, _) = groups[group];
            var begin = positions.Count;
            for (var i = requests[first].Start - 1; i < read[group]; i++)
                positions.Add(contexts.Position(group, i));
            for (var r = first; r < first + count; r++)
            {
                rows[r] = [.. Enumerable.Range(begin, positions.Count - begin)];
                if (requests[r].Tokens.Length - 1 > read[group])
                    continued.Add((r, group));
            }
        }

        if (continued.Count == 0)
            return (model.LogitsAt(contexts.Ids(model.Device), Indices(positions, model)), rows);

        using var cache = model.NewCache(groups.Count);
        var first_NV = model.LogitsAt(contexts.Ids(model.Device), Indices(positions, model), cache, contexts.Counts);
        cache.Select([.. continued.Select(c => c.Group)]);
        var rest = new PaddedBatch([.. continued.Select(c => requests[c.Request].Tokens[read[c.Group]..^1])]);
        var next = positions.Count;
        positions.Clear();
        for (var row = 0; row < continued.Count; row++)
        {
            for (var i = 0; i < rest.Counts[row]; i++)
            {
                rows[continued[row].Request].Add(next++);
                positions.Add(rest.Position(row, i));
            }
        }

        return (torch.cat([first_NV, model.LogitsAt(rest.Ids(model.Device), Indices(positions, model), cache, rest.Counts)], 0), rows);
    }

    private static Tensor Indices(List<long> positions, MoeTransformer model) => torch.tensor(positions.ToArray(), device: model.Device);
}
