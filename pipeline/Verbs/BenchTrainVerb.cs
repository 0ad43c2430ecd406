using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using ExpertDivergence.Training.Bench;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench train</c>: whole training steps on random tokens, by the flags of the PyTorch peer and with its JSON keys.</summary>
internal static class BenchTrainVerb
{
    public static Command Create()
    {
        var shape = new BenchShape();
        var steps = new Option<int>("--steps") { Description = "Steps that are timed.", DefaultValueFactory = _ => 10 };
        var skip = new Option<int>("--skip") { Description = "Steps before them that are not.", DefaultValueFactory = _ => 3 };
        var pack = new Option<string>("--pack") { Description = "A packed set to train on instead of random tokens: its vocabulary and length go before --vocab and --seq." };
        var alpha = new Option<double>("--alpha") { Description = "Coefficient of load balancing.", DefaultValueFactory = _ => 1e-3 };
        var beta = new Option<double>("--beta") { Description = "Coefficient of the expert divergence; 0: without it.", DefaultValueFactory = _ => 0 };
        var bf16 = new Option<bool>("--bf16") { Description = "Multiply in bfloat16." };
        var composite = new Option<bool>("--composite") { Description = "libtorch's operators one by one instead of the fused step." };
        var device = new Option<TrainingDevice>("--device") { Description = "cpu, or cuda for a GPU.", DefaultValueFactory = _ => TrainingDevice.Cpu };
        var peak = new Option<double>("--peak-tflops") { Description = "Peak of the GPU for mfu; 989 is an H100's in dense bfloat16.", DefaultValueFactory = _ => 989 };
        var command = new Command("train", "Measure whole training steps on random tokens; the flags are those of the PyTorch peer.")
        {
            steps, skip, pack, alpha, beta, bf16, composite, device, peak,
        };
        shape.AddTo(command);
        command.SetAction(parsed =>
        {
            var losses = new List<ILoss> { LossRegistry.Create("load_balance", new LossOptions { Coefficient = parsed.GetValue(alpha) }) };
            if (parsed.GetValue(beta) != 0)
                losses.Add(LossRegistry.Create("divergence", new LossOptions { Coefficient = parsed.GetValue(beta) }));
            var model = shape.Model(parsed);
            if (parsed.GetValue(pack) is { } folder)
            {
                using var data = PackedDataset.Open(folder, PackSplit.Train);
                model = model with { VocabSize = data.Info.VocabSize, MaxPositions = data.SequenceLength };
            }

            var options = new TrainingBenchOptions
            {
                Model = model, Pack = parsed.GetValue(pack), WarmUp = parsed.GetValue(skip), Batch = shape.Batch(parsed), Domains = shape.Domains(parsed), Threads = shape.Threads(parsed),
                Steps = parsed.GetValue(steps),
                Device = parsed.GetValue(device), Precision = parsed.GetValue(bf16) ? Precision.Bf16 : Precision.Fp32,
                Kernels = parsed.GetValue(composite) ? StepKernels.Composite : StepKernels.Auto, Losses = losses,
            };
            var result = TrainingBench.Run(options);
            System.Console.WriteLine(Describe(options, result, parsed.GetValue(peak)).ToJsonString(JsonFormat.Compact));
            return ExitCodes.Done;
        });
        return command;
    }

    private static JsonObject Describe(TrainingBenchOptions options, TrainingBenchResult result, double peakTeraflops)
    {
        var (total, active) = options.Model.CountParameters();
        var flops = TrainingReport.CountFlops(options.Model.Validate(), options.Model.MaxPositions);
        var ceiling = MatmulCeiling.Measure(options.Threads, options.Device.Resolve());
        var described = new JsonObject
        {
            ["torch"] = torch.Version,
            ["params"] = total,
            ["active"] = active,
            ["tokens_per_s"] = Math.Round(result.TokensPerSecond),
            ["gflops"] = Math.Round(6.0 * active * result.TokensPerSecond / 1e9, 1),
            ["loss"] = Math.Round(result.Loss, 4),
            ["flops_per_token"] = flops,
            ["ceiling_gflops"] = Math.Round(ceiling, 1),
            ["share_of_ceiling"] = Math.Round(flops * result.TokensPerSecond / 1e9 / ceiling, 3),
            ["data_wait"] = Math.Round(result.DataWait, 5),
            ["peak_rss_mb"] = PeakResidentMegabytes(),
            ["threads"] = options.Threads,
            ["cpu_capability"] = torch.CpuCapability,
        };
        if (options.Device == TrainingDevice.Cuda)
        {
            // Model FLOPs utilisation: the operations of the model itself, by what the card could do.
            described["device"] = "cuda";
            described["peak_tflops"] = peakTeraflops;
            described["mfu"] = Math.Round(flops * result.TokensPerSecond / (peakTeraflops * 1e12), 4);
        }

        return described;
    }

    private static double PeakResidentMegabytes()
    {
        var line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : Math.Round(double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024);
    }
}
