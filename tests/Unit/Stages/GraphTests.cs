using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class GraphTests
{
    private readonly Workspace _workspace = new(Directory.CreateTempSubdirectory().FullName);

    [Fact]
    public void A_task_stands_for_every_arm_and_seed()
    {
        var names = Smoke().Nodes.Select(n => n.Name).ToArray();
        names.Count(n => n.StartsWith("Pretrain-", StringComparison.Ordinal)).ShouldBe(6);
        names.ShouldContain("Pretrain-edl-49-s1");
        names[^1].ShouldBe("Report");
    }

    [Fact]
    public void Inputs_stand_before_their_readers()
    {
        var nodes = Smoke().Nodes;
        nodes.Count(n => n.Inputs.Count > 0).ShouldBe(nodes.Count - 1); // all but the corpus
        foreach (var (node, index) in nodes.Select((n, i) => (n, i)))
            node.Inputs.ShouldAllBe(i => nodes.Take(index).Contains(i.Value));
    }

    [Fact]
    public void One_coefficient_changes_only_its_arm_and_what_follows()
    {
        var (before, after) = (Smoke(), Smoke("arms.edl-49.losses.divergence.coefficient=0.01"));
        var changed = before.Nodes.Zip(after.Nodes).Where(p => p.First.Key != p.Second.Key).Select(p => p.First.Name);
        changed.ShouldBe(["Pretrain-edl-49-s1", "Pretrain-edl-49-s2", "Evaluate-edl-49-s1", "Evaluate-edl-49-s2", "Analyze-edl-49-s1", "Analyze-edl-49-s2", "Report"]);
    }

    [Theory]
    [InlineData("train.checkpoint_every=7")]
    [InlineData("train.validate_every=7", "train.validate_sequences=3")]
    [InlineData("train.spike_factor=3", "train.tensorboard=false", "train.max_minutes=1.5")]
    [InlineData("train.activation_checkpointing=layer")]
    [InlineData("train.decay_share=0.3", "train.decay_form=sqrt")]
    [InlineData("train.accumulation=1", "train.document_masking=false")]
    public void How_a_run_saves_and_what_it_notes_beside_changes_no_result(params string[] set) => TrainingKey(set).ShouldBe(TrainingKey());

    [Theory]
    [InlineData("train.accumulation=2")]
    [InlineData("train.document_masking=true")]
    [InlineData("train.schedule=wsd")]
    [InlineData("train.log_every=7")]
    [InlineData("train.sampler.weights.math=2")]
    public void What_numbers_depend_on_changes_the_result(string set) => TrainingKey(set).ShouldNotBe(TrainingKey());

    [Fact]
    public void The_decay_matters_where_there_is_one() =>
        TrainingKey("train.schedule=wsd", "train.decay_share=0.3").ShouldNotBe(TrainingKey("train.schedule=wsd"));

    [Fact]
    public void Another_toolchain_changes_training_but_not_the_data()
    {
        var other = new PipelineGraph(RecipeLibrary.Resolve("smoke"), _workspace, "libtorch 2");
        other["Pack"].Key.ShouldBe(Smoke()["Pack"].Key);
        other["Pretrain-baseline-s1"].Key.ShouldNotBe(Smoke()["Pretrain-baseline-s1"].Key);
    }

    [Fact]
    public void The_place_of_a_corpus_is_in_no_key_but_its_bytes_are()
    {
        string corpus(string text)
        {
            var folder = Directory.CreateTempSubdirectory().FullName;
            File.WriteAllText(Path.Combine(folder, "a.jsonl"), text);
            return folder;
        }

        string key(string folder) => new PipelineGraph(RecipeLibrary.Resolve("real-mini", RecipeArguments.Overrides([], folder, null)), _workspace, "t")["Label"].Key;
        key(corpus("x")).ShouldBe(key(corpus("x")));
        key(corpus("x")).ShouldNotBe(key(corpus("y")));
    }

    [Fact]
    public void A_recipe_without_a_corpus_says_how_to_give_one() =>
        Should.Throw<UsageException>(() => new PipelineGraph(RecipeLibrary.Resolve("real-mini"), _workspace, "t")).Remedy.ShouldContain("--corpus=DIR");

    [Fact]
    public void An_unknown_task_names_the_nearest() =>
        Should.Throw<UsageException>(() => Smoke()["Pretrain-baseline-s9"]).Remedy.ShouldContain("Pretrain-baseline-s");

    private string TrainingKey(params string[] set) => Smoke(set)["Pretrain-baseline-s1"].Key;

    private PipelineGraph Smoke(params string[] set) => new(RecipeLibrary.Resolve("smoke", set), _workspace, "t");
}
