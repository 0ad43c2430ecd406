using ExpertDivergence.Core;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>However long a run is, it holds as many tensors: rows, states and milestones are written on the way.</summary>
[Collection(nameof(LifetimeTests))] // counts tensors of the whole process
public sealed class SteadyTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Theory]
    [MemberData(nameof(Arms.Theory), MemberType = typeof(Arms))]
    public void An_arm_holds_as_many_tensors_after_every_step(string arm) => Counts(arm, """{"steps": 8}""").Skip(2).Distinct().ShouldHaveSingleItem();

    [Fact]
    public void Fifty_steps_leave_no_tensor_behind()
    {
        var counts = Counts("edl-49", """{"steps": 50, "milestone_every": 10}""");
        counts.Count.ShouldBe(50);
        counts.Skip(2).Distinct().ShouldHaveSingleItem();
    }

    public void Dispose() => _pack.Dispose();

    private List<long> Counts(string arm, string train)
    {
        var counter = new Counter();
        PretrainStage.Run(Arms.Request(_pack, arm, "a", train), counter, TestContext.Current.CancellationToken);
        return counter.Counts;
    }

    private sealed class Counter : IProgressListener
    {
        public List<long> Counts { get; } = [];

        public void Report(ProgressUpdate update) => Counts.Add(torch.LiveTensors);

        public void Note(string message)
        {
        }
    }
}
