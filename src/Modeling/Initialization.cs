using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Initial weights that depend on seed, name and shape alone.</summary>
internal static class Initialization
{
    /// <summary>Fills every matrix with normal numbers of the options' standard deviation; norms stay 1.</summary>
    public static void Fill(ParameterLayout layout, ModelOptions options, long seed)
    {
        foreach (var (name, makeView) in layout.TransformersViews())
        {
            using var scope = torch.NewDisposeScope();
            var view = makeView();
            if (view.dim() < 2)
                continue;
            var random = new KeyedRandom(seed, "initial-weights", name);
            var values = new float[view.numel()];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(options.InitStandardDeviation * random.NextGaussian());
            view.copy_(torch.tensor(values, view.shape));
        }
    }
}
