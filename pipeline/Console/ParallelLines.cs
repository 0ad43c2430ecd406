using System.Buffers;
using System.Collections.Concurrent;
using ExpertDivergence.Core;

namespace ExpertDivergence.Pipeline.Console;

/// <summary>Turns the lines of one stream into those of another on all cores, in order. Blank lines are passed over.</summary>
internal static class ParallelLines
{
    private const int BatchBytes = 1 << 20;
    private const int LongestLine = 1 << 28;

    /// <summary>Converts a line without its line break; refuses it with a <see cref="FormatException"/>.</summary>
    public delegate void Converter(ReadOnlySpan<byte> line, IBufferWriter<byte> output);

    /// <summary>Runs until the input ends. What is written is flushed as soon as it is ready, so that a pipe may answer line by line.</summary>
    /// <param name="input">Lines of UTF-8.</param>
    /// <param name="output">Where converted lines go; those before a bad line are written before the error is raised.</param>
    /// <param name="makeConverter">Makes a converter for one batch of lines.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="InputException">A line was refused; it is named by its number.</exception>
    public static void Run(Stream input, Stream output, Func<Converter> makeConverter, CancellationToken cancellation)
    {
        using var batches = new BlockingCollection<Task<Batch>>(2 * Environment.ProcessorCount);
        var reader = Task.Factory.StartNew(() => Read(input, batches, makeConverter, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        foreach (var task in batches.GetConsumingEnumerable(cancellation))
        {
            var batch = task.GetAwaiter().GetResult();
            output.Write(batch.Output.WrittenSpan);
            output.Flush();
            if (batch.Error is not null)
                throw batch.Error;
        }

        reader.GetAwaiter().GetResult();
    }

    private static void Read(Stream input, BlockingCollection<Task<Batch>> batches, Func<Converter> makeConverter, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[BatchBytes];
            int held = 0;
            var first = 1L;
            for (int read; (read = input.Read(buffer, held, buffer.Length - held)) > 0;)
            {
                var end = buffer.AsSpan(held, read).LastIndexOf((byte)'\n') is >= 0 and var at ? held + at + 1 : 0;
                held += read;
                if (end > 0)
                {
                    Start(buffer[..end]);
                    buffer.AsSpan(end, held - end).CopyTo(buffer);
                    held -= end;
                }
                else if (held == buffer.Length)
                {
                    if (held >= LongestLine)
                        throw new InputException("standard input", first, $"the line is longer than {LongestLine:N0} bytes.", "Cut the document.");
                    Array.Resize(ref buffer, 2 * held);
                }
            }

            if (held > 0)
                Start(buffer[..held]);

            void Start(byte[] lines)
            {
                var number = first;
                first += lines.AsSpan().Count((byte)'\n');
                batches.Add(Task.Run(() => Convert(lines, number, makeConverter(), cancellation), cancellation), cancellation);
            }
        }
        finally
        {
            batches.CompleteAdding();
        }
    }

    private static Batch Convert(byte[] lines, long number, Converter converter, CancellationToken cancellation)
    {
        var output = new ArrayBufferWriter<byte>(2 * lines.Length);
        for (var rest = lines.AsSpan(); rest.Length > 0; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            try
            {
                if (line.IndexOfAnyExcept(" \t\r"u8) >= 0)
                    converter(line, output);
            }
            catch (FormatException e)
            {
                return new Batch(output, new InputException("standard input", number, e.Message, "Correct the line.", e));
            }
        }

        return new Batch(output, null);
    }

    private sealed record Batch(ArrayBufferWriter<byte> Output, InputException? Error);
}
