using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Execution;

/// <summary>Several processes of one command on this machine, numbered by the variables that torchrun sets.</summary>
/// <param name="program">The command that starts <c>edl</c>.</param>
/// <param name="arguments">The verb and its arguments, the same for every rank.</param>
/// <param name="ranks">How many.</param>
/// <param name="output">Takes a rank, a line that it printed, and whether it was printed as an error.</param>
public sealed class RankProcesses(IReadOnlyList<string> program, IReadOnlyList<string> arguments, int ranks, Action<int, string, bool> output)
{
    /// <summary>Set for every rank and every stage: its standard input ends when whoever started it does.</summary>
    public const string LaunchedVariable = "EDL_LAUNCHED";

    private const int KilledBySignal = 128;

    /// <summary>How long the others have, once one has failed, to find out and say so.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where the ranks meet; 0: a port that is free.</summary>
    public int Port { get; init; }

    /// <summary>Runs all ranks to their end. When one fails the others are given <see cref="Grace"/> and are then killed.</summary>
    /// <param name="cancellation">Interrupts every rank; each ends as it does on Ctrl-C.</param>
    /// <returns>0, or the exit code of the first that failed.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var port = Port > 0 ? Port : FreePort();
        var processes = Enumerable.Range(0, ranks).Select(rank => Start(rank, port)).ToArray();
        try
        {
            using var interrupt = cancellation.Register(() => Array.ForEach(processes, Signals.Interrupt));
            var (open, code) = (processes.Select((p, rank) => End(p, rank)).ToList(), 0);
            var grace = Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
            while (open.Count > 0)
            {
                var next = await Task.WhenAny([.. open, grace]).ConfigureAwait(false);
                if (next == grace)
                {
                    Array.ForEach(processes, Kill);
                    grace = Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
                    continue;
                }

                var ended = (Task<(int Rank, int Code)>)next;
                open.Remove(ended);
                var (rank, exit) = await ended.ConfigureAwait(false);
                if (exit == 0 || code != 0)
                    continue;
                code = exit;
                if (exit != ExitCodes.Interrupted)
                    output(rank, Obituary(exit), true);
                grace = Task.Delay(Grace, CancellationToken.None);
            }

            return code;
        }
        finally
        {
            foreach (var process in processes)
            {
                Kill(process);
                process.Dispose();
            }
        }
    }

    private static string Obituary(int code) => code > KilledBySignal
        ? string.Create(CultureInfo.InvariantCulture, $"was killed by signal {code - KilledBySignal}.")
        : string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}.");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private static async Task<(int Rank, int Code)> End(Process process, int rank)
    {
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return (rank, process.ExitCode);
    }

    private Process Start(int rank, int port)
    {
        var start = new ProcessStartInfo(program[0])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var argument in (string[])[.. program.Skip(1), .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in Variables(rank, port))
            start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Say(line.Data, false);
        process.ErrorDataReceived += (_, line) => Say(line.Data, true);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Say(string? text, bool error)
        {
            if (!string.IsNullOrWhiteSpace(text))
                output(rank, text, error);
        }
    }

    private Dictionary<string, string> Variables(int rank, int port) => new()
    {
        ["RANK"] = Text(rank),
        ["LOCAL_RANK"] = Text(rank),
        ["WORLD_SIZE"] = Text(ranks),
        ["LOCAL_WORLD_SIZE"] = Text(ranks),
        ["MASTER_ADDR"] = "127.0.0.1",
        ["MASTER_PORT"] = Text(port),
        ["EDL_PROGRESS"] = "plain",
        [LaunchedVariable] = "1",
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
