using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class StageRunTests
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void Nothing_is_there_before_the_commit_and_all_of_it_after()
    {
        var target = Path.Combine(_root, "out");
        var run = StageRun.Begin(StageCatalog.Pack, target, [], "t");
        File.WriteAllText(Path.Combine(run.Folder, "a.bin"), "abc");
        Directory.Exists(target).ShouldBeFalse();
        run.Commit();
        Manifest.Read(target).Outputs.Single().ShouldBe(new OutputFile("a.bin", 3, Hashing.OfText("abc")));
        Directory.Exists(target + ".partial").ShouldBeFalse();
    }

    [Fact]
    public void A_flipped_byte_is_found()
    {
        var target = Path.Combine(_root, "out");
        var run = StageRun.Begin(StageCatalog.Pack, target, [], "t");
        File.WriteAllText(Path.Combine(run.Folder, "a.bin"), "abc");
        run.Commit();
        Manifest.Read(target).Differences(target).ShouldBeEmpty();
        File.WriteAllText(Path.Combine(target, "a.bin"), "abd");
        Manifest.Read(target).Differences(target).Single().ShouldContain("a.bin");
    }

    [Fact]
    public void The_key_is_that_of_parameters_and_inputs()
    {
        Commit("one", new JsonObject { ["x"] = 1 });
        Commit("two", new JsonObject { ["x"] = 1 });
        Commit("three", new JsonObject { ["x"] = 2 });
        Key("one").ShouldBe(Key("two"));
        Key("one").ShouldNotBe(Key("three"));
    }

    [Fact]
    public void An_unfinished_folder_is_no_input() =>
        Should.Throw<InputException>(() => StageRun.Begin(StageCatalog.Pack, Path.Combine(_root, "b"), [], "t").Reads("tokens", _root)).Message.ShouldContain("manifest.json");

    [Fact]
    public void Times_are_covered_by_no_hash()
    {
        var run = StageRun.Begin(StageCatalog.Pretrain, Path.Combine(_root, "out"), [], "t");
        File.WriteAllText(Path.Combine(run.Folder, "timing.csv"), "1");
        Manifest.Describe(run.Folder).ShouldBeEmpty();
    }

    private void Commit(string name, JsonObject parameters) => StageRun.Begin(StageCatalog.Pack, Path.Combine(_root, name), parameters, "t").Commit();

    private string Key(string name) => Manifest.Read(Path.Combine(_root, name)).Key;
}
