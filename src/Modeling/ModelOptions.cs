using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>The shape of a language model with Qwen3-MoE's attention and an untied head; by default Qwen3-MoE itself: every layer a mixture of
/// experts, softmax routing, no shared expert.</summary>
/// <remarks>Checked by <see cref="Validate"/>; option names in errors are the recipe's (<c>model.top_k</c>).</remarks>
public sealed record ModelOptions
{
    /// <summary>V: number of token ids.</summary>
    public int VocabSize { get; init; } = 4096;

    /// <summary>Number of decoder layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>D: width of the residual stream.</summary>
    public int Dim { get; init; } = 256;

    /// <summary>H: number of query heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Number of key and value heads; divides <see cref="Heads"/> (grouped-query attention).</summary>
    public int KvHeads { get; init; } = 4;

    /// <summary>Width of a head, even; 0 means <see cref="Dim"/> / <see cref="Heads"/>.</summary>
    public int HeadDim { get; init; }

    /// <summary>F: inner width of one expert.</summary>
    public int ExpertWidth { get; init; } = 256;

    /// <summary>E: number of routed experts per layer.</summary>
    public int Experts { get; init; } = 16;

    /// <summary>K: experts that each token is sent to.</summary>
    public int TopK { get; init; } = 2;

    /// <summary>Whether the K chosen probabilities are divided by their sum.</summary>
    public bool NormaliseTopK { get; init; } = true;

    /// <summary>How the router's scores become the shares of experts.</summary>
    public RouterScore RouterScore { get; init; } = RouterScore.Softmax;

    /// <summary>Whether experts are chosen by their share and a bias that balances them without a loss (arXiv 2408.15664).</summary>
    public bool RouterBias { get; init; }

    /// <summary>u: how far a step moves that bias.</summary>
    public double RouterBiasRate { get; init; } = 1e-3;

    /// <summary>Experts per layer that all tokens pass besides the routed ones.</summary>
    public int SharedExperts { get; init; }

    /// <summary>Inner width of one shared expert; 0 means <see cref="ExpertWidth"/>.</summary>
    public int SharedExpertWidth { get; init; }

    /// <summary>How many layers at the bottom have one network for all tokens instead of experts.</summary>
    public int FirstDenseLayers { get; init; }

    /// <summary>Inner width of that network; 0 means <see cref="ExpertWidth"/> · <see cref="TopK"/>, as wide as what a token passes elsewhere.</summary>
    public int DenseWidth { get; init; }

    /// <summary>The longest sequence, in tokens.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000.0;

    /// <summary>Added to the mean square in every RMS norm.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Standard deviation of the initial weights of every matrix.</summary>
    public double InitStandardDeviation { get; init; } = 0.02;

    /// <summary>Coefficient of the load-balancing loss, as noted in <c>config.json</c>; training takes its own from the recipe.</summary>
    public double LoadBalanceCoefficient { get; init; } = 1e-3;

    /// <summary>Id of the end-of-text token; null where the tokenizer has none.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>The width of a head after the default is resolved.</summary>
    public int ResolvedHeadDim => HeadDim > 0 ? HeadDim : Dim / Math.Max(Heads, 1);

    /// <summary>The width of a dense layer's network after the default is resolved.</summary>
    public int ResolvedDenseWidth => DenseWidth > 0 ? DenseWidth : ExpertWidth * TopK;

    /// <summary>Inner width of all shared experts of a layer together; 0 without any.</summary>
    public int SharedWidth => SharedExperts * (SharedExpertWidth > 0 ? SharedExpertWidth : ExpertWidth);

    /// <summary>Layers that have experts.</summary>
    public int MoeLayers => Layers - FirstDenseLayers;

