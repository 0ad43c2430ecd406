using System.Diagnostics;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>A trainer on random tokens, with the peer's weights and batches (on a GPU with others: its generator draws them), whose steps are timed.</summary>
internal sealed class TimedTrainer : IDisposable
{
    private readonly Device _device;
    private readonly MoeTransformer _model;
    private readonly RandomBatches _batches;
    private readonly Trainer _trainer;

    public TimedTrainer(TrainingBenchOptions options, int steps)
    {
        torch.set_num_threads(options.Threads);
        var shape = options.Model.Validate();
        _device = options.Device.Resolve();
        _model = MoeTransformer.Create(shape, seed: 0, device: _device);
        PeerInitialization.Fill(_model, shape.InitStandardDeviation);
        _batches = new RandomBatches(steps, options.Batch, shape.MaxPositions, shape.VocabSize, options.Domains, _device);
        _trainer = new Trainer(_model, options.Losses, _batches, new TrainingOptions
        {
            Steps = steps, BatchSize = options.Batch, LearningRate = 1e-3, MinLearningRate = 1e-3, WarmupSteps = 0,
            Schedule = ScheduleKind.Constant, Threads = options.Threads, LogEvery = steps, CheckpointEvery = int.MaxValue,
            Device = options.Device, Precision = options.Precision, Kernels = options.Kernels, Sampler = new SamplerOptions { SequencesPerDomain = 1 },
        });
    }

    /// <summary>All losses of the last step.</summary>
    public double LastLoss => _trainer.Metrics.Rows[^1][4];

    /// <summary>Takes a step: batch, pass, gradient, clipping, optimizer.</summary>
    /// <returns>Seconds.</returns>
    public double Step()
    {
        var clock = Stopwatch.StartNew();
        _trainer.Step();
        torch.cuda.synchronize(_device);
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _batches.Dispose();
        _model.Dispose();
    }
}
