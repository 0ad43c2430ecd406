using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("edl-atomic-").FullName;

    private string Target => Path.Combine(_root, "folder");

    [Fact]
    public void Before_the_commit_there_is_no_folder_and_after_it_no_partial_one()
    {
        var folder = Write("new");
        Directory.Exists(Target).ShouldBeFalse();
        folder.Commit();
        File.ReadAllText(Path.Combine(Target, "inner", "file")).ShouldBe("new");
        Directory.GetDirectories(_root).ShouldBe([Target]);
    }

    [Fact]
    public void An_older_folder_is_replaced_whole()
    {
        Write("old").Commit();
        File.WriteAllText(Path.Combine(Target, "more"), "");
        Write("new").Commit();
        Directory.GetFiles(Target).ShouldBeEmpty();
        File.ReadAllText(Path.Combine(Target, "inner", "file")).ShouldBe("new");
        Directory.GetDirectories(_root).ShouldBe([Target]);
    }

    [Fact]
    public void A_folder_that_is_not_there_cannot_be_synced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows syncs no folders");
        Should.Throw<IOException>(() => DurableFile.SyncFolder(Target)).Message.ShouldContain(Target);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private AtomicFolder Write(string text)
    {
        var folder = AtomicFolder.Begin(Target);
        File.WriteAllText(folder.PathOf(Path.Combine("inner", "file")), text);
        return folder;
    }
}
