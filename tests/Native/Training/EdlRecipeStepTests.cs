using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using ExpertDivergence.Training.Bench;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>The recipes for GPUs with their layers, heads, experts, losses and schedule, in widths that a test can afford: one real step.</summary>
[Collection(nameof(LifetimeTests))]
public sealed class EdlRecipeStepTests
{
    private static readonly string[] s_small =
    [
        "model.hidden_size=32", "model.head_dim=16", "model.expert_size=16", "tokenizer.vocab_size=64", "pack.sequence_length=8",
        "train.device=cpu", "train.batch_size=8", "train.accumulation=2", "train.threads=1",
    ];

    [Theory]
    [InlineData("edl-3b", 20)]
    [InlineData("edl-8b", 20)]
    [InlineData("edl-15b", 24)]
    public void A_small_width_takes_one_step_of_the_fine_arm(string name, int layers)
    {
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            var recipe = RecipeLibrary.Resolve(name, s_small);
            var training = TrainingOptions.FromJson(recipe.Section("train"));
            var none = new PackCounts(0, 0);
            var shape = RecipeSections.Model(recipe.Section("model"), new PackInfo(8, 2, 64, 0, [], [], none, none));
            (shape.Layers, shape.Experts, shape.TopK).ShouldBe((layers, 64, 4));
            using var model = MoeTransformer.Create(shape, seed: 1);
            using var batches = new RandomBatches(1, 8, 8, 64, domains: 3);
            using var trainer = new Trainer(model, RecipeSections.Losses(recipe.LossesOf("edl-49")), batches, training with { Steps = 1, WarmupSteps = 0 });
            var before = model.Layout.Head.ToArray<float>();

            trainer.Step();

            trainer.Tokens.ShouldBe(64);
            trainer.Metrics.Rows.Count.ShouldBe(1);
            trainer.Metrics.Rows[0][5].ShouldBeInRange(Math.Log(64) - 0.5, Math.Log(64) + 0.5); // nothing is learned yet
            model.Layout.Head.ToArray<float>().ShouldNotBe(before);
        });
    }
}
