// T = B·L, D model.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>A batch on its way through the model, layer by layer: what differs between the operators that compute it.</summary>
/// <remarks>Every part may be asked for again and gives the same bytes.</remarks>
internal interface ITrainingPass : IDisposable
{
    /// <summary>The number of layers.</summary>
    int Layers { get; }

    /// <summary>The stream before the first layer, [T, D].</summary>
    Tensor Embed();

    /// <summary>Runs a layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="x_TD">The stream before it.</param>
    /// <returns>The stream behind it, and where the router sent its tokens; null where there is none.</returns>
    (Tensor Stream, RouterOutput? Routing) Layer(int layer, Tensor x_TD);

    /// <summary>Sum over the predicted tokens of −log p(target), a scalar.</summary>
    /// <param name="x_TD">The stream behind the last layer.</param>
    Tensor NegativeLogLikelihood(Tensor x_TD);
}
