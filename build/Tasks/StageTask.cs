using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Build.Tasks;

/// <summary>The task of one node of the recipe's graph; a class per kind of stage says what it does.</summary>
[IsDependentOn(typeof(Compile))]
public abstract class StageTask : BuildTask
{
    private string Node { get; set; } = "";

    /// <summary>The task of a node.</summary>
    public static StageTask For(StageNode node)
    {
        StageTask task = node.Stage switch
        {
            StageCatalog.MicroWorld => new MicroWorld(),
            StageCatalog.Label => new Label(),
            StageCatalog.Tokenize => new Tokenize(),
            StageCatalog.Pack => new Pack(),
            StageCatalog.Pretrain => new Pretrain(),
            StageCatalog.Evaluate => new Evaluate(),
            StageCatalog.Analyze => new Analyze(),
            _ => new Report(),
        };
        task.Node = node.Name;
        return task;
    }

    /// <inheritdoc/>
    public override string? ReasonToSkip(BuildContext context) => context.Graph[Node].IsDone ? "up to date" : null;

    /// <inheritdoc/>
    public override void Run(BuildContext context) => context.RunNode(Node);
}

/// <summary>The built-in corpus.</summary>
[TaskDescription("Generate the built-in corpus and its benchmark files")]
public sealed class MicroWorld : StageTask;

/// <summary>Documents to domains.</summary>
[TaskDescription("Give every document one of 3 and one of 49 domains")]
public sealed class Label : StageTask;

/// <summary>Documents to tokens.</summary>
[TaskDescription("Train the tokenizer and encode the documents to Parquet shards")]
public sealed class Tokenize : StageTask;

/// <summary>Tokens to sequences.</summary>
[TaskDescription("Cut and join the documents to sequences of one domain; hold some out")]
public sealed class Pack : StageTask;

/// <summary>Sequences to a checkpoint.</summary>
[TaskDescription("Pre-train one arm with one seed")]
public sealed class Pretrain : StageTask;

/// <summary>A checkpoint to scores.</summary>
[TaskDescription("Benchmarks and held-out loss by domain")]
public sealed class Evaluate : StageTask;

/// <summary>A checkpoint to routing metrics.</summary>
[TaskDescription("How the router treats the domains, layer by layer")]
public sealed class Analyze : StageTask;

/// <summary>Everything to the report.</summary>
[TaskDescription("Tables, figures and a verdict in Markdown and HTML")]
public sealed class Report : StageTask;
