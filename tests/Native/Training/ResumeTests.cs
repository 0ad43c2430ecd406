using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>A run that was killed ends with the bytes of one that was not.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Theory]
    [MemberData(nameof(Arms.Theory), MemberType = typeof(Arms))]
    public void Killed_twice_in_a_row_a_run_of_any_arm_ends_with_the_same_bytes(string arm)
    {
        var random = new KeyedRandom(1, "kills", arm);
        PretrainRequest whole = Arms.Request(_pack, arm, "whole"), broken = Arms.Request(_pack, arm, "broken");
        KilledRun.ToEnd(whole);

        // States stand after steps 3 and 6; each kill falls behind one of them.
        KilledRun.Until(broken, 4 + (int)random.NextInt(3));
        var second = KilledRun.Until(broken, 7 + (int)random.NextInt(2));
        var last = KilledRun.ToEnd(broken);

        second.Steps[0].ShouldBe(4);
        second.Notes.ShouldBe(["Resumed after step 3 of 9."]);
        last.Steps[0].ShouldBe(7);
        last.Notes.ShouldBe(["Resumed after step 6 of 9."]);
        KilledRun.Hashes(broken).ShouldBe(KilledRun.Hashes(whole));
    }

    [Theory]
    [InlineData("""{"kernels": "composite"}""")]
    [InlineData("""{"kernels": "composite", "threads": 2}""")]
    [InlineData("""{"accumulation": 2, "threads": 2, "schedule": "wsd"}""")]
    [InlineData("""{"precision": "bf16", "activation_checkpointing": "layer"}""")]
    public void Other_ways_to_compute_a_step_resume_as_well(string train)
    {
        PretrainRequest whole = Arms.Request(_pack, "edl-49", "whole", train), broken = Arms.Request(_pack, "edl-49", "broken", train);
        KilledRun.ToEnd(whole);
        KilledRun.Until(broken, 5);
        KilledRun.ToEnd(broken);
        KilledRun.Hashes(broken).ShouldBe(KilledRun.Hashes(whole));
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void The_fused_step_gives_the_same_weights_with_any_number_of_threads(string precision)
    {
        foreach (var threads in (int[])[1, 2, 3])
            KilledRun.ToEnd(Arms.Request(_pack, "edl-49", $"threads-{threads}", $$"""{"kernels": "fused", "precision": "{{precision}}", "threads": {{threads}}}"""));
        var hashes = Array.ConvertAll([1, 2, 3], threads => Hashing.OfFile(_pack.Output($"threads-{threads}/model.safetensors")));
        hashes.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void Milestones_are_models_of_their_step_and_survive_kills_with_the_same_bytes()
    {
        const string Train = """{"milestone_every": 2}""";
        PretrainRequest whole = Arms.Request(_pack, "baseline", "whole", Train), broken = Arms.Request(_pack, "baseline", "broken", Train);
        KilledRun.ToEnd(whole);
        KilledRun.Until(broken, 5);
        KilledRun.ToEnd(broken);

        var hashes = KilledRun.Hashes(whole);
        KilledRun.Hashes(broken).ShouldBe(hashes);
        hashes.Keys.Where(f => f.StartsWith("checkpoints/", StringComparison.Ordinal)).ShouldBe(
            from step in (int[])[2, 4, 6, 8] from file in (string[])["config.json", "model.safetensors", "tokenizer.json"] select $"checkpoints/step-{step}/{file}");
        hashes.Where(f => f.Key.EndsWith("model.safetensors", StringComparison.Ordinal)).Select(f => f.Value).ShouldBeUnique();
    }

    [Fact]
    public void A_run_killed_after_its_last_step_takes_none_again()
    {
        PretrainRequest whole = Arms.Request(_pack, "baseline", "whole"), broken = Arms.Request(_pack, "baseline", "broken");
        KilledRun.ToEnd(whole);
        KilledRun.ToEnd(broken);
        var again = KilledRun.ToEnd(broken);
        again.Steps.ShouldBeEmpty();
        again.Notes.ShouldBe(["Resumed after step 9 of 9."]);
        KilledRun.Hashes(broken).ShouldBe(KilledRun.Hashes(whole));
    }

    [Fact]
    public void Another_version_of_the_code_takes_up_no_state()
    {
        var request = Arms.Request(_pack, "baseline", "a");
        KilledRun.Until(request, 5);
        KilledRun.ToEnd(request with { StageVersion = 2 }).Steps[0].ShouldBe(1);
    }

    public void Dispose() => _pack.Dispose();
}
