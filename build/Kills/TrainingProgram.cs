using System.Diagnostics;
using ExpertDivergence.Core;

namespace ExpertDivergence.Build.Kills;

/// <summary>The program <c>edl</c> on the recipe spark: makes its packed set, and trains on it as a process that can be killed.</summary>
/// <param name="program">The path of <c>edl.dll</c>.</param>
/// <param name="folder">Where everything goes.</param>
public sealed class TrainingProgram(string program, string folder)
{
    /// <summary>Steps of a run. More than spark's own, for there must be time to kill.</summary>
    public const int Steps = 200;

    /// <summary>Steps between two states.</summary>
    public const int Interval = 10;

    private string Packed => Path.Combine(folder, "packed");

    /// <summary>Makes the packed set.</summary>
    /// <exception cref="EdlException">A stage failed.</exception>
    public void Pack()
    {
        string world = Path.Combine(folder, "world"), labelled = Path.Combine(folder, "labelled"), tokens = Path.Combine(folder, "tokens");
        Run("microworld", "--recipe", "spark", "--out", world);
        Run("label", "--recipe", "spark", "--in", Path.Combine(world, "corpus"), "--out", labelled);
        Run("tokenize", "--recipe", "spark", "--in", labelled, "--out", tokens);
        Run("pack", "--recipe", "spark", "--in", tokens, "--out", Packed);
    }

    /// <summary>Where a run's result goes.</summary>
    public string Target(string name) => Path.Combine(folder, name);

    /// <summary>Starts to train an arm, or goes on with it.</summary>
    public Process Train(string arm, string target) => Start("pretrain", "--recipe", "spark", "--set", $"arms.{arm}={{}}", "--arm", arm, "--seed", "1",
        "--data", Packed, "--out", target, "--set", $"train.steps={Steps}", "--set", $"train.checkpoint_every={Interval}", "--set", "train.log_every=5");

    /// <summary>Waits for the end of a process that must succeed.</summary>
    /// <returns>What it told of its progress.</returns>
    /// <exception cref="EdlException">It failed.</exception>
    public static string End(Process process)
    {
        var log = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? log : throw new EdlException($"{process.StartInfo.ArgumentList[1]} ended with exit code {process.ExitCode}: {log}", "Run it by hand to see why.");
    }

    private void Run(params string[] arguments)
    {
        using var process = Start(arguments);
        End(process);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, WorkingDirectory = folder, UseShellExecute = false };
        start.Environment["EDL_PROGRESS"] = "every";
        return Process.Start(start)!;
    }
}
