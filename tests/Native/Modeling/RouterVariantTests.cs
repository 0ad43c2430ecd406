using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Modeling.Losses;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Tests.Native.Modeling.MoeTransformerTests;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Routers beside softmax, and what goes beside routed experts.</summary>
public sealed class RouterVariantTests : IDisposable
{
    private const int Tokens = 6, Experts = 5, TopK = 2;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static IEnumerable<TheoryDataRow<RouterScore, bool, bool>> Variants() =>
        from score in Enum.GetValues<RouterScore>()
        from normalise in new[] { false, true }
        from bias in new[] { false, true }
        select new TheoryDataRow<RouterScore, bool, bool>(score, normalise, bias);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Choice_weights_and_gradient_are_those_of_the_definition(RouterScore score, bool normalise, bool biased)
    {
        var bias = biased ? new[] { 0.0, 0.9, 0, -0.9, 0 } : null;
        var point = LossCheck.Numbers(Tokens * Experts, "variants");
        var logits = torch.tensor(point, [Tokens, Experts], requires_grad: true);
        var routing = Router.FromLogits(logits, TopK, normalise, score, bias is null ? null : torch.tensor(bias, [Experts]));

        routing.Indices.ToArray<long>().ShouldBe([.. Enumerable.Range(0, Tokens).SelectMany(t => Chosen(point, t)).Select(e => (long)e)]);
        routing.Probabilities.sum(-1).ToArray<double>().ShouldAllBe(sum => Math.Abs(sum - 1) < 1e-12);
        routing.Weights.ToArray<double>().ShouldBe([.. Enumerable.Range(0, Tokens).SelectMany(t => Weights(point, t))], 1e-12);
        (routing.Weights * (torch.arange(Tokens * TopK, dtype: ScalarType.Float64).view(Tokens, TopK) + 1.0)).sum().backward();
        GradientCheck.Error(x => Enumerable.Range(0, Tokens).SelectMany(t => Weights(x, t)).Select((w, i) => (i + 1) * w).Sum(), point, logits.grad!.ToArray<double>())
            .ShouldBeInRange(0, 1e-7);

        double[] Shares(double[] x, int t)
        {
            var row = x.AsSpan(t * Experts, Experts).ToArray();
            return score == RouterScore.Sigmoid ? [.. row.Select(v => 1 / (1 + Math.Exp(-v)))] : [.. row.Select(v => Math.Exp(v) / row.Sum(Math.Exp))];
        }

        // The choice is that of the point: a step of the numerical gradient changes none.
        IEnumerable<int> Chosen(double[] x, int t) => Enumerable.Range(0, Experts).OrderByDescending(e => Shares(x, t)[e] + (bias?[e] ?? 0)).Take(TopK);

        IEnumerable<double> Weights(double[] x, int t)
        {
            var chosen = Chosen(point, t).Select(e => Shares(x, t)[e]).ToArray();
            return normalise ? chosen.Select(w => w / chosen.Sum()) : chosen;
        }
    }

    [Fact]
    public void A_bias_moves_towards_the_mean_load_after_a_step()
    {
        using var model = MoeTransformer.Create(Options with { RouterBias = true, RouterBiasRate = 0.25 }, seed: 1);
        using var loss = new TrainingLoss([], model.Layout);
        var counts = new double[2, 4];
        foreach (var text in new[] { 1, 2 })
        {
            using var batch = TrainingBatch.FromRecords([text, 5, 9, 2, 7, 3], [6], [0], [0]);
            var output = model.ForwardTraining(batch);
            loss.Compute(output, batch, 0, 10, 2);
            for (var layer = 0; layer < 2; layer++)
            {
                foreach (var expert in output.Routers[layer].Indices.ToArray<long>())
                    counts[layer, expert]++;
            }
        }

        model.Layout.RouterBiases[0].ToArray<float>().ShouldAllBe(b => b == 0);
        loss.EndStep();
        for (var layer = 0; layer < 2; layer++)
        {
            var mean = Enumerable.Range(0, 4).Average(e => counts[layer, e]);
            model.Layout.RouterBiases[layer].ToArray<float>().ShouldBe([.. Enumerable.Range(0, 4).Select(e => 0.25f * Math.Sign(mean - counts[layer, e]))]);
        }

        // Without a step in between nothing moves.
        var before = model.Layout.RouterBiases[1].ToArray<float>();
        loss.EndStep();
        model.Layout.RouterBiases[1].ToArray<float>().ShouldBe(before);
    }

