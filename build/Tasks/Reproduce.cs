namespace ExpertDivergence.Build.Tasks;

/// <summary>The main job.</summary>
[TaskDescription("A recipe from corpus to report")]
public sealed class Reproduce : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context) => context.Say($"Report: {context.PublishReport()}");
}
