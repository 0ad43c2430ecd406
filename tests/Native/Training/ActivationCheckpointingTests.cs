using System.Text.Json.Nodes;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

// Counts tensors of the whole process.
[Collection(nameof(LifetimeTests))]
public sealed class ActivationCheckpointingTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Theory]
    [MemberData(nameof(Arms.Theory), MemberType = typeof(Arms))]
    public void Computed_again_every_arm_has_the_same_gradients_bit_for_bit(string arm) => Compare(arm, """{"kernels": "composite"}""");

    [Theory]
    [InlineData("""{"kernels": "composite", "accumulation": 2, "document_masking": true}""")]
    [InlineData("""{"kernels": "fused", "precision": "fp32", "document_masking": true}""")]
    [InlineData("""{"kernels": "fused", "precision": "bf16", "accumulation": 4}""")]
    public void So_it_is_with_every_kernel(string train) => Compare("edl-49", train);

    [Theory]
    [InlineData("composite")]
    [InlineData("fused")]
    public void So_it_is_with_a_dense_layer_and_a_shared_expert(string kernels) => Compare("edl-49", $$"""{"kernels": "{{kernels}}"}""",
        """{"layers": 3, "first_dense_layers": 1, "shared_experts": 1, "router_score": "sigmoid"}""");

    [Fact]
    public void Computed_again_a_step_leaves_as_many_live_tensors_as_it_found()
    {
        WithStep("edl-49", """{"kernels": "composite", "activation_checkpointing": "layer"}""", (step, _) =>
        {
            Run(step);
            var before = torch.LiveTensors;
            Run(step);
            torch.LiveTensors.ShouldBe(before);
        });

        static void Run(StepGradients step)
        {
            using var scope = torch.NewDisposeScope();
            step.Compute(0, tokens: 100);
        }
    }

    public void Dispose() => _pack.Dispose();

    private void Compare(string arm, string train, string shape = "{}")
    {
        var kept = Gradients(arm, train, shape);
        var again = Gradients(arm, train.Replace("{", """{"activation_checkpointing": "layer", """), shape);
        again.Losses.ShouldBe(kept.Losses);
        foreach (var (name, gradient) in kept.Gradients)
        {
            gradient.ShouldContain(g => g != 0, name);
            again.Gradients[name].ShouldBe(gradient, name);
        }
    }

    private (double[] Losses, Dictionary<string, float[]> Gradients) Gradients(string arm, string train, string shape)
    {
        (double[], Dictionary<string, float[]>) found = default;
        WithStep(arm, train, (step, model) =>
        {
            using var scope = torch.NewDisposeScope();
            var losses = step.Compute(0, tokens: 100);
            found = ([losses.Total.item<double>(), .. losses.Auxiliary.Select(a => a.Value.item<double>())],
                model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.ToArray<float>()));
        }, shape);
        return found;
    }

    private void WithStep(string arm, string train, Action<StepGradients, MoeTransformer> test, string shape = "{}")
    {
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            var request = Arms.Request(_pack, arm, "a", train);
            foreach (var (key, value) in JsonNode.Parse(shape)!.AsObject())
                request.Model[key] = value?.DeepClone();
            using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
            var options = TrainingOptions.FromJson(request.Train);
            using var model = MoeTransformer.Create(RecipeSections.Model(request.Model, data.Info), 1);
            options.Kernels.Apply(model, options.Precision);
            using var loss = new TrainingLoss(RecipeSections.Losses(request.Losses), model.Layout);
            test(new StepGradients(model, loss, new BatchSource(data, options, 1), options), model);
        });
    }
}
