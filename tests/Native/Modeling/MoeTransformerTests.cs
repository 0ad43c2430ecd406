using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public class MoeTransformerTests
{
    internal static readonly ModelOptions Options = new()
    {
        VocabSize = 20, Layers = 2, Dim = 16, Heads = 4, KvHeads = 2, ExpertWidth = 6, Experts = 4, TopK = 2, MaxPositions = 12, EndOfTextId = 0,
    };

    [Fact]
    public void A_later_token_changes_no_earlier_score()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(Options, seed: 1);
        var before = model.Forward(Ids(1, 2, 3, 4, 5, 6)).Logits;
        var after = model.Forward(Ids(1, 2, 3, 9, 5, 6)).Logits;
        Difference(before.narrow(0, 0, 3), after.narrow(0, 0, 3)).ShouldBe(0.0);
        Difference(before.narrow(0, 3, 3), after.narrow(0, 3, 3)).ShouldBeGreaterThan(1e-4);
    }

    [Fact]
    public void Sequences_of_a_batch_do_not_see_each_other()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(Options, seed: 1);
        var together = model.Forward(torch.cat([Ids(1, 2, 3), Ids(7, 8, 9)], 0)).Logits;
        Difference(together.narrow(0, 3, 3), model.Forward(Ids(7, 8, 9)).Logits).ShouldBeInRange(0, 1e-6);
    }

    [Fact]
    public void Routing_is_reported_with_its_shapes_and_sums()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(Options, seed: 1);
        var output = model.Forward(torch.cat([Ids(1, 2, 3), Ids(7, 8, 9)], 0));
        output.Logits.shape.ShouldBe([6L, 20]);
        output.Routers.Count.ShouldBe(2);
        foreach (var router in output.Routers)
        {
            router.Probabilities.shape.ShouldBe([6L, 4]);
            router.Indices.shape.ShouldBe([6L, 2]);
            Difference(router.Probabilities.sum(-1), torch.ones(6)).ShouldBeInRange(0, 1e-6);
            Difference(router.Weights.sum(-1), torch.ones(6)).ShouldBeInRange(0, 1e-6);
            router.Indices[0, 0].item<long>().ShouldNotBe(router.Indices[0, 1].item<long>());
        }
    }

    [Fact]
    public void A_sequence_longer_than_the_positions_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(Options, seed: 1);
        Should.Throw<ArgumentException>(() => model.Forward(Ids(new long[13])));
    }

    [Fact]
    public void Initial_weights_follow_seed_and_name()
    {
        using var scope = torch.NewDisposeScope();
        using var one = MoeTransformer.Create(Options, seed: 1);
        using var again = MoeTransformer.Create(Options, seed: 1);
        using var other = MoeTransformer.Create(Options, seed: 2);
        for (var i = 0; i < one.Parameters.Count; i++)
        {
            var (name, value, decays) = one.Parameters[i];
            value.equal(again.Parameters[i].Value).ShouldBeTrue(name);
            if (decays)
                value.equal(other.Parameters[i].Value).ShouldBeFalse(name);
            else
                value.equal(torch.ones_like(value)).ShouldBeTrue(name);
        }

        // Pinned: other numbers would make every recorded run another run.
        one.Layout.Embedding[0, 0].item<float>().ShouldBe((float)(0.02 * new KeyedRandom(1, "initial-weights", "model.embed_tokens.weight").NextGaussian()));
        one.Layout.Embedding.std().item<double>().ShouldBe(0.02, 0.003);
    }

    [Fact]
    public void The_number_of_parameters_is_as_counted()
    {
        using var model = MoeTransformer.Create(Options, seed: 1);
        model.Parameters.Sum(p => p.Value.numel()).ShouldBe(Options.CountParameters().Total);
    }

    internal static Tensor Ids(params long[] ids) => torch.tensor(ids, [1, ids.Length]);

    internal static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();
}
