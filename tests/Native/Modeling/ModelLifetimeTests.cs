using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

// Counts tensors of the whole process, so that nothing else may run beside it.
[Collection(nameof(LifetimeTests))]
public class ModelLifetimeTests
{
    [Fact]
    public void A_training_step_leaves_no_tensor_behind_and_lowers_the_loss()
    {
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 1);
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions(Beta2: 0.95, WeightDecay: 0.1));
        using var batch = TrainingBatch.FromRecords([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [4, 4, 3], [0, 1, 2], [0, 1, 2]);
        var loss = new TrainingLoss([new LoadBalancingLoss(new LossOptions()), new DivergenceLoss(new LossOptions())]);
        var first = Step(0);
        var live = torch.LiveTensors;
        var last = first;
        for (var step = 1; step < 20; step++)
            last = Step(step);
        torch.LiveTensors.ShouldBe(live);
        (first - last).ShouldBeGreaterThan(0.1);

        double Step(int step)
        {
            using var scope = torch.NewDisposeScope();
            var losses = loss.Compute(model.ForwardTraining(batch), batch, step);
            losses.Total.backward();
            torch.nn.utils.clip_grad_norm_([.. model.Parameters.Select(p => p.Value)], 1.0);
            optimizer.Step(1e-2);
            return losses.LanguageModel.item<double>();
        }
    }

    [Fact]
    public void A_disposed_model_leaves_no_tensor_behind()
    {
        var live = torch.LiveTensors;
        using (var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 1))
        {
            using var scope = torch.NewDisposeScope();
            model.Forward(MoeTransformerTests.Ids(1, 2, 3));
        }

        torch.LiveTensors.ShouldBe(live);
    }

    [Fact]
    public void A_disposed_cache_leaves_no_tensor_behind()
    {
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 1);
        Generate(); // the model keeps masks and angles
        var live = torch.LiveTensors;
        Generate();
        torch.LiveTensors.ShouldBe(live);

        void Generate()
        {
            using var scope = torch.NewDisposeScope();
            using var cache = model.NewCache(1);
            model.LogitsAt(MoeTransformerTests.Ids(1, 2, 3), cache: cache);
            cache.Select([0, 0]);
            model.LogitsAt(torch.tensor([4L, 5L], [2, 1]), cache: cache);
        }
    }
}
