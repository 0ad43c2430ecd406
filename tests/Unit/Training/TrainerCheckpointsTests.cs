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
        Checkpoints().FindNewest()!.State.Step.ShouldBe(100);
        Folders().ShouldBe(["trainer-step-10", "trainer-step-100"]);
    }

    [Fact]
    public void What_was_written_is_read()
    {
        Write(5);
        var (path, models, state) = Checkpoints().FindNewest()!;
        models.ShouldBe(path);
        state.Tokens.ShouldBe(500);
        File.ReadAllText(Path.Combine(path, "weights")).ShouldBe("step 5");
    }

    [Fact]
    public void As_many_are_kept_as_are_asked_for()
    {
        foreach (var step in (int[])[5, 10, 15, 20])
            new TrainerCheckpoints(_folder, "run", this) { Kept = 3 }.Write(State(step), folder => File.WriteAllText(Path.Combine(folder, "weights"), "w"));
        Folders().ShouldBe(["trainer-step-10", "trainer-step-15", "trainer-step-20"]);
    }

    public static TheoryData<string, string, string> Damages() => new()
    {
        { "weights", "truncated", "" }, { "weights", "flipped", "" }, { "weights", "missing", "" }, { "weights", "longer", "" },
        { "state.json", "truncated", "" }, { "state.json", "missing", "" }, { "state.json", "empty", "" }, { "state.json", "{}", "{}" },
        { "state.json", "null", "null" }, { "state.json", "another layout", """{"schema": 999, "fingerprint": "run", "step": 10, "tokens": 1}""" },
        { "state.json", "a way out", """{"schema": 2, "fingerprint": "run", "step": 10, "tokens": 1, "files": {"../x": ""}}""" },
        { "state.json", "a null name", """{"schema": 2, "fingerprint": "run", "step": 10, "tokens": 1, "files": {"x": null}}""" },
        { "state.json", "null files", """{"schema": 2, "fingerprint": "run", "step": 10, "tokens": 1, "files": null}""" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_newest_state_is_named_and_gives_way_to_the_one_before(string file, string damage, string text)
    {
        Write(5, 10);
        Damage(Path.Combine(_folder, "trainer-step-10", file), damage, text);
        Checkpoints().FindNewest()!.State.Step.ShouldBe(5);
        _notes.ShouldHaveSingleItem().ShouldContain("trainer-step-10");
        Folders().ShouldBe(["trainer-step-5"]);
    }

    [Fact]
    public void When_every_state_is_damaged_each_is_named_and_the_run_begins_again()
    {
        Write(5, 10);
        foreach (var step in (int[])[5, 10])
            Damage(Path.Combine(_folder, $"trainer-step-{step}", "weights"), "flipped", "");
        Checkpoints().FindNewest().ShouldBeNull();
        _notes.Count.ShouldBe(2);
    }

    [Fact]
    public void A_run_killed_after_its_last_step_is_found_finished()
    {
        Write(5, 10);
        WriteFinished(12);
        var found = Checkpoints().FindNewest()!;
        found.State.Step.ShouldBe(12);
        found.ModelFolder.ShouldBe(_folder);
    }

    [Fact]
    public void A_finished_state_whose_weights_are_others_gives_way()
    {
        Write(5, 10);
        WriteFinished(12);
        File.WriteAllText(Path.Combine(_folder, "model"), "of another step");
        Checkpoints().FindNewest()!.State.Step.ShouldBe(10);
        _notes.ShouldHaveSingleItem().ShouldContain("model");
    }

    [Fact]
    public void Milestones_stay_and_those_that_are_to_come_again_go()
    {
        Write(5, 10);
        foreach (var step in (int[])[4, 8, 12])
            Checkpoints().WriteMilestone(step, folder => File.WriteAllText(Path.Combine(folder, "model"), $"step {step}"));
        Checkpoints().FindNewest()!.State.Step.ShouldBe(10);
        Milestones().ShouldBe(["step-4", "step-8"]);
        Checkpoints().RemoveAll();
        Milestones().ShouldBe(["step-4", "step-8"]);
        Checkpoints().FindNewest().ShouldBeNull();
        Milestones().ShouldBeEmpty();
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
        Checkpoints().FindNewest()!.State.Step.ShouldBe(5);
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
        foreach (var left in (string[])["trainer-step-15.partial", "trainer.partial", "trainer.old", "checkpoints/step-4.partial"])
            Directory.CreateDirectory(Path.Combine(_folder, left));
        Directory.CreateDirectory(Path.Combine(_folder, "trainer"));
        Checkpoints().RemoveAll();
        Folders().ShouldBe(["checkpoints", "trainer"]);
        Milestones().ShouldBeEmpty();
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

    private void WriteFinished(int step)
    {
        File.WriteAllText(Path.Combine(_folder, "model"), $"step {step}");
        TrainerFolder.Write(Path.Combine(_folder, "trainer"), State(step), folder => File.WriteAllText(Path.Combine(folder, "weights"), "w"), "model");
    }

    private static void Damage(string file, string damage, string text)
    {
        var bytes = File.ReadAllBytes(file);
        if (damage == "missing")
            File.Delete(file);
        else if (damage == "truncated")
            File.WriteAllBytes(file, bytes[..^2]);
        else if (damage == "longer")
            File.WriteAllBytes(file, [.. bytes, 0]);
        else if (damage == "flipped")
            File.WriteAllBytes(file, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
        else
            File.WriteAllText(file, text);
    }

    private string[] Milestones() => Names(Path.Combine(_folder, "checkpoints"));

    private string[] Folders() => Names(_folder);

    private static string[] Names(string folder) => [.. Directory.GetDirectories(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
