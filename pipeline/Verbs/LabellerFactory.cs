using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>The labeller that a recipe's section <c>labels</c> asks for.</summary>
internal static class LabellerFactory
{
    /// <summary>Makes it.</summary>
    /// <param name="call">The call of the stage.</param>
    /// <param name="map">From the documents' own labels to domains.</param>
    /// <param name="paths">The corpus, which is read once more where the method learns from it.</param>
    public static ILabeller Create(StageCall call, LabelMap map, IReadOnlyList<string> paths)
    {
        var (recipe, taxonomy) = (call.Recipe, Taxonomy.BuiltIn);
        switch (recipe.Text("labels.method"))
        {
            case "model":
                return new ModelLabeller(TopicModel.Read(recipe.Text("labels.model"), taxonomy), taxonomy);
            case "lexicon":
                var training = new SelfTrainingOptions { Rounds = (int)recipe.Integer("labels.self_training") };
                return new LexiconLabeller(taxonomy, training.Rounds == 0 ? null : new SelfTraining(training).Train(Texts(call, paths), call.Progress, call.Cancellation));
            case "detect":
                return new DetectingLabeller();
            default:
                return new MappedLabeller(taxonomy, map);
        }
    }

    private static IEnumerable<string> Texts(StageCall call, IReadOnlyList<string> paths)
    {
        if (paths.Contains(CorpusFiles.StandardInput))
            throw new UsageException("standard input can be read once only, and self-training reads the corpus twice", "Set labels.self_training=0, or give a file.");
        return new CorpusInput(paths, call.Recipe, SilentProgress.Instance).Reader.Read(call.Cancellation).Select(d => d.Text);
    }

    /// <summary>What holds whatever the labeller.</summary>
    public static LabelOptions Options(Recipe recipe) => new()
    {
        Threshold = recipe.Number("labels.threshold"),
        Below = recipe.Text("labels.below") == "drop" ? BelowThreshold.Drop : BelowThreshold.Keep,
        FineScheme = FineScheme.Create(recipe.Text("labels.fine_scheme"), Taxonomy.BuiltIn, recipe.Text("labels.source_pattern"), recipe.Integer("labels.seed")),
    };
}
