using System.Globalization;

namespace ExpertDivergence.Training;

/// <summary>The scalars of a run as TensorBoard reads them; holds times, so that no hash covers it.</summary>
/// <remarks>A run that goes on from a state opens another file, which voids what the one before says of later steps.</remarks>
internal sealed class EventFile : IDisposable
{
    /// <summary>The folder of a result that holds the files.</summary>
    public const string Folder = "tensorboard";

    private readonly FileStream _file;
    private readonly TimeProvider _clock;

    /// <summary>Opens the file of a run, or of its rest.</summary>
    /// <param name="result">The run's folder.</param>
    /// <param name="stepsDone">Steps that are done already.</param>
    /// <param name="clock">Gives the times.</param>
    public EventFile(string result, int stepsDone, TimeProvider clock)
    {
        _clock = clock;
        var folder = Directory.CreateDirectory(Path.Combine(result, Folder)).FullName;
        _file = new FileStream(Path.Combine(folder, Name(stepsDone)), FileMode.Create, FileAccess.Write, FileShare.Read);
        Write(EventMessage.Version(Now));
        Write(EventMessage.Start(Now, stepsDone + 1));
    }

    private double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Adds the numbers of a step by tag; readers see them at once.</summary>
    public void Add(long step, IEnumerable<(string Tag, double Value)> values)
    {
        Write(EventMessage.Scalars(Now, step, values));
        _file.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    // Readers take a folder's files in the order of their names.
    private static string Name(int stepsDone) => string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{stepsDone:D10}.edl");

    private void Write(byte[] message) => _file.Write(RecordFraming.Frame(message));
}
