using ExpertDivergence.Core;

namespace ExpertDivergence.Pipeline.Console;

/// <summary>How an exception is told to a person: what, and what to do; null for a defect of our own, which keeps its stack trace.</summary>
internal sealed record Failure(string Text, int ExitCode)
{
    private const int NoSpaceLeft = 28; // ENOSPC

    public static Failure? Of(Exception e, CancellationToken interrupted) => e switch
    {
        OperationCanceledException when interrupted.IsCancellationRequested => new("Interrupted. What is finished is kept; the same command goes on from there.", ExitCodes.Interrupted),
        OperationCanceledException => new($"{e.Message}. The same command goes on from there.", ExitCodes.Interrupted),
        AggregateException { InnerExceptions.Count: 1 } a => Of(a.InnerExceptions[0], interrupted),
        EdlException known => new($"error: {Sentence(known.Message)} {known.Remedy}", known.ExitCode),
        IOException io when IsDiskFull(io) => new($"error: the disk is full: {Sentence(io.Message)} Free some space (edl gc deletes results that no recipe needs) and run the same command again; what is finished is kept.", ExitCodes.Failed),
        UnauthorizedAccessException or IOException => new($"error: {Sentence(e.Message)} Check the path and its permissions.", ExitCodes.Failed),
        OutOfMemoryException => new("error: memory ran out. Lower train.batch_size or pack.sequence_length.", ExitCodes.Failed),
        _ => null,
    };

    /// <summary>Whether the operating system said that no space is left.</summary>
    public static bool IsDiskFull(IOException e) => (e.HResult & 0xFFFF) == NoSpaceLeft || (uint)e.HResult is 0x80070070 or 0x80070027;

    private static string Sentence(string text) => text.Length > 0 && text[^1] is '.' or '!' or '?' or '。' ? text : text + ".";
}
