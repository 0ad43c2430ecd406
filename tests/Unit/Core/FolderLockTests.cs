using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit;

public sealed class FolderLockTests
{
    private readonly string _target = Path.Combine(Directory.CreateTempSubdirectory().FullName, "stage", "out");

    [Fact]
    public void Who_comes_second_is_refused()
    {
        using var held = FolderLock.Take(_target, TimeSpan.Zero);
        Should.Throw<EdlException>(() => FolderLock.Take(_target + "/", TimeSpan.FromMilliseconds(150))).Message.ShouldContain("another process");
        using var other = FolderLock.Take(_target + "2", TimeSpan.Zero);
    }

    [Fact]
    public async Task Who_waits_gets_it_when_the_first_lets_go_and_nothing_is_left_of_it()
    {
        var held = FolderLock.Take(_target, TimeSpan.Zero);
        var second = Task.Run(() => FolderLock.Take(_target, TimeSpan.FromSeconds(60)), TestContext.Current.CancellationToken);
        (await Task.WhenAny(second, Task.Delay(300, TestContext.Current.CancellationToken))).ShouldNotBe(second);
        held.Dispose();
        (await second).Dispose();
        Directory.GetFileSystemEntries(Path.GetDirectoryName(_target)!).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_killed_process_left_locks_nothing()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_target)!);
        File.WriteAllText(_target + ".lock", "12345678");
        FolderLock.Take(_target, TimeSpan.Zero).Dispose();
    }
}
