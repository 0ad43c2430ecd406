using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Counts bytes moved in this run alone, so that rate and time left speak of the network and not of what lay there before.</summary>
internal sealed class TransferMeter(IProgressListener progress, string task, long total)
{
    private long _done;
    private long _total = total;

    public long Done => Interlocked.Read(ref _done);

    public void Add(long bytes, string file) => progress.Report(new(task, Interlocked.Add(ref _done, bytes), Interlocked.Read(ref _total), "bytes", file));

    /// <summary>Bytes that must come again.</summary>
    public void Again(long bytes) => Interlocked.Add(ref _total, bytes);
}
