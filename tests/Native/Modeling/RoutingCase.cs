using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Seeded router logits of two layers in double, one expert of the first layer without a token, no ties.</summary>
internal sealed class RoutingCase
{
    public const int Layers = 2;

    public RoutingCase(int seed, bool padded)
    {
        var random = new KeyedRandom(seed, "routing-case");
        Logits = new double[Layers * Sequences * Length * Experts];
        for (var i = 0; i < Logits.Length; i++)
            Logits[i] = random.NextGaussian() - (i < Logits.Length / 2 && i % Experts == IdleExpert ? 9.0 : 0.0);
        Lengths = padded ? [3, 2, 4, 2, 4, 3] : [4, 4, 4, 4, 4, 4];
    }

    public const int IdleExpert = 3;

    public int Sequences => 6;

    public int Length => 4;

    public int Experts => 5;

    public int TopK => 2;

    public double[] Logits { get; }

    public int[] Lengths { get; }

    public int[] Domain3 { get; } = [0, 2, 0, 2, 0, 2];

    public int[] Domain49 { get; } = [7, 40, 7, 12, 3, 12];

    public TrainingBatch Batch()
    {
        // A padded record has as many tokens as inputs; a full one has one more, which is only predicted.
        var records = Lengths.Select(n => n == Length ? Length + 1 : n).ToArray();
        return TrainingBatch.FromRecords(new int[Sequences * (Length + 1)], records, Domain3, Domain49);
    }

    /// <summary>The routing of every layer from logits, by the model's own router.</summary>
    public RouterOutput[] Route(Tensor logits)
    {
        var identity = torch.eye(Experts, dtype: ScalarType.Float64);
        return [.. Enumerable.Range(0, Layers).Select(layer => Router.Route(logits.select(0, layer), identity, TopK, normalise: true))];
    }

    public Tensor LogitsTensor(double[]? values = null) =>
        torch.tensor(values ?? Logits, [Layers, Sequences * Length, Experts], requires_grad: true);
}
