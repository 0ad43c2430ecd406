using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>What a run is trained on: batches by step, the same ones however often they are asked for.</summary>
public interface IBatches
{
    /// <summary>The batch of a step, or one of the equal parts that it is divided into.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="part">Which part, counted from 0.</param>
    /// <param name="parts">How many parts; a divisor of the batch size.</param>
    TrainingBatch Batch(int step, int part = 0, int parts = 1);

    /// <summary>Tokens that the batch of a step predicts: padding and each sequence's first token left out.</summary>
    long Tokens(int step);

    /// <summary>How many sequences of each fine domain the batch of a step holds, the most frequent first.</summary>
    IReadOnlyList<(string Domain, int Sequences)> Domains(int step);

    /// <summary>How many domains meet in the batch of a step.</summary>
    Data.BatchMix Mix(int step);
}
