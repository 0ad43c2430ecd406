using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class AccumulationTests : IDisposable
{
    private const string NoLosses = "{}";
    private readonly TinyPack _pack = new();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Micro_batches_give_the_gradient_of_the_whole_batch(int parts)
    {
        var (whole, loss) = Gradients(1, NoLosses);
        var (divided, lossDivided) = Gradients(parts, NoLosses);
        lossDivided.ShouldBe(loss, 1e-6);
        foreach (var (name, gradient) in whole)
        {
            var scale = gradient.Max(MathF.Abs);
            gradient.Zip(divided[name]).Max(g => MathF.Abs(g.First - g.Second) / scale).ShouldBeInRange(0f, 2e-5f, name);
        }
    }

    [Fact]
    public void The_padded_sequence_is_in_the_batch_that_is_compared()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        using var batch = new BatchSource(data, Options(1), 1).Batch(PaddedStep);
        batch.Lengths.ShouldNotBeNull();
    }

    [Fact]
    public void The_parts_of_a_batch_are_the_batch()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var source = new BatchSource(data, Options(1), 1);
        var whole = source.Batch(1);
        var parts = Enumerable.Range(0, 4).Select(p => source.Batch(1, p, 4)).ToArray();
        parts.SelectMany(p => p.Ids.ToArray<long>()).ShouldBe(whole.Ids.ToArray<long>());
        parts.SelectMany(p => p.Domain49).ShouldBe(whole.Domain49);
        parts.Sum(p => p.PredictedTokens).ShouldBe(whole.PredictedTokens);
    }

    [Fact]
    public void An_auxiliary_loss_of_a_micro_batch_counts_with_its_mean()
    {
        using var thread = new TorchThread();
        thread.Run(() => WithModel("""{"load_balance": {}}""", (model, batches, loss) =>
        {
            var joined = new StepGradients(model, loss, batches, Options(4)).Compute(PaddedStep, batches.Tokens(PaddedStep));
            var parts = Enumerable.Range(0, 4).Select(p =>
            {
                var batch = batches.Batch(PaddedStep, p, 4);
                return loss.Compute(model.ForwardTraining(batch), batch, PaddedStep).Auxiliary[0].Value.item<double>();
            }).ToArray();

            var value = joined.Auxiliary[0].Value.item<double>();
            value.ShouldBe(parts.Average(), 1e-6);
            joined.Total.item<double>().ShouldBe(joined.LanguageModel.item<double>() + (joined.Auxiliary[0].Coefficient * value), 1e-6);
        }));
    }

    public void Dispose() => _pack.Dispose();

    // The step of the first epoch that holds the padded sequence.
    private int PaddedStep { get => field >= 0 ? field : field = FindPadded(); } = -1;

    private int FindPadded()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var source = new BatchSource(data, Options(1), 1);
        return Enumerable.Range(0, 3).First(step => source.Batch(step).Lengths is not null);
    }

    private TrainingOptions Options(int accumulation) =>
        TrainingOptions.FromJson(_pack.Request("a", $$"""{"accumulation": {{accumulation}}}""").Train);

    private (Dictionary<string, float[]> Gradients, double Loss) Gradients(int accumulation, string losses)
    {
        using var thread = new TorchThread();
        return thread.Run(() =>
        {
            (Dictionary<string, float[]>, double) result = default;
            WithModel(losses, (model, batches, loss) =>
            {
                var total = new StepGradients(model, loss, batches, Options(accumulation)).Compute(PaddedStep, batches.Tokens(PaddedStep)).Total.item<double>();
                result = (model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.ToArray<float>()), total);
            });
            return result;
        });
    }

    private void WithModel(string losses, Action<MoeTransformer, BatchSource, TrainingLoss> test)
    {
        var request = _pack.Request("a");
        using var scope = torch.NewDisposeScope();
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        using var model = MoeTransformer.Create(RecipeSections.Model(request.Model, data.Info), 1);
        test(model, new BatchSource(data, Options(1), 1), new TrainingLoss(RecipeSections.Losses(System.Text.Json.Nodes.JsonNode.Parse(losses)!.AsObject())));
    }
}
