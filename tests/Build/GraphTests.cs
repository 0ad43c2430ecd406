using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Build;

public sealed class GraphTests
{
    [Fact]
    public void Reproduce_ends_in_the_report_of_every_arm_and_seed()
    {
        var cake = new TestCake("--target=Reproduce");
        cake.DependenciesOf("Reproduce").ShouldBe(["Report"]);
        cake.DependenciesOf("Report").Count(d => d.StartsWith("Pretrain-", StringComparison.Ordinal)).ShouldBe(6);
        cake.DependenciesOf("Pretrain-edl-49-s1").ShouldBe(["Compile", "Pack"], ignoreOrder: true);
        cake.DependenciesOf("Compile").ShouldBe(["Setup"]);
    }

    [Fact]
    public void Another_recipe_is_another_graph() =>
        new TestCake("--target=Reproduce", "--recipe=spark", "--set=seeds=[7]").Engine.Tasks.Select(t => t.Name).ShouldContain("Pretrain-baseline-s7");

    [Fact]
    public void Tests_need_no_recipe_and_no_corpus()
    {
        var tasks = new TestCake("--target=Test", "--recipe=real-mini").Engine.Tasks.Select(t => t.Name).ToArray();
        tasks.ShouldContain("Test");
        tasks.ShouldNotContain("Report");
    }

    [Fact]
    public void Every_task_says_what_it_does() =>
        new TestCake("--target=Reproduce").Engine.Tasks.ShouldAllBe(t => t.Description.Length > 10);

    [Theory]
    [InlineData("MicroWorld,Label,Tokenize,Pack", "--target=Pack")]
    [InlineData("MicroWorld,Label,Tokenize,Pack", "--target=pack")]
    [InlineData("Pack", "--target=Pack", "--exclusive")]
    public void The_plan_is_what_was_asked_for_and_no_more(string plan, params string[] line) =>
        new TestCake(line).Context.Plan.Select(n => n.Name).ShouldBe(plan.Split(','));

    [Fact]
    public void Reproduce_plans_everything_however_it_is_written()
    {
        var context = new TestCake("--target=reproduce").Context;
        context.Plan.ShouldBe(context.Graph.Nodes);
    }

    [Theory]
    [InlineData("--target=Reproduse", "Reproduce")]
    [InlineData("--target=Pretrain-edl-49-s3", "Pretrain-edl-49-s")]
    [InlineData("--recipee=smoke", "recipe")]
    [InlineData("--recipe=smokey", "smoke")]
    [InlineData("--set=train.stepz=1", "train.steps")]
    public void What_is_unknown_is_refused_with_the_nearest_name(string argument, string nearest)
    {
        string[] line = argument.StartsWith("--target", StringComparison.Ordinal) ? [argument] : ["--target=Reproduce", argument];
        var error = Should.Throw<UsageException>(() => new TestCake(line));
        error.Remedy.ShouldContain(nearest);
        error.ExitCode.ShouldBe(ExitCodes.Usage);
    }
}