    /// <summary>Checks every value and how they fit together.</summary>
    /// <returns>This record with the widths resolved that were left open, and those at 0 that nothing has.</returns>
    /// <exception cref="OptionException">A value is out of range; names the option and what to set it to.</exception>
    public ModelOptions Validate()
    {
        AtLeastOne("vocab_size", VocabSize);
        AtLeastOne("layers", Layers);
        AtLeastOne("dim", Dim);
        AtLeastOne("heads", Heads);
        AtLeastOne("kv_heads", KvHeads);
        AtLeastOne("expert_width", ExpertWidth);
        AtLeastOne("experts", Experts);
        AtLeastOne("top_k", TopK);
        AtLeastOne("max_positions", MaxPositions);
        if (TopK > Experts)
            throw Refuse("top_k", $"{TopK} experts per token, but a layer has only {Experts}", $"Set it to at most model.experts = {Experts}.");
        if (HeadDim < 0)
            throw Refuse("head_dim", $"{HeadDim} is negative", "Set it to an even number, or to 0 for dim / heads.");
        if (HeadDim == 0 && Dim % Heads != 0)
            throw Refuse("heads", $"{Heads} heads do not divide a width of {Dim}", "Choose a divisor of model.dim, or set model.head_dim.");
        if (ResolvedHeadDim % 2 != 0)
            throw Refuse("head_dim", $"{ResolvedHeadDim} is odd, and rotary positions turn pairs", "Choose an even width of a head.");
        if (Heads % KvHeads != 0)
            throw Refuse("kv_heads", $"{KvHeads} does not divide {Heads} query heads", "Choose a divisor of model.heads.");
        NotNegative("shared_experts", SharedExperts);
        NotNegative("shared_expert_size", SharedExpertWidth);
        NotNegative("first_dense_layers", FirstDenseLayers);
        NotNegative("dense_size", DenseWidth);
        if (FirstDenseLayers >= Layers)
            throw Refuse("first_dense_layers", $"{FirstDenseLayers} of {Layers} layers leave none with experts", $"Set it to at most {Layers - 1}.");
        if (RouterBias)
            Positive("router_bias_rate", RouterBiasRate);
        Positive("rope_theta", RopeTheta);
        Positive("norm_epsilon", NormEpsilon);
        Positive("init_standard_deviation", InitStandardDeviation);
        if (!(LoadBalanceCoefficient >= 0 && double.IsFinite(LoadBalanceCoefficient)))
            throw Refuse("load_balance_coefficient", $"{LoadBalanceCoefficient} is not a coefficient", "Set it to 0 or more.");
        if (EndOfTextId is { } id && (id < 0 || id >= VocabSize))
            throw Refuse("end_of_text_id", $"{id} is not an id of a vocabulary of {VocabSize}", $"Choose an id from 0 to {VocabSize - 1}.");
        return this with
        {
            HeadDim = ResolvedHeadDim,
            SharedExpertWidth = SharedExperts > 0 ? SharedWidth / SharedExperts : 0,
            DenseWidth = FirstDenseLayers > 0 ? ResolvedDenseWidth : 0,
        };
    }

    /// <summary>Number of weights, in all and used per token (K of E experts, all shared ones; embedding and head count whole); a bias is none.</summary>
    public (long Total, long Active) CountParameters()
    {
        long d = Dim, hd = ResolvedHeadDim, expert = 3 * d * ExpertWidth;
        var attention = (2L * Heads + 2L * KvHeads) * hd * d + 2 * hd;
        var rest = (Layers * (attention + 2 * d)) + (MoeLayers * d * (Experts + (3L * SharedWidth))) + (3L * FirstDenseLayers * d * ResolvedDenseWidth)
            + (2L * VocabSize * d) + d;
        return (rest + MoeLayers * Experts * expert, rest + MoeLayers * TopK * expert);
    }

    private static void AtLeastOne(string name, int value)
    {
        if (value < 1)
            throw Refuse(name, $"{value} is too small", "Set it to 1 or more.");
    }

    private static void NotNegative(string name, int value)
    {
        if (value < 0)
            throw Refuse(name, $"{value} is negative", "Set it to 0 or more.");
    }

    private static void Positive(string name, double value)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw Refuse(name, FormattableString.Invariant($"{value} is not a positive number"), "Set it to a number above 0.");
    }

    private static OptionException Refuse(string name, string message, string remedy) => new("model." + name, message, remedy);
}
