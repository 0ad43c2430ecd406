using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Trains one model, one optimizer step after the other.</summary>
/// <remarks>Everything runs on the calling thread, which must be the same one throughout (see <see cref="TorchThread"/>). A step leaves as many
/// live tensors as it found. The model belongs to the caller.</remarks>
public sealed partial class Trainer : IDisposable
{
    private readonly MoeTransformer _model;
    private readonly TrainingLoss _loss;
    private readonly IBatches _batches;
    private readonly TrainingOptions _options;
    private readonly LearningRateSchedule _schedule;
    private readonly StepGradients _gradients;
    private readonly AdamW _optimizer;
    private readonly Tensor[] _weights;
    private readonly StepClock _clock = new();
    private readonly IRankGroup _ranks;

    /// <summary>Prepares a run from its first step.</summary>
    /// <param name="model">What is trained, with its initial weights or those of the state to resume from.</param>
    /// <param name="losses">The arm's auxiliary losses.</param>
    /// <param name="batches">What it is trained on.</param>
    /// <param name="options">How.</param>
    /// <param name="ranks">The ranks that share the batches; null for one.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public Trainer(MoeTransformer model, IReadOnlyList<ILoss> losses, IBatches batches, TrainingOptions options, IRankGroup? ranks = null)
    {
        _ranks = ranks ?? OneRank.Instance;
        (_model, _loss, _batches, _options) = (model, new TrainingLoss(losses, model.Layout, RankReduction.Of(_ranks)), batches, options.Validate());
        _options.Kernels.Apply(model, _options.Precision);
        _schedule = new LearningRateSchedule(_options);
        _gradients = new StepGradients(model, _loss, RankBatches.Of(batches, _ranks), _options);
        _optimizer = new AdamW(model.Parameters, new AdamWOptions(Beta1: options.Beta1, Beta2: options.Beta2, Eps: options.Epsilon, WeightDecay: options.WeightDecay), model.Packed);
        _weights = [.. model.Parameters.Select(p => p.Value)];
        _trail = new LossTrail(Math.Min(_options.LogEvery, _options.Steps), model.Device);
        _spikes = new SpikeReport(_options.SpikeFactor, step => batches.Domains(step - 1));
        Metrics = TrainingMetrics.Table(losses, model.Options);
        torch.set_num_threads(_options.Threads);
    }

    /// <summary>Steps done.</summary>
    public int StepsDone { get; private set; }

    /// <summary>Tokens predicted so far, padding left out.</summary>
    public long Tokens { get; private set; }

    /// <summary>The rows logged so far.</summary>
    public MetricsTable Metrics { get; private set; }

    /// <summary>Time and throughput of the rows logged so far.</summary>
    public MetricsTable Timing => _clock.Table;

    /// <summary>Trains to the last step.</summary>
    /// <param name="name">What progress is reported as.</param>
    /// <param name="checkpoints">Where states in between go.</param>
    /// <param name="fingerprint">What the run is, noted in those states.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">When cancelled: the step is finished, its state written, and the run ends.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled; it resumes from its newest state.</exception>
    /// <exception cref="NonFiniteException">A loss or gradient became infinite or not a number.</exception>
    public void Run(string name, TrainerCheckpoints checkpoints, string fingerprint, IProgressListener progress, CancellationToken cancellation)
    {
        _ranks.EndIfInterrupted(cancellation);
        while (StepsDone < _options.Steps)
        {
            StepAhead();
            progress.Report(new ProgressUpdate(name, StepsDone, _options.Steps, "steps", Note()));
            Validate(progress);
            TellSpikes(progress);
            if (StepsDone < _options.Steps)
                WriteInBetween(checkpoints, fingerprint, cancellation);
        }

        AdamW.Settle();
    }

    /// <summary>Takes one step.</summary>
    /// <exception cref="NonFiniteException">A loss or gradient is infinite or not a number; the weights stay as they were.</exception>
    public void Step()
    {
        StepAhead();
        AdamW.Settle();
    }

    /// <summary>Takes one step, whose optimizer may finish beside the pass of the next: until then, or <see cref="AdamW.Settle"/>, nobody may read
    /// the weights.</summary>
    /// <exception cref="NonFiniteException">A loss or gradient is infinite or not a number; the weights stay as they were.</exception>
    internal void StepAhead()
    {
        using var scope = torch.NewDisposeScope();
        var tokens = _batches.Tokens(StepsDone);
        var losses = RankGradients.Sum(_ranks, _model.Parameters, _gradients.Compute(StepsDone, tokens));
        var norm = torch.nn.utils.get_total_norm(_weights);

        // To read a number waits for a GPU, and for nothing on the host: a GPU's are read where a row or a state is written.
        var last = StepsDone + 1 == _options.Steps;
        var logged = last || (StepsDone + 1) % _options.LogEvery == 0;
        if (logged || (StepsDone + 1) % _options.CheckpointEvery == 0 || _model.Device.type == DeviceType.CPU)
            RequireFinite(losses, norm);

        var learningRate = _schedule.At(StepsDone);
        _optimizer.Step(learningRate, torch.nn.utils.clip_coefficient(norm, _options.ClipNorm), putOff: true);
        _loss.EndStep();
        Tokens += tokens;
        StepsDone++;
        _trail.Add(losses.Total, norm);
        if (logged)
        {
            var domains = TrainingMetrics.Domains(_batches, StepsDone - 1, _loss.Auxiliary);
            Metrics.Add(TrainingMetrics.Row(StepsDone, Tokens, learningRate, norm.item<double>(), losses, domains));
            _clock.Log(StepsDone, Tokens);
            ReadTrail();
            LogEvents();
        }
    }

    /// <summary>Frees the optimizer's moments.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _loss.Dispose();
        _trail.Dispose();
    }

    private void RequireFinite(StepLosses losses, Tensor norm)
    {
        var step = StepsDone + 1;

        // What is no number in a part is none in the total either, but for a loss that only logs.
        var whole = double.IsFinite(losses.Total.item<double>());
        if (!whole)
            Check("the language-model loss", losses.LanguageModel);
        foreach (var auxiliary in losses.Auxiliary)
        {
            if (!whole || auxiliary.Coefficient == 0.0)
                Check($"the loss '{auxiliary.Loss.Name}'", auxiliary.Value);
        }

        if (double.IsFinite(norm.item<double>()))
            return;

        // Gradients flow from the head down: the parameter nearest to the head is where it began.
        foreach (var parameter in _model.Parameters.Reverse())
        {
            if (parameter.Value.grad is { } gradient)
                Check($"the gradient of '{parameter.Name}'", gradient.abs().sum());
        }

        throw new NonFiniteException(step, "the norm of all gradients", norm.item<double>());

        void Check(string culprit, Tensor value)
        {
            if (value.item<double>() is var number && !double.IsFinite(number))
                throw new NonFiniteException(step, culprit, number);
        }
    }
}
