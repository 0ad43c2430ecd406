using System.CommandLine;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl labeller train</c> and <c>edl labeller evaluate</c>.</summary>
internal static class LabellerVerb
{
    public static Command Create() => new("labeller", "Train what labels documents, and measure it.")
    {
        LabellerVerbTrain.Create(),
        LabellerVerbEvaluate.Create(),
    };
}
