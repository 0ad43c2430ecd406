using ExpertDivergence.Core;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

// What of a run is kept, and how it is taken up again: docs/exactness.md.
public sealed partial class Trainer : IStateful
{
    private const string StateFileName = "state.safetensors";
    private const string MetricsFile = "metrics.csv";
    private const string TimingFile = "timing.csv";

    /// <summary>What a trainer folder says of the run at this point.</summary>
    /// <param name="fingerprint">What the run is.</param>
    public TrainerState State(string fingerprint) => new() { Fingerprint = fingerprint, Step = StepsDone, Tokens = Tokens };

    /// <summary>Shows what changes from step to step beside the weights, the steps and the tokens.</summary>
    /// <remarks>The loader has no state of its own: seed and step decide every batch. No step draws from a generator.</remarks>
    public void Visit(StateVisitor state)
    {
        state.Part("optimizer", _optimizer);
        state.Part("model", _model);
        state.Part("loss", _loss);
        foreach (var loss in _loss.Auxiliary)
            state.Part("losses." + loss.Name, loss);
    }

    /// <summary>Writes what a finished run goes on from, beside its weights and metrics.</summary>
    public void WriteState(string folder) => StateFile.Write(Path.Combine(folder, StateFileName), this);

    /// <summary>Goes on from a state; the model must have been loaded from its weights.</summary>
    /// <exception cref="InputException">The folder's files do not fit the model.</exception>
    public void Resume(FoundState found)
    {
        StateFile.Read(Path.Combine(found.Folder, StateFileName), this);
        (StepsDone, Tokens) = (found.State.Step, found.State.Tokens);
        Metrics = MetricsTable.Read(Path.Combine(found.ModelFolder, MetricsFile));
        _clock.Resume(MetricsTable.Read(Path.Combine(found.ModelFolder, TimingFile)), Tokens);
        _validation.Resume(found.ModelFolder);
        _spikes.Resume(found.ModelFolder);
    }

    // Milestones first: one that is due at the step of a state is there when that state is.
    private void WriteInBetween(TrainerCheckpoints checkpoints, string fingerprint, CancellationToken cancellation)
    {
        if (_options.MilestoneEvery > 0 && StepsDone % _options.MilestoneEvery == 0)
            _ranks.OnFirst("keeping a milestone", () => checkpoints.WriteMilestone(StepsDone, WriteWeights));
        var interrupted = _ranks.Any(cancellation.IsCancellationRequested);
        var late = _options.MaxMinutes > 0 && _ranks.Any(_clock.RunMinutes >= _options.MaxMinutes);
        if (StepsDone % _options.CheckpointEvery == 0 || interrupted || late)
            _ranks.OnFirst("writing a state", () => checkpoints.Write(State(fingerprint), WriteCheckpoint));
        if (interrupted)
            throw IRankGroup.Interrupted(cancellation);
        if (late)
            throw new TimeLimitException(_options.MaxMinutes, StepsDone, _options.Steps);
    }

    private void WriteWeights(string folder)
    {
        AdamW.Settle();
        Checkpoint.Save(folder, _model);
    }

    internal void WriteCheckpoint(string folder)
    {
        WriteWeights(folder);
        WriteState(folder);
        ReadTrail();
        WriteLogs(folder);
        _spikes.WriteRecent(folder);
    }
}
