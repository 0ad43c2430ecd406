using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>The sections <c>model</c> and <c>losses</c> of a recipe, as the records that compute with them.</summary>
public static class RecipeSections
{
    private static readonly string[] s_modelKeys =
    [
        "layers", "hidden_size", "heads", "kv_heads", "head_dim", "expert_size", "experts", "top_k", "rope_theta", "rms_norm_eps",
        "initializer_range", "max_positions", "normalise_top_k", "router_score", "router_bias", "router_bias_rate", "shared_experts", "shared_expert_size",
        "first_dense_layers", "dense_size",
    ];

    /// <summary>The shape of a model that is trained on a packed set, which gives the vocabulary and the end-of-text token.</summary>
    /// <param name="model">Section <c>model</c>. <c>max_positions</c> may be absent: then it is the set's sequence length.</param>
    /// <param name="pack">The packed set.</param>
    /// <exception cref="OptionException">A key is unknown or a value out of its range.</exception>
    public static ModelOptions Model(JsonObject model, PackInfo pack)
    {
        OptionsJson.RefuseUnknownKeys(model, "model", s_modelKeys);
        var defaults = new ModelOptions();
        return new ModelOptions
        {
            VocabSize = pack.VocabSize,
            EndOfTextId = pack.EndOfTextId,
            MaxPositions = OptionsJson.Value(model, "model", "max_positions", pack.SequenceLength),
            Layers = OptionsJson.Value(model, "model", "layers", defaults.Layers),
            Dim = OptionsJson.Value(model, "model", "hidden_size", defaults.Dim),
            Heads = OptionsJson.Value(model, "model", "heads", defaults.Heads),
            KvHeads = OptionsJson.Value(model, "model", "kv_heads", defaults.KvHeads),
            HeadDim = OptionsJson.Value(model, "model", "head_dim", defaults.HeadDim),
            ExpertWidth = OptionsJson.Value(model, "model", "expert_size", defaults.ExpertWidth),
            Experts = OptionsJson.Value(model, "model", "experts", defaults.Experts),
            TopK = OptionsJson.Value(model, "model", "top_k", defaults.TopK),
            NormaliseTopK = OptionsJson.Value(model, "model", "normalise_top_k", defaults.NormaliseTopK),
            RouterScore = OptionsJson.Value(model, "model", "router_score", defaults.RouterScore),
            RouterBias = OptionsJson.Value(model, "model", "router_bias", defaults.RouterBias),
            RouterBiasRate = OptionsJson.Value(model, "model", "router_bias_rate", defaults.RouterBiasRate),
            SharedExperts = OptionsJson.Value(model, "model", "shared_experts", defaults.SharedExperts),
            SharedExpertWidth = OptionsJson.Value(model, "model", "shared_expert_size", defaults.SharedExpertWidth),
            FirstDenseLayers = OptionsJson.Value(model, "model", "first_dense_layers", defaults.FirstDenseLayers),
            DenseWidth = OptionsJson.Value(model, "model", "dense_size", defaults.DenseWidth),
            RopeTheta = OptionsJson.Value(model, "model", "rope_theta", defaults.RopeTheta),
            NormEpsilon = OptionsJson.Value(model, "model", "rms_norm_eps", defaults.NormEpsilon),
            InitStandardDeviation = OptionsJson.Value(model, "model", "initializer_range", defaults.InitStandardDeviation),
        }.Validate();
    }

    /// <summary>The auxiliary losses of an arm, in ordinal order of their names.</summary>
    /// <param name="losses">Section <c>arms.NAME.losses</c>: options by name.</param>
    /// <param name="steps">The run's steps, for ends that are shares of them.</param>
    /// <exception cref="OptionException">A loss, an option or a value is unknown.</exception>
    public static IReadOnlyList<ILoss> Losses(JsonObject losses, int steps = 0) =>
        [.. losses.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l =>
            LossRegistry.Create(l.Key, OptionsJson.Read<LossOptions>(l.Value as JsonObject ?? [], "losses." + l.Key).ForSteps(l.Key, steps)))];
}
