using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using ExpertDivergence.Training.Bench;
using Spectre.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench device</c>: whether a device computes what the host computes.</summary>
internal static class BenchDeviceVerb
{
    public static Command Create()
    {
        var device = new Option<TrainingDevice>("--device") { Description = "cpu, or cuda for a GPU.", DefaultValueFactory = _ => TrainingDevice.Cuda };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("device", "Hold a device's losses, gradients and optimizer step of a small model against the host's.") { device, json };
        command.SetAction(parsed =>
        {
            var rows = DeviceCheck.Run(parsed.GetValue(device));
            if (parsed.GetValue(json))
                System.Console.WriteLine(Describe(rows).ToJsonString(JsonFormat.Indented));
            else
                Print(rows);
            return rows.All(row => row.Holds) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static JsonObject Describe(IReadOnlyList<DeviceCheckRow> rows) => new()
    {
        ["torch"] = torch.Version,
        ["gpus"] = torch.cuda.device_count(),
        ["operators"] = new JsonObject(((string[])["aten::scaled_dot_product_attention", "aten::_grouped_mm", "aten::_fused_adamw_"])
            .Select(name => KeyValuePair.Create(name, (JsonNode?)torch.HasOperator(name)))),
        ["passes"] = JsonSerializer.SerializeToNode(rows, JsonFormat.Indented),
    };

    private static void Print(IReadOnlyList<DeviceCheckRow> rows)
    {
        System.Console.WriteLine($"libtorch {torch.Version}, GPUs: {torch.cuda.device_count()}");
        var table = new Table().AddColumns("pass", "loss", "gradients", "AdamW's step", "");
        foreach (var row in rows)
            table.AddRow(row.Name, Pair(row.LossError, row.LossBound), Pair(row.GradientError, row.GradientBound), Pair(row.WeightError, row.WeightBound), row.Holds ? "holds" : "FAILS");
        AnsiConsole.Write(table);
        System.Console.WriteLine("Relative errors against the host in fp32, and their bounds.");
    }

    private static string Pair(double error, double bound) => string.Create(CultureInfo.InvariantCulture, $"{error:E1} of {bound:E0}");
}
