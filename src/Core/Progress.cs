namespace ExpertDivergence.Core;

/// <summary>One word of how far a long task is.</summary>
/// <param name="Task">What is being done, for example <c>Tokenize</c>.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; null where unknown.</param>
/// <param name="Unit">The unit's name in the plural: documents, tokens, steps.</param>
/// <param name="Note">A short addition, for example the current loss.</param>
public sealed record ProgressUpdate(string Task, long Done, long? Total, string Unit, string? Note = null);

/// <summary>Where libraries say how far they are. They never write to the console themselves; rate and time left are the listener's to work out.</summary>
public interface IProgressListener
{
    /// <summary>Takes an update. Cheap and safe to call often and from any thread: the listener thins them out.</summary>
    void Report(ProgressUpdate update);

    /// <summary>Something worth a line that is no progress: a warning, a file written, a fallback taken.</summary>
    void Note(string message);
}

/// <summary>Listens to nothing.</summary>
public sealed class SilentProgress : IProgressListener
{
    /// <summary>The one instance.</summary>
    public static SilentProgress Instance { get; } = new();

    /// <inheritdoc/>
    public void Report(ProgressUpdate update)
    {
    }

    /// <inheritdoc/>
    public void Note(string message)
    {
    }
}
