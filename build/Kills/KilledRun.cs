using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;

namespace ExpertDivergence.Build.Kills;

/// <summary>One kill of a run.</summary>
/// <param name="State">The step of the newest state that was there.</param>
/// <param name="Step">The last step that was done.</param>
/// <param name="InWrite">Whether a state was being written.</param>
public sealed record Kill(int State, int Step, bool InWrite)
{
    /// <summary>Steps done in vain.</summary>
    public int Redone => Step - State;
}

/// <summary>A training run that is killed with SIGKILL at random times, each time after a new state, until it ends.</summary>
/// <param name="program">What is run.</param>
/// <param name="arm">The arm.</param>
/// <param name="random">When to kill.</param>
public sealed partial class KilledRun(TrainingProgram program, string arm, KeyedRandom random)
{
    private const string Prefix = "trainer-step-";
    private const int Killed9 = 128 + 9;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs an arm to its end without a kill.</summary>
    /// <returns>What its manifest says.</returns>
    public Manifest Undisturbed()
    {
        var target = program.Target($"{arm}-whole");
        using (var process = program.Train(arm, target))
            TrainingProgram.End(process);
        return Manifest.Read(target);
    }

    /// <summary>Runs the arm, kills it, takes it up and kills it again, and lets it end.</summary>
    /// <param name="name">Names the run's folder.</param>
    /// <param name="kills">How often; fewer if it ends before.</param>
    /// <returns>What its manifest says, and the kills.</returns>
    /// <exception cref="EdlException">It did not go on from its newest state, or did more steps again than lie between two states.</exception>
    public (Manifest Result, IReadOnlyList<Kill> Kills) Killed(string name, int kills)
    {
        var target = program.Target($"{arm}-{name}");
        var done = new List<Kill>();
        while (done.Count < kills && KillOnce(target, done) is { } kill)
            done.Add(kill);
        if (!Directory.Exists(target))
        {
            using var last = program.Train(arm, target);
            CheckResumed(TrainingProgram.End(last), done);
        }

        return (Manifest.Read(target), done);
    }

    // Null where the run ended before it could be killed.
    private Kill? KillOnce(string target, List<Kill> before)
    {
        using var process = program.Train(arm, target);
        var log = process.StandardError.ReadToEndAsync();
        var (since, partial) = (Newest(target), target + ".partial");
        var clock = Stopwatch.StartNew();
        while (Newest(target) == since && !process.HasExited && clock.Elapsed < s_patience)
            Thread.Sleep(1);

        // Half of the kills fall at any time after the new state, half while the next one is written.
        if (random.NextDouble() < 0.5)
            Thread.Sleep(random.NextInt(200));
        else
        {
            while (!IsWriting(partial) && !process.HasExited && clock.Elapsed < s_patience)
                Thread.Sleep(1);
            Thread.Sleep(random.NextInt(10));
        }

        process.Kill();
        process.WaitForExit();
        CheckResumed(log.Result, before);
        if (process.ExitCode == 0)
            return null;
        if (process.ExitCode != Killed9)
            throw new EdlException($"{arm}: the run ended with exit code {process.ExitCode}: {log.Result}", "Run it by hand to see why.");
        var state = Newest(target);
        var kill = new Kill(state, Math.Max(LastStep(log.Result), state), IsWriting(partial));
        if (kill.Redone > TrainingProgram.Interval)
            throw new EdlException($"{arm}: {kill.Redone} steps were lost after the state of step {state}", "States must be written every so many steps as the recipe says.");
        return kill;
    }

    private void CheckResumed(string log, List<Kill> before)
    {
        if (before.Count > 0 && !log.Contains($"Resumed after step {before[^1].State} of {TrainingProgram.Steps}.", StringComparison.Ordinal))
            throw new EdlException($"{arm}: the run did not go on from the state of step {before[^1].State}: {log}", "See docs/exactness.md.");
    }

    // A run whose training is over has its state where a finished one has it.
    private static int Newest(string target)
    {
        var folders = Folders(target + ".partial");
        return folders.Contains("trainer") || Directory.Exists(target)
            ? TrainingProgram.Steps
            : folders.Where(f => f.StartsWith(Prefix, StringComparison.Ordinal) && f[Prefix.Length..].All(char.IsAsciiDigit))
                .Select(f => int.Parse(f[Prefix.Length..], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
    }

    private static bool IsWriting(string partial) => Folders(partial).Any(f => f.EndsWith(".partial", StringComparison.Ordinal));

    // While one looks, the run may put its result in place.
    private static string[] Folders(string partial)
    {
        try
        {
            return [.. Directory.GetDirectories(partial).Select(d => Path.GetFileName(d))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static int LastStep(string log) => Progress().Matches(log).Select(m => int.Parse(m.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)).LastOrDefault();

    [GeneratedRegex(@": ([\d,]+) of [\d,]+ steps")]
    private static partial Regex Progress();
}
