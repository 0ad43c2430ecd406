using System.CommandLine;
using System.Runtime.InteropServices;
using ExpertDivergence.Reporting;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl report</c>: tables, figures and a verdict from the finished runs of a recipe.</summary>
internal static class ReportVerb
{
    public static Command Create() => StageOptions.Verb("report", "Tables, figures and a verdict from the finished runs of the recipe.", [], call =>
    {
        var graph = new PipelineGraph(call.Recipe, Workspace.Current, StageCall.Toolchain);
        var stage = call.Begin(StageCatalog.Report);
        foreach (var (role, node) in graph.Report.Inputs)
            stage.Reads(role, node.Folder);
        ReportBuilder.Write(Input(call.Recipe, graph), stage.Folder, call.Progress, call.Cancellation);
        stage.Commit(call.Key);
        return Task.CompletedTask;
    });

    private static ReportInput Input(Recipe recipe, PipelineGraph graph)
    {
        var yardsticks = graph[$"{StageCatalog.Evaluate}-ngram"].Folder;
        return new ReportInput
        {
            Recipe = recipe.Name,
            RecipeYaml = RecipeYaml.Of(recipe),
            Corpus = recipe.UsesMicroWorld
                ? "The built-in micro-world: generated documents in English and Chinese about invented things in 24 topics, and arithmetic (data/microworld/README.md)."
                : recipe.Text("description"),
            CorpusIsSynthetic = recipe.UsesMicroWorld,
            Runs =
            [
                .. graph.Nodes.Where(n => n.Stage == StageCatalog.Pretrain).Select(n => new RunFolders(n.Arm!, n.Seed!.Value, n.Folder,
                    graph[n.Name.Replace(StageCatalog.Pretrain, StageCatalog.Evaluate)].Folder, graph[n.Name.Replace(StageCatalog.Pretrain, StageCatalog.Analyze)].Folder)),
            ],
            Yardsticks = [new Yardstick("unigram", Path.Combine(yardsticks, "unigram")), new Yardstick("trigram", Path.Combine(yardsticks, "trigram"))],
            PackFolder = graph[StageCatalog.Pack].Folder,
            Machine = new Dictionary<string, string>
            {
                ["processor"] = ProcessorName(),
                ["cores"] = Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["operating system"] = RuntimeInformation.OSDescription,
                [".NET"] = RuntimeInformation.FrameworkDescription,
                ["toolchain"] = StageCall.Toolchain,
                ["ExpertDivergence"] = typeof(ReportVerb).Assembly.GetName().Version!.ToString(3),
            },
            Command = $"dotnet cake --target=Reproduce --recipe={recipe.Name}{(recipe.UsesMicroWorld ? "" : " --corpus=DIR")}{(recipe.Text("benchmarks.path").Length > 0 ? " --benchmarks=DIR" : "")}",
        };
    }

    private static string ProcessorName()
    {
        const string linux = "/proc/cpuinfo";
        var line = File.Exists(linux) ? File.ReadLines(linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
