using System.Diagnostics;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>A trainer whose steps are timed: on random tokens with the peer's weights and batches (on a GPU with others: its generator draws
/// them), or on the sequences of a packed set.</summary>
internal sealed class TimedTrainer : IDisposable
{
    private readonly Device _device;
    private readonly MoeTransformer _model;
    private readonly RandomBatches? _random;
    private readonly PackedDataset? _packed;
    private readonly ClockedBatches _batches;
    private readonly Trainer _trainer;

    public TimedTrainer(TrainingBenchOptions options, int steps)
    {
        torch.set_num_threads(options.Threads);
        var shape = options.Model.Validate();
        _device = options.Device.Resolve();
        _model = MoeTransformer.Create(shape, seed: 0, device: _device);
        PeerInitialization.Fill(_model, shape.InitStandardDeviation);
        var training = new TrainingOptions
        {
            Steps = steps, BatchSize = options.Batch, LearningRate = 1e-3, MinLearningRate = 1e-3, WarmupSteps = 0,
            Schedule = ScheduleKind.Constant, Threads = options.Threads, LogEvery = steps, CheckpointEvery = int.MaxValue,
            Device = options.Device, Precision = options.Precision, Kernels = options.Kernels, Sampler = new SamplerOptions { SequencesPerDomain = 1 },
        };
        if (options.Pack is { } folder)
            _packed = PackedDataset.Open(folder, PackSplit.Train);
        else
            _random = new RandomBatches(steps, options.Batch, shape.MaxPositions, shape.VocabSize, options.Domains, _device);
        _batches = new ClockedBatches(_packed is null ? _random! : new BatchSource(_packed, training, 0, _device));
        _trainer = new Trainer(_model, options.Losses, _batches, training);
    }

    /// <summary>Seconds that steps have waited for batches, to be set back at will.</summary>
    public double Waited
    {
        get => _batches.Waited;
        set => _batches.Waited = value;
    }

    /// <summary>All losses of the last step.</summary>
    public double LastLoss => _trainer.Metrics.Rows[^1][4];

    /// <summary>Takes a step: batch, pass, gradient, clipping, optimizer.</summary>
    /// <returns>Seconds.</returns>
    public double Step() => Timed(_trainer.Step);

    /// <summary>Takes a step of a run: its optimizer may finish in the next one's time, as the one's before does in this one's.</summary>
    /// <returns>Seconds.</returns>
    public double StepAhead() => Timed(_trainer.StepAhead);

    private double Timed(Action step)
    {
        var clock = Stopwatch.StartNew();
        step();
        torch.cuda.synchronize(_device);
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _random?.Dispose();
        _packed?.Dispose();
        _model.Dispose();
    }
}
