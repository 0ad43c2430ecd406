using System.Diagnostics;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Stages.Execution;

/// <summary>Runs each node as a process of the program <c>edl</c>: its memory, threads and crashes are its own. It ends, with a state to
/// resume from, when this process does, however that ends.</summary>
/// <param name="program">The command that starts <c>edl</c>, for example <c>dotnet</c> and the path of <c>edl.dll</c>.</param>
/// <param name="recipeFile">The file of the resolved recipe.</param>
/// <param name="output">Takes the node's name and each line that it prints.</param>
public sealed class ProcessExecutor(IReadOnlyList<string> program, string recipeFile, Action<string, string> output) : IStageExecutor
{
    /// <inheritdoc/>
    public async Task RunAsync(StageNode node, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[.. program.Skip(1), .. node.Command, "--recipe", recipeFile])
            start.ArgumentList.Add(argument);
        start.Environment["EDL_PROGRESS"] = "plain";
        start.Environment[RankProcesses.LaunchedVariable] = "1";
        using var process = new Process { StartInfo = start };
        var silent = true;
        void Line(string? text)
        {
            if (string.IsNullOrWhiteSpace(text))
                return;
            silent = false;
            output(node.Name, text);
        }

        process.OutputDataReceived += (_, e) => Line(e.Data);
        process.ErrorDataReceived += (_, e) => Line(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancellation.Register(() => Signals.Interrupt(process)))
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode == ExitCodes.Interrupted)
            throw new OperationCanceledException($"{node.Name} was interrupted");
        if (process.ExitCode != 0)
            throw new StageFailedException($"{node.Name} ended with exit code {process.ExitCode}{(silent ? " without a word" : "")}");
        if (!node.IsDone)
            throw new StageFailedException($"{node.Name} left no {Manifest.FileName} in {node.Folder}");
    }
}

/// <summary>A stage's process ended with an error; it has said itself what and how to mend it.</summary>
public sealed class StageFailedException(string message)
    : EdlException(message, "Mend what it said above and run the same command again; what is finished is kept.");
