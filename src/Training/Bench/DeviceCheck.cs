// B batch, L length.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>How far a training pass lies from the same one on the host in Float32, operator by operator.</summary>
/// <param name="Name">Which pass.</param>
/// <param name="LossError">|loss − host's| / |host's|.</param>
/// <param name="GradientError">‖g − host's‖ / ‖host's‖ over all gradients together.</param>
/// <param name="WeightError">Likewise of what one AdamW step changes.</param>
/// <param name="LossBound">What <paramref name="LossError"/> may be.</param>
/// <param name="GradientBound">What <paramref name="GradientError"/> may be.</param>
/// <param name="WeightBound">What <paramref name="WeightError"/> may be: AdamW's first step is ± the learning rate, so that it turns on a gradient's sign.</param>
public sealed record DeviceCheckRow(string Name, double LossError, double GradientError, double WeightError, double LossBound, double GradientBound, double WeightBound)
{
    /// <summary>Whether every error is a number within its bound.</summary>
    public bool Holds => LossError <= LossBound && GradientError <= GradientBound && WeightError <= WeightBound;
}

/// <summary>Compares what a device computes with the host: a small model, one step, every way that a pass may take there.</summary>
public static class DeviceCheck
{
    private static readonly ModelOptions s_model = new()
    {
        VocabSize = 512, Layers = 2, Dim = 64, Heads = 4, KvHeads = 2, HeadDim = 32, ExpertWidth = 64, Experts = 8, TopK = 2, MaxPositions = 64,
    };

    /// <summary>Runs every pass.</summary>
    /// <param name="device">Where.</param>
    /// <exception cref="Core.PrerequisiteException">There is no such device.</exception>
    public static IReadOnlyList<DeviceCheckRow> Run(TrainingDevice device)
    {
        using var thread = new TorchThread("check");
        return thread.Run(() => RunHere(device.Resolve()));
    }

    private static List<DeviceCheckRow> RunHere(Device device)
    {
        using var scope = torch.NewDisposeScope();
        torch.set_num_threads(1);
        var host = Pass(torch.CPU, Precision.Fp32, new LoopExpertKernel());
        var rows = new List<DeviceCheckRow>
        {
            Row("fp32", Precision.Fp32, new PaddedExpertKernel()),
            Row("bf16, padded experts", Precision.Bf16, new PaddedExpertKernel()),
        };
        if (GroupedExpertKernel.Exists && device.type == DeviceType.CUDA)
            rows.Add(Row("bf16, grouped experts", Precision.Bf16, new GroupedExpertKernel()));
        return rows;

        DeviceCheckRow Row(string name, Precision precision, IExpertKernel experts)
        {
            var (loss, gradients, change) = Pass(device, precision, experts);
            var (lossBound, gradientBound, weightBound) = precision == Precision.Fp32 ? (1e-5, 1e-3, 3e-2) : (1e-2, 1e-1, 5e-1);
            return new(name, Math.Abs(loss - host.Loss) / Math.Abs(host.Loss), Error(gradients, host.Gradients), Error(change, host.Change),
                lossBound, gradientBound, weightBound);
        }
    }

    // The loss before a step, the gradient of every weight, and what the step changed, on the host.
    private static (double Loss, Tensor Gradients, Tensor Change) Pass(Device device, Precision precision, IExpertKernel experts)
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(s_model, seed: 1, experts, device);
        model.UseComposite(precision);
        torch.manual_seed(2);
        using var batches = new RandomBatches(1, 8, s_model.MaxPositions, s_model.VocabSize, 3, device);
        using var batch = batches.Batch(0);
        using var loss = new TrainingLoss([LossRegistry.Create("load_balance", new LossOptions { Coefficient = 1e-2 })], model.Layout);
        var total = loss.Compute(model.ForwardTraining(batch, loss.Capture), batch, 0).Total;
        total.backward();
        var gradients = Flat(model.Parameters.Select(p => p.Value.grad!));
        var before = Flat(model.Parameters.Select(p => p.Value));
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions(Beta2: 0.95, WeightDecay: 0));
        optimizer.Step(1e-3, torch.full([], 0.5, device: device));
        var change = Flat(model.Parameters.Select(p => p.Value)) - before;
        return (total.item<double>(), scope.MoveToOuter(gradients), scope.MoveToOuter(change));

        static Tensor Flat(IEnumerable<Tensor> tensors)
        {
            using var noGrad = torch.no_grad();
            return torch.cat([.. tensors.Select(t => t.detach().to(ScalarType.Float64).cpu().flatten())]);
        }
    }

    private static double Error(Tensor actual, Tensor expected) => (actual - expected).norm().item<double>() / expected.norm().item<double>();
}
