using ExpertDivergence.Stages.Prerequisites;

namespace ExpertDivergence.Build.Tasks;

/// <summary>Brings what the machine lacks.</summary>
[TaskDescription("Bring what is missing: libtorch from Debian, libduckdb and the chart renderer by npm ci")]
public sealed class Setup : BuildTask
{
    /// <inheritdoc/>
    public override string? ReasonToSkip(BuildContext context) => Installer.IsComplete(context.Root) ? "everything is there" : null;

    /// <inheritdoc/>
    public override void Run(BuildContext context) => Installer.Run(context.Root, context.Say);
}
