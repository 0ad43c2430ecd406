using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class TrainerCheckpointsTests : IProgressListener, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-checkpoints-").FullName;
    private readonly List<string> _notes = [];

    [Fact]
    public void Without_a_state_there_is_nothing_to_resume() => Checkpoints().FindNewest().ShouldBeNull();

    [Fact]
    public void The_newest_of_the_last_two_is_found()
    {
        Write(5, 10, 100);
        Checkpoints().FindNewest()!.Value.State.Step.ShouldBe(100);
        Folders().ShouldBe(["trainer-step-10", "trainer-step-100"]);
    }

    [Fact]
    public void What_was_written_is_read()
    {
        Write(5);
        var (path, state) = Checkpoints().FindNewest()!.Value;
        state.Tokens.ShouldBe(500);
        File.ReadAllText(Path.Combine(path, "weights")).ShouldBe("step 5");
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("state.json")]
    public void A_damaged_newest_state_gives_way_to_the_one_before(string file)
    {
        Write(5, 10);
        File.WriteAllText(Path.Combine(_folder, "trainer-step-10", file), "{");
        Checkpoints().FindNewest()!.Value.State.Step.ShouldBe(5);
        _notes.ShouldHaveSingleItem().ShouldContain("trainer-step-10");
        Folders().ShouldBe(["trainer-step-5"]);
    }

    [Fact]
    public void A_state_that_lost_a_file_gives_way()
    {
        Write(5, 10);
        File.Delete(Path.Combine(_folder, "trainer-step-10", "weights"));
        Checkpoints().FindNewest()!.Value.State.Step.ShouldBe(5);
    }

    [Fact]
    public void A_write_that_was_killed_leaves_the_state_before()
    {
        Write(5);
        Should.Throw<IOException>(() => Checkpoints().Write(State(10), folder =>
        {
            File.WriteAllText(Path.Combine(folder, "weights"), "half");
            throw new IOException("disk full");
        }));
        Checkpoints().FindNewest()!.Value.State.Step.ShouldBe(5);
    }

    [Fact]
    public void States_of_another_run_are_never_used_and_do_not_stay_in_the_way()
    {
        Write(400);
        Checkpoints("other").FindNewest().ShouldBeNull();
        Folders().ShouldBeEmpty();
        _notes.ShouldHaveSingleItem().ShouldContain("other parameters");
    }

    [Fact]
    public void In_the_end_nothing_of_them_is_left()
    {
        Write(5, 10);
        Directory.CreateDirectory(Path.Combine(_folder, "trainer-step-15.partial"));
        Directory.CreateDirectory(Path.Combine(_folder, "trainer"));
        Checkpoints().RemoveAll();
        Folders().ShouldBe(["trainer"]);
    }

    void IProgressListener.Report(ProgressUpdate update)
    {
    }

    void IProgressListener.Note(string message) => _notes.Add(message);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TrainerState State(int step, string fingerprint = "run") => new() { Fingerprint = fingerprint, Step = step, Tokens = 100L * step };

    private TrainerCheckpoints Checkpoints(string fingerprint = "run") => new(_folder, fingerprint, this);

    private void Write(params int[] steps)
    {
        foreach (var step in steps)
            Checkpoints().Write(State(step), folder => File.WriteAllText(Path.Combine(folder, "weights"), $"step {step}"));
    }

    private string[] Folders() => [.. Directory.GetDirectories(_folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
