using System.Diagnostics;
using System.Text.RegularExpressions;
using Shouldly;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>The program at work, to be disturbed; what it prints is read from the start, so that it never waits for a reader.</summary>
/// <remarks>Ranks may start and meet as slowly as a loaded machine has them; that they end soon must not rest on a time-out.</remarks>
internal sealed class Running : IDisposable
{
    // What is waited for here comes with the work, not with the clock: a machine under load may take long, and a test hangs for good only if it is broken.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20);
    private readonly Process _process;
    private readonly string _workspace;
    private readonly Task<Edl.Outcome> _end;

    private Running(Process process, string workspace)
    {
        (_process, _workspace) = (process, workspace);
        _end = Task.Run(() => Edl.End(process));
    }

    /// <summary>Starts the program with a workspace, by which its processes are known.</summary>
    public static Running Start(string workspace, params string[] arguments) =>
        new(Edl.Start("env", ["--default-signal=INT", "EDL_RANK_TIMEOUT=600", "dotnet", Edl.Program, .. arguments], workspace), workspace);

    /// <summary>Waits until there is something, as long as the program is at work.</summary>
    public T WaitFor<T>(Func<T?> look)
        where T : class
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_patience; Thread.Sleep(5))
        {
            if (look() is { } found)
                return found;
            _end.IsCompleted.ShouldBeFalse(_end.IsCompleted ? "it ended before it could be disturbed: " + _end.Result.Output + _end.Result.Errors : null);
        }

        throw new TimeoutException("what was waited for did not come");
    }

    /// <summary>The process of a rank, as soon as it is there.</summary>
    public Process Rank(int rank) => WaitFor(() => Processes().FirstOrDefault(p => p.Environment.Contains($"RANK={rank}")).Process);

    /// <summary>Ends it with SIGKILL; nothing that it started is told.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    public Edl.Outcome End() => _end.Result;

    /// <summary>Leaves nothing behind, whatever the test came to.</summary>
    public void Dispose()
    {
        foreach (var (process, _) in Processes())
            process.Kill();
        _process.Dispose();
    }

    private IEnumerable<(Process Process, string[] Environment)> Processes() =>
        from folder in Directory.GetDirectories("/proc")
        where Regex.IsMatch(folder, @"/\d+$")
        let environment = Environment(folder)
        where environment.Contains("EDL_WORKSPACE=" + _workspace)
        let process = Find(int.Parse(Path.GetFileName(folder)))
        where process is not null
        select (process, environment);

    private static string[] Environment(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ")).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // ended meanwhile, or somebody else's
        }
    }

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
