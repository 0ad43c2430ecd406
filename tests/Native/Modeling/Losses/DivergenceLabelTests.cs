using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

public class DivergenceLabelTests
{
    private static readonly int[] s_records = [5, 5, 5, 5, 5, 5];

    [Fact]
    public void Every_sequence_may_be_its_own_domain()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(5, padded: true);
        var own = Value(routing, new LossOptions { Labels = "sequence" }, routing.Batch());
        var numbered = TrainingBatch.FromRecords(new int[30], [.. routing.Lengths.Select(n => n == 4 ? 5 : n)], new int[6], [0, 1, 2, 3, 4, 5]);
        own.ShouldBe(Value(routing, new LossOptions(), numbered));
        new DivergenceLoss(new LossOptions { Labels = "sequence" }).Domains(numbered).ShouldBe((6, 15));
    }

    [Fact]
    public void Random_labels_come_from_the_sequences_keys()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(5, padded: false);
        var keyed = TrainingBatch.FromRecords(new int[30], s_records, new int[6], new int[6], sequenceKeys: [3, 8, 13, 4, 9, 6]);
        var numbered = TrainingBatch.FromRecords(new int[30], s_records, new int[6], [3, 3, 3, 4, 4, 1]);
        Value(routing, new LossOptions { Labels = "random", Classes = 5 }, keyed).ShouldBe(Value(routing, new LossOptions(), numbered));
        Should.Throw<OptionException>(() => Value(routing, new LossOptions { Labels = "random" }, routing.Batch())).Option.ShouldBe("losses.divergence.labels");
    }

    [Theory]
    [InlineData(false, "micro_batch")]
    [InlineData(true, "micro_batch")]
    [InlineData(true, "step")]
    public void Labels_of_tokens_make_means_over_tokens(bool padded, string granularity)
    {
        var routing = new RoutingCase(5, padded);
        var domains = Enumerable.Range(0, 30).Select(i => i / 7 % 3).ToArray();
        var batch = TrainingBatch.FromRecords(new int[30], [.. routing.Lengths.Select(n => n == 4 ? 5 : n)], new int[6], new int[6], tokenDomain3: domains, tokenDomain49: domains);
        var tokens = Enumerable.Range(0, 24).Where(t => t % 4 < routing.Lengths[t / 4]).ToArray();
        LossCheck.Holds(new DivergenceLoss(new LossOptions { Granularity = granularity }), routing.Logits, [2, 24, 5],
            logits => new RoutingMeans(routing.Route(logits), batch),
            x => [.. Enumerable.Range(0, 2).Select(layer => new PlainLosses(routing).DivergenceOfTokens(x, layer, [.. tokens.Select(t => domains[t / 4 * 5 + t % 4])], tokens, 1e-8))]);
    }

    [Fact]
    public void Labels_of_tokens_that_are_the_sequences_weigh_tokens_and_so_agree_where_none_is_padded()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(5, padded: false);
        var tokens = routing.Domain49.SelectMany(d => Enumerable.Repeat(d, 5)).ToArray();
        var batch = TrainingBatch.FromRecords(new int[30], s_records, routing.Domain3, routing.Domain49, tokenDomain3: tokens, tokenDomain49: tokens);
        Value(routing, new LossOptions(), batch).ShouldBe(Value(routing, new LossOptions(), routing.Batch()), 1e-12);
    }

    private static double[] Value(RoutingCase routing, LossOptions options, TrainingBatch batch) =>
        new DivergenceLoss(options).PerLayer(new RoutingMeans(routing.Route(routing.LogitsTensor()), batch)).ToArray<double>();
}
