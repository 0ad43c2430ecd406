using System.Reflection;
using System.Runtime.CompilerServices;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>A resumed trainer is the killed one, field by field: whoever adds a field that changes from step to step must save it, or say below
/// why it need not be.</summary>
[Collection(nameof(LifetimeTests))] // sets libtorch's own generator
public sealed class AllStateTests : IDisposable
{
    private static readonly Dictionary<string, string> s_never = new()
    {
        ["StepClock"] = "times, which no result depends on",
        ["PackedDataset"] = "the packed set, only read",
        ["PackedWeight._packedVersion"] = "libtorch's count of writes to the weight that is packed",
    };

    private static readonly Dictionary<string, string> s_notYet = new(s_never)
    {
        ["CausalMask"] = "made from the length when first needed",
        ["RotaryEmbedding"] = "made from the length when first needed",
        ["PackedWeight"] = "packed from the weight when first needed after a change",
        ["Group.OverRows"] = "the same layouts, which the optimizer fills",
        ["Group.OverColumns"] = "the same layouts, which the optimizer fills",
    };

    private readonly TinyPack _pack = new();

    [Theory]
    [MemberData(nameof(Arms.Theory), MemberType = typeof(Arms))]
    public void A_resumed_trainer_holds_what_the_killed_one_held(string arm) => With(arm, 5, (trainer, model, _) =>
    {
        Save(trainer);
        var expected = ObjectWalk.Of(trainer, s_notYet);
        expected.Unknown.ShouldBeEmpty("types that the comparison cannot look into");
        var found = new TrainerCheckpoints(_pack.Output("state"), "run", SilentProgress.Instance).FindNewest()!;
        With(arm, 0, (resumed, _, batches) =>
        {
            batches.Tokens(5); // the order of an epoch is worked out when it is first asked for
            resumed.Resume(found);
            Differences(ObjectWalk.Of(resumed, s_notYet), expected).ShouldBeEmpty();
            resumed.Step();
            Differences(ObjectWalk.Of(resumed, s_notYet), expected).ShouldNotBeEmpty();
            trainer.Step();
            Differences(ObjectWalk.Of(resumed, s_never), ObjectWalk.Of(trainer, s_never)).ShouldBeEmpty();
        }, found);
    });

    [Fact]
    public void The_comparison_sees_what_a_step_changes() => With("edl-49", 1, (trainer, _, _) =>
    {
        var before = ObjectWalk.Of(trainer, s_notYet);
        trainer.Step();
        var changed = Differences(ObjectWalk.Of(trainer, s_notYet), before);
        foreach (var part in (string[])["StepsDone", "Tokens", "StepCount", "Mean[0]", "Square[0]", "Embedding", "GateUp", "Metrics"])
            changed.ShouldContain(c => c.Contains(part, StringComparison.Ordinal), part);
        s_notYet.Keys.Except(before.Left).ShouldBe(["PackedWeight._packedVersion"], "what is no longer there need not be left out");
    });

    [Fact]
    public void No_step_draws_from_libtorchs_generator_for_its_state_is_not_saved()
    {
        foreach (var arm in Arms.Names)
        {
            With(arm, 0, (trainer, _, _) =>
            {
                torch.manual_seed(11);
                trainer.Step();
                var after = torch.rand([4]).ToArray<float>();
                torch.manual_seed(11);
                torch.rand([4]).ToArray<float>().ShouldBe(after, arm);
            });
        }
    }

    [Fact]
    public void Nothing_static_changes_in_what_trains()
    {
        var fields = new[] { typeof(Trainer).Assembly, typeof(MoeTransformer).Assembly, typeof(BatchSampler).Assembly }
            .SelectMany(a => a.GetTypes())
            .Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => !f.IsInitOnly && !f.IsLiteral && !f.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
            .Select(f => $"{f.DeclaringType!.FullName}.{f.Name}");
        fields.ShouldBeEmpty();
    }

    public void Dispose() => _pack.Dispose();

    private static List<string> Differences(ObjectWalk found, ObjectWalk expected) =>
    [
        .. found.Values.Keys.Union(expected.Values.Keys, StringComparer.Ordinal)
            .Where(path => found.Values.GetValueOrDefault(path) != expected.Values.GetValueOrDefault(path))
            .Select(path => $"{path}: {found.Values.GetValueOrDefault(path, "absent")}, not {expected.Values.GetValueOrDefault(path, "absent")}"),
    ];

    private void Save(Trainer trainer) =>
        new TrainerCheckpoints(_pack.Output("state"), "run", SilentProgress.Instance).Write(trainer.State("run"), trainer.WriteCheckpoint);

    private void With(string arm, int steps, Action<Trainer, MoeTransformer, BatchSource> test, FoundState? found = null)
    {
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            Directory.CreateDirectory(_pack.Output("state"));
            var request = Arms.Request(_pack, arm, "state");
            using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
            var options = TrainingOptions.FromJson(request.Train);
            using var scope = torch.NewDisposeScope();
            using var model = found is null ? MoeTransformer.Create(RecipeSections.Model(request.Model, data.Info), 1) : Checkpoint.Load(found.ModelFolder);
            var batches = new BatchSource(data, options, 1);
            using var trainer = new Trainer(model, RecipeSections.Losses(request.Losses), batches, options);
            for (var step = 0; step < steps; step++)
                trainer.Step();
            test(trainer, model, batches);
        });
    }
}
