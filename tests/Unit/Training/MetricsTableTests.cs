using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class MetricsTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-metrics-").FullName;

    private string File_ => Path.Combine(_folder, "metrics.csv");

    [Fact]
    public void Numbers_are_written_in_round_trip_form()
    {
        var table = new MetricsTable(["step", "loss"]);
        table.Add(1, 0.1 + 0.2);
        table.Write(File_);
        File.ReadAllText(File_).ShouldBe("step,loss\n1,0.30000000000000004\n");
    }

    [Fact]
    public void Written_read_and_written_again_gives_the_same_bytes()
    {
        var table = new MetricsTable(["step", "load_balance.0"]);
        table.Add(10, Math.PI);
        table.Add(20, 1e-300);
        table.Write(File_);
        var before = Hashing.OfFile(File_);
        MetricsTable.Read(File_).Write(File_);
        Hashing.OfFile(File_).ShouldBe(before);
    }

    [Fact]
    public void A_table_without_rows_keeps_its_columns()
    {
        new MetricsTable(["step", "loss"]).Write(File_);
        var read = MetricsTable.Read(File_);
        read.Columns.ShouldBe(["step", "loss"]);
        read.Rows.ShouldBeEmpty();
    }

    [Fact]
    public void A_damaged_table_is_named()
    {
        File.WriteAllText(File_, "step,loss\n1,abc\n");
        Should.Throw<InputException>(() => MetricsTable.Read(File_)).File.ShouldBe(File_);
    }

    [Fact]
    public void A_row_of_another_width_is_refused() => Should.Throw<ArgumentException>(() => new MetricsTable(["step"]).Add(1, 2));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
