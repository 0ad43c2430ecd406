using ExpertDivergence.Modeling;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>A model that a verb reads.</summary>
internal static class ModelInput
{
    /// <summary>Notes a finished run by its key; a milestone (<c>checkpoints/step-N</c>) or another program's folder by its files.</summary>
    public static StageRun ReadsModel(this StageRun stage, string folder) =>
        !File.Exists(Path.Combine(folder, Manifest.FileName)) && File.Exists(Path.Combine(folder, Checkpoint.ConfigFile))
            ? stage.ReadsExternal("model", new ExternalFiles(Workspace.Current.HashMemo).HashOf(folder))
            : stage.Reads("model", folder);
}
