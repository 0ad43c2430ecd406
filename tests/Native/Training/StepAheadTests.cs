using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>A step whose optimizer finishes beside the next pass.</summary>
public sealed class StepAheadTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Its_run_gives_the_same_bytes_as_steps_that_end(int threads)
    {
        var ended = AfterSteps(threads, 4, trainer => trainer.Step());
        var ahead = AfterSteps(threads, 4, trainer => trainer.StepAhead());
        foreach (var (name, values) in ended)
            ahead[name].ShouldBe(values, name);
        ahead.Count.ShouldBe(ended.Count);
    }

    [Fact]
    public void Until_it_has_finished_packed_weights_are_those_before_it() => With(2, (trainer, model) =>
    {
        var before = Weights(model);
        trainer.StepAhead();
        var meanwhile = Weights(model);
        AdamW.Settle();
        var after = Weights(model);
        foreach (var parameter in model.Parameters)
        {
            after[parameter.Name].ShouldNotBe(before[parameter.Name], parameter.Name);
            meanwhile[parameter.Name].ShouldBe((model.Packed(parameter) is null ? after : before)[parameter.Name], parameter.Name);
        }
    });

    [Fact]
    public void A_pass_that_follows_sees_the_new_weights()
    {
        Loss(trainer => trainer.StepAhead()).ShouldBe(Loss(trainer => trainer.Step()));
        Loss(_ => { }).ShouldNotBe(Loss(trainer => trainer.Step()));

        double Loss(Action<Trainer> step)
        {
            var loss = 0.0;
            With(2, (trainer, model, batches) =>
            {
                step(trainer);
                using var noGrad = torch.no_grad();
                using var batch = batches.Batch(7);
                loss = model.ForwardTraining(batch).NegativeLogLikelihood.item<double>();
            });
            return loss;
        }
    }

    [Fact]
    public void So_does_a_checkpoint() => With(2, (trainer, model) =>
    {
        trainer.StepAhead();
        trainer.WriteCheckpoint(Directory.CreateDirectory(_pack.Output("state")).FullName);
        using var written = Checkpoint.Load(_pack.Output("state"));
        var expected = Weights(model);
        foreach (var (name, values) in Weights(written))
            values.ShouldBe(expected[name], name);
    });

    [Fact]
    public void Another_trainers_step_on_the_thread_finishes_it_first() => With(2, (first, model) =>
    {
        var before = Weights(model);
        first.StepAhead();
        With(second => second.StepAhead());
        foreach (var (name, values) in Weights(model))
            values.ShouldNotBe(before[name], name);

        void With(Action<Trainer> test) => Here((trainer, _, _) => test(trainer));
    });

    public void Dispose() => _pack.Dispose();

    private Dictionary<string, float[]> AfterSteps(int threads, int steps, Action<Trainer> step)
    {
        var weights = new Dictionary<string, float[]>();
        With(threads, (trainer, model) =>
        {
            for (var i = 0; i < steps; i++)
                step(trainer);
            AdamW.Settle();
            weights = Weights(model);
        });
        return weights;
    }

    private static Dictionary<string, float[]> Weights(MoeTransformer model) => model.Parameters.ToDictionary(p => p.Name, p => p.Value.ToArray<float>());

    private void With(int threads, Action<Trainer, MoeTransformer> test) => With(threads, (trainer, model, _) => test(trainer, model));

    private void With(int threads, Action<Trainer, MoeTransformer, BatchSource> test)
    {
        using var thread = new TorchThread();
        thread.Run(() => Here(test, threads));
    }

    private void Here(Action<Trainer, MoeTransformer, BatchSource> test, int threads = 2)
    {
        using var scope = torch.NewDisposeScope();
        var request = _pack.Request("a");
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        var options = TrainingOptions.FromJson(request.Train) with { Threads = threads };
        using var model = MoeTransformer.Create(RecipeSections.Model(request.Model, data.Info), 1);
        var batches = new BatchSource(data, options, 1);
        using var trainer = new Trainer(model, RecipeSections.Losses(request.Losses), batches, options);
        test(trainer, model, batches);
    }
}
