// D model, E experts, F expert width, H query heads, G key/value heads, R head width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>The weights that the PyTorch peer begins with, from libtorch's own generator drawn in the order in which the peer draws.</summary>
/// <remarks>Its modules are made with PyTorch's initial values, then every matrix is drawn again; the first draws are made and dropped
/// here. So the losses of the two programs can be compared number by number.</remarks>
public static class PeerInitialization
{
    /// <summary>Seeds libtorch's generator and fills a model; batches drawn from the same generator afterwards are the peer's too.</summary>
    public static void Fill(MoeTransformer model, double standardDeviation)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var (layout, options) = (model.Layout, model.Options);
        torch.manual_seed(0);
        layout.Embedding.normal_();
        foreach (var layer in layout.Layers)
        {
            foreach (var part in Projections(layer, options).Append(layer.Output).Append(layer.Router))
                part.clone().uniform_(-1, 1);
            layer.GateUp.normal_();
            layer.Down.normal_();
        }

        layout.Head.uniform_(-1, 1);

        layout.Embedding.normal_(0, standardDeviation);
        foreach (var layer in layout.Layers)
        {
            foreach (var projection in Projections(layer, options))
                projection.copy_(projection.clone().normal_(0, standardDeviation));
            foreach (var matrix in new[] { layer.Output, layer.GateUp, layer.Down, layer.Router })
                matrix.normal_(0, standardDeviation);
        }

        layout.Head.normal_(0, standardDeviation);
    }

    // Query, key and value, which the peer holds apart.
    private static Tensor[] Projections(LayerWeights layer, ModelOptions options)
    {
        long query = (long)options.Heads * options.ResolvedHeadDim, key = (long)options.KvHeads * options.ResolvedHeadDim;
        return layer.Qkv.split([query, key, key], 0);
    }
}
