// T tokens, E experts, K top-k, N layers.
using System.Text;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Losses of all layers by one operator each on the host, whose gradients come out of the same pass (<c>src/Native/ops</c>). Each gives what
/// libtorch's operators give one by one, [N].</summary>
internal static unsafe class NativeLosses
{
    private static readonly Operator s_products = new("edl::product_loss");
    private static readonly Operator s_chosenVariance = new("edl::chosen_variance");
    private static readonly Operator s_shareVariance = new("edl::share_variance");
    private static readonly Operator s_coupling = new("edl::token_coupling");

    /// <summary>The mean over tokens of a formula on inner products.</summary>
    /// <param name="means">The batch's routing.</param>
    /// <param name="products">[T, K, K] by layer, K at least 2.</param>
    /// <param name="formula"><c>pairs</c>, <c>span</c>; <c>cosine</c>, <c>squared</c>, <c>absolute</c>.</param>
    /// <param name="epsilon">Its ε.</param>
    public static Tensor OfProducts(RoutingMeans means, Tensor[] products, string formula, double epsilon)
    {
        var text = Encoding.UTF8.GetBytes(formula);
        fixed (nint* first = Handles(products))
        fixed (byte* letters = text)
            return s_products.Call(Argument.Tensors(first, products.Length), Argument.Text(letters, text.Length), epsilon, Sequences(means), means.Lengths);
    }

    /// <summary>The paper's variance, of the chosen experts' weights by their sum.</summary>
    public static Tensor ChosenVariance(RoutingMeans means)
    {
        fixed (nint* weights = Handles(means.Routers.Select(r => r.Weights)), indices = Handles(means.Routers.Select(r => r.Indices)))
            return s_chosenVariance.Call(Argument.Tensors(weights, means.Layers), Argument.Tensors(indices, means.Layers), means.Experts, Sequences(means), means.Lengths);
    }

    /// <summary>The program's variance, of all experts' shares.</summary>
    public static Tensor ShareVariance(RoutingMeans means)
    {
        fixed (nint* probabilities = Handles(means.Routers.Select(r => r.Probabilities)))
            return s_shareVariance.Call(Argument.Tensors(probabilities, means.Layers), Sequences(means), means.Lengths);
    }

    /// <summary>The coupling of each two adjacent layers by the experts that each token takes, [N − 1].</summary>
    public static Tensor TokenCoupling(RoutingMeans means)
    {
        fixed (nint* probabilities = Handles(means.Routers.Select(r => r.Probabilities)), indices = Handles(means.Routers.Select(r => r.Indices)))
            return s_coupling.Call(Argument.Tensors(probabilities, means.Layers), Argument.Tensors(indices, means.Layers), Sequences(means), means.Lengths);
    }

    private static long Sequences(RoutingMeans means) => means.Batch.Ids.size(0);

    // What contiguous() gives lives on in the scope.
    private static nint[] Handles(IEnumerable<Tensor> tensors)
    {
        Tensor[] all = [.. tensors.Select(tensor => tensor.contiguous())];
        var handles = new nint[all.Length];
        Tensor.FillHandles(all, handles);
        return handles;
    }
}
