using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

// Counts tensors of the whole process, so that nothing else may run beside it.
[Collection(nameof(LifetimeTests))]
public sealed class TrainerTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Fact]
    public void A_step_leaves_as_many_live_tensors_as_it_found() => WithTrainer((trainer, _) =>
    {
        trainer.Step();
        var before = torch.LiveTensors;
        trainer.Step();
        torch.LiveTensors.ShouldBe(before);
    });

    [Fact]
    public void A_spoiled_weight_is_named_and_nothing_is_stepped() => WithTrainer((trainer, model) =>
    {
        trainer.Step();
        using var scope = torch.NewDisposeScope();
        var before = model.Layout.Embedding.ToArray<float>();

        using (torch.no_grad())
            model.Layout.Layers[1].Down.mul_(float.NaN);
        var error = Should.Throw<NonFiniteException>(trainer.Step);

        error.Culprit.ShouldBe("the language-model loss");
        error.Step.ShouldBe(2);
        trainer.StepsDone.ShouldBe(1);
        model.Layout.Embedding.ToArray<float>().ShouldBe(before);
    });

    [Fact]
    public void A_gradient_that_overflows_is_named_by_the_parameter_where_it_began() => WithTrainer(
        (trainer, _) => Should.Throw<NonFiniteException>(trainer.Step).Culprit.ShouldBe("the gradient of 'model.layers.1.mlp.gate.weight'"),
        new SteepLoss());

    [Fact]
    public void Padding_is_predicted_by_nobody()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var options = TrainingOptions.FromJson(_pack.Request("a").Train);
        var batches = new BatchSource(data, options, 1);
        var predicted = Enumerable.Range(0, 3).Select(step =>
        {
            using var batch = batches.Batch(step);
            return batch.Targets.ToArray<long>().Count(t => t != TrainingBatch.Ignored);
        }).ToArray();

        predicted.Select(n => (long)n).ShouldBe(Enumerable.Range(0, 3).Select(batches.Tokens));
        predicted.Sum().ShouldBe((24 * 12) - 8);
    }

    public void Dispose() => _pack.Dispose();

    private void WithTrainer(Action<Trainer, MoeTransformer> test, params ILoss[] more)
    {
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            var request = _pack.Request("a");
            using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
            var options = TrainingOptions.FromJson(request.Train);
            using var model = MoeTransformer.Create(RecipeSections.Model(request.Model, data.Info), 1);
            using var trainer = new Trainer(model, [.. RecipeSections.Losses(request.Losses), .. more], new BatchSource(data, options, 1), options);
            test(trainer, model);
        });
    }

    /// <summary>Finite itself, with a slope that is not: the root of 0.</summary>
    private sealed class SteepLoss : ILoss
    {
        public string Name => "steep";

        public LossOptions Options { get; } = new() { Coefficient = 1.0, Layers = "mean" };

        public Tensor PerLayer(RoutingMeans means) => (means.MeanProbability().sum(-1) * 0.0).sqrt();
    }
}
