using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

// What a run notes beside its weights: docs/training.md. None of it changes a step.
public sealed partial class Trainer
{
    private readonly ValidationLog _validation = new();
    private readonly SpikeReport _spikes;
    private readonly LossTrail _trail;
    private readonly List<string> _spikesToTell = [];

    /// <summary>Measures the held-out loss; null: nobody does.</summary>
    internal Validator? Validator { get; set; }

    /// <summary>Takes what is logged; null: nobody does.</summary>
    internal EventFile? Events { get; set; }

    /// <summary>The spikes so far.</summary>
    internal CsvTable Spikes => _spikes.Table;

    /// <summary>Writes everything logged so far into a folder.</summary>
    public void WriteLogs(string folder)
    {
        Metrics.Write(Path.Combine(folder, MetricsFile));
        Timing.Write(Path.Combine(folder, TimingFile));
        _validation.Write(folder);
        _spikes.Write(folder);
    }

    // Loss and norm of the steps since the last look; a device is waited for.
    private void ReadTrail()
    {
        var taken = _trail.Take();
        for (var i = 0; i < taken.Count; i++)
        {
            if (_spikes.Observe(StepsDone - taken.Count + 1 + i, taken[i].Loss, taken[i].GradientNorm) is { } told)
                _spikesToTell.Add(told);
        }
    }

    private void TellSpikes(IProgressListener progress)
    {
        _spikesToTell.ForEach(progress.Note);
        _spikesToTell.Clear();
    }

    private void Validate(IProgressListener progress)
    {
        if (Validator is null || (StepsDone % _options.ValidateEvery != 0 && StepsDone != _options.Steps))
            return;
        using var pause = _clock.Pause();
        _ranks.OnFirst("measuring the held-out loss", () =>
        {
            var results = Validator.Measure();
            _validation.Add(StepsDone, results);
            Events?.Add(StepsDone, results.Select(r => (r.Domain.Length == 0 ? "validation/loss" : $"validation_{r.Scheme}/{r.Domain}", r.Loss)));
            progress.Note(ValidationLog.Note(StepsDone, results));
        });
    }

    // load_balance.0 is the load balance of the first layer.
    private void LogEvents() => Events?.Add(StepsDone, Metrics.Columns.Zip(Metrics.Rows[^1]).Skip(1)
        .Select(c => (c.First.Contains('.') ? c.First.Replace('.', '/') : "train/" + c.First, c.Second))
        .Append(("timing/tokens_per_second", _clock.TokensPerSecond)));

    private string? Note() => Metrics.Rows.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture,
        $"loss {Metrics.Rows[^1][4]:F3}, {_clock.TokensPerSecond:N0} tokens/s");
}