    [Fact]
    public void Balancing_by_bias_balances()
    {
        using var model = MoeTransformer.Create(Options with { RouterScore = RouterScore.Sigmoid, RouterBias = true, RouterBiasRate = 0.002 }, seed: 1);
        using var loss = new TrainingLoss([], model.Layout);
        using var batch = TrainingBatch.FromRecords([.. Enumerable.Range(0, 78).Select(i => i * 7 % 20)], [13, 13, 13, 13, 13, 13], new int[6], new int[6]);
        double Unbalance() => new RoutingMeans(model.ForwardTraining(batch).Routers, batch).Load().sub(0.25).abs().max().item<double>();
        var before = Unbalance();
        for (var step = 0; step < 60; step++)
        {
            loss.Compute(model.ForwardTraining(batch), batch, step);
            loss.EndStep();
        }

        Unbalance().ShouldBeLessThan(before / 2);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Inference_follows_the_same_router(string name)
    {
        using var model = Variant(name);
        using var cache = model.NewCache(1);
        long[] text = [1, 2, 3, 4, 5, 6];
        model.LogitsAt(Ids(text[..3]), cache: cache);
        var last = model.LogitsAt(Ids(text[3..]), cache: cache);
        (last - model.Forward(Ids(text)).Logits.narrow(0, 3, 3)).abs().max().item<double>().ShouldBeInRange(0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_saved_model_is_the_same_bit_by_bit(string name)
    {
        var folder = Directory.CreateTempSubdirectory("edl-variant-").FullName;
        using var model = Variant(name);
        Checkpoint.Save(folder, model);
        using var loaded = Checkpoint.Load(folder);
        loaded.Options.ShouldBe(model.Options);
        foreach (var (mine, theirs) in model.Layout.RouterBiases.Zip(loaded.Layout.RouterBiases))
            theirs.equal(mine).ShouldBeTrue();
        loaded.Layout.RouterBiases.Count.ShouldBe(model.Options.RouterBias ? model.Options.MoeLayers : 0);
        loaded.Forward(Ids(1, 2, 3)).Logits.equal(model.Forward(Ids(1, 2, 3)).Logits).ShouldBeTrue();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_weight_has_a_gradient_and_the_count_is_right(string name)
    {
        using var model = Variant(name);
        using var batch = TrainingBatch.FromRecords([.. Enumerable.Range(0, 65).Select(i => i * 7 % 20)], [13, 13, 13, 13, 13], new int[5], new int[5]);
        var output = model.ForwardTraining(batch);
        output.Routers.Count.ShouldBe(model.Options.MoeLayers);
        output.NegativeLogLikelihood.backward();
        foreach (var parameter in model.Parameters)
            parameter.Value.grad.ShouldNotBeNull(parameter.Name).abs().sum().item<double>().ShouldBeGreaterThan(0, parameter.Name);
        model.Options.CountParameters().Total.ShouldBe(model.Parameters.Sum(p => p.Value.numel()));
    }

    [Fact]
    public void Shared_experts_are_what_all_tokens_add()
    {
        using var model = Variant("shared");
        var w = model.Layout.Layers[0];
        w.SharedGateUp!.shape.ShouldBe([1L, 16, 24]);
        var with = model.Forward(Ids(1, 2, 3)).Logits;
        using (torch.no_grad())
        {
            foreach (var layer in model.Layout.Layers)
                layer.SharedDown!.zero_();
        }

        using var plain = MoeTransformer.Create(Options, seed: 1);
        var without = model.Forward(Ids(1, 2, 3)).Logits;
        (without - plain.Forward(Ids(1, 2, 3)).Logits).abs().max().item<double>().ShouldBeInRange(0, 1e-6);
        (without - with).abs().max().item<double>().ShouldBeGreaterThan(1e-6);
    }

    public static TheoryData<string> Models() => ["sigmoid", "bias", "shared", "dense", "dots", "all"];

    private static MoeTransformer Variant(string name)
    {
        var model = MoeTransformer.Create(name switch
        {
            "sigmoid" => Options with { RouterScore = RouterScore.Sigmoid, NormaliseTopK = false },
            "bias" => Options with { RouterBias = true },
            "shared" => Options with { SharedExperts = 2 },
            "dense" => Options with { FirstDenseLayers = 1, DenseWidth = 10 },
            "dots" => Options with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 1, FirstDenseLayers = 1 },
            _ => Options with { RouterScore = RouterScore.Sigmoid, RouterBias = true, RouterBiasRate = 0.02, SharedExperts = 2, SharedExpertWidth = 5, FirstDenseLayers = 1, DenseWidth = 7 },
        }, seed: 1);

        // As after some steps: such a bias changes choices.
        foreach (var bias in model.Layout.RouterBiases)
            bias.copy_(torch.tensor(new[] { 0.3f, -0.2f, 0.1f, -0.25f }, [4]));
        return model;
    }
}
