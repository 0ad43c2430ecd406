// B rows, L length of the longest, T = B·L.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

/// <summary>Rows of tokens, padded on the right to the longest.</summary>
/// <param name="rows">At least one token each.</param>
internal sealed class PaddedBatch(IReadOnlyList<int[]> rows)
{
    /// <summary>L.</summary>
    public int Length { get; } = rows.Max(row => row.Length);

    /// <summary>How many tokens of each row are no padding.</summary>
    public IReadOnlyList<int> Counts { get; } = [.. rows.Select(row => row.Length)];

    /// <summary>Where a token of a row stands among all T.</summary>
    public long Position(int row, int token) => ((long)row * Length) + token;

    /// <summary>The ids, int64, [B, L].</summary>
    public Tensor Ids(Device device)
    {
        var ids = new long[rows.Count * Length];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < rows[row].Length; i++)
                ids[Position(row, i)] = rows[row][i];
        }

        return torch.tensor(ids, [rows.Count, Length], device: device);
    }

    /// <summary>Where the last token of each row stands, int64, [B].</summary>
    public Tensor LastPositions(Device device) => torch.tensor([.. rows.Select((row, b) => Position(b, row.Length - 1))], [rows.Count], device: device);
}
