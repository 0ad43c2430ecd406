using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.DuckDb;

public sealed class DuckDbConnectionTests
{
    [Fact]
    public void TheLibraryIsTheOneThatTheLockFilePins() => DuckDbLibrary.Version.ShouldBe("v1.5.5");

    [Fact]
    public void ParametersComeBack()
    {
        using var connection = new DuckDbConnection();
        using var result = connection.Query("SELECT ?::VARCHAR, ?::BIGINT, ?::DOUBLE, ?::VARCHAR, [1, 2]::INTEGER[]", "", 7, 0.5, null);
        result.NextChunk().ShouldBeTrue();
        result.Column(0).Text(0).ShouldBe("");
        result.Column(1).Int64(0).ShouldBe(7);
        result.Column(2).Double(0).ShouldBe(0.5);
        result.Column(3).IsNull(0).ShouldBeTrue();
        result.Column(4).Integers(0).ToArray().ShouldBe([1, 2]);
        result.NextChunk().ShouldBeFalse();
    }

    [Fact]
    public void AnErrorSpeaksTheLibrarysWords()
    {
        using var connection = new DuckDbConnection();
        Should.Throw<DuckDbException>(() => connection.Execute("SELEC 1")).Message.ShouldContain("syntax error");
        Should.Throw<DuckDbException>(() => connection.Execute("SELECT 'x'::INTEGER")).Message.ShouldContain("Could not convert");
        Should.Throw<DuckDbException>(() => new DuckDbConnection("/nowhere/at/all.db")).Message.ShouldContain("/nowhere/at/all.db");
    }

    [Fact]
    public void AStreamIsFlatAndMayBeDroppedBeforeItsEnd()
    {
        using var connection = new DuckDbConnection(":memory:", new() { MemoryLimitMegabytes = 100 });
        using (var result = connection.Query("SELECT i, repeat('x', 100) FROM range(100000000) t(i)"))
        {
            result.NextChunk().ShouldBeTrue();
            result.Column(0).Int64(result.RowCount - 1).ShouldBe(result.RowCount - 1);
        }

        connection.Execute("SELECT 1");
    }

    [Theory]
    [InlineData("threads", "1")]
    [InlineData("temp_directory", "")]
    [InlineData("memory_limit", "953.6 MiB")]
    [InlineData("autoinstall_known_extensions", "false")]
    [InlineData("autoload_known_extensions", "false")]
    public void NoSettingIsLeftToTheLibrary(string setting, string value)
    {
        using var connection = new DuckDbConnection();
        using var result = connection.Query("SELECT current_setting(?)::VARCHAR", setting);
        result.NextChunk();
        result.Column(0).Text(0).ShouldBe(value);
    }

    [Fact]
    public void AWrongTypeIsNotReadAsAnother()
    {
        using var connection = new DuckDbConnection();
        using var result = connection.Query("SELECT 1::SMALLINT, NULL::BIGINT");
        result.NextChunk();
        Should.Throw<InvalidOperationException>(() => result.Column(0).Int64(0));
        Should.Throw<InvalidOperationException>(() => result.Column(1).Int64(0));
        Should.Throw<ArgumentOutOfRangeException>(() => result.Column(0).IsNull(1));
    }

    [Fact]
    public void AMissingLibraryNamesTheRemedy()
    {
        Should.Throw<PrerequisiteException>(() => DuckDbLibrary.Locate(null, "/")).Remedy.ShouldContain("npm ci");
        Should.Throw<PrerequisiteException>(() => DuckDbLibrary.Locate("/nowhere.so")).Message.ShouldContain("/nowhere.so");
    }
}
