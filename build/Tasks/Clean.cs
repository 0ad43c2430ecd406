namespace ExpertDivergence.Build.Tasks;

/// <summary>Deletes what builds made; results in the workspace stay.</summary>
[TaskDescription("Delete build outputs (never the workspace)")]
public sealed class Clean : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        foreach (var folder in (string[])["artifacts/bin/Pipeline", "artifacts/obj/Pipeline", "artifacts/native", "artifacts/test-results"])
        {
            if (Directory.Exists(Path.Combine(context.Root, folder)))
                Directory.Delete(Path.Combine(context.Root, folder), recursive: true);
        }
    }
}
