using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary><c>edl gc --delete</c>: what nobody uses goes, what somebody is writing stays.</summary>
public sealed class GarbageTests
{
    [Fact]
    public void Unused_results_and_what_killed_runs_left_of_locks_go_and_one_being_written_stays()
    {
        var workspace = Edl.NewFolder();
        var stage = Directory.CreateDirectory(Path.Combine(workspace, "stages", "Pretrain")).FullName;
        foreach (var folder in (string[])["old", "killed.partial", "busy.partial"])
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(stage, folder)).FullName, "file"), "text");
        File.WriteAllText(Path.Combine(stage, "killed.lock"), "");
        using (FolderLock.Take(Path.Combine(stage, "busy"), TimeSpan.Zero))
        {
            Left("gc", "smoke").ShouldBe(["busy.lock", "busy.partial", "killed.lock", "killed.partial", "old"]);
            Left("gc", "smoke", "--delete").ShouldBe(["busy.lock", "busy.partial"]);
        }

        Left("gc", "smoke", "--delete").ShouldBeEmpty();

        List<string?> Left(params string[] command)
        {
            var outcome = Edl.Run(workspace, command);
            outcome.ExitCode.ShouldBe(0, outcome.Errors);
            return [.. Directory.GetFileSystemEntries(stage).Select(Path.GetFileName).Order(StringComparer.Ordinal)];
        }
    }
}
