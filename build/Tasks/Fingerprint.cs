using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Build.Tasks;

/// <summary>Commits to the sources of the stages as they are now.</summary>
[TaskDescription("After a change of a stage's sources: raise its version, or with --no-effect=WHY note that results stay")]
public sealed class Fingerprint : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        var file = Path.Combine(context.Root, "pipeline", "stages.json");
        var kinds = JsonSerializer.Deserialize<Dictionary<string, StageKind>>(File.ReadAllText(file), JsonFormat.Indented)!;
        foreach (var (name, kind) in kinds.ToArray())
        {
            var now = SourceFingerprint.Of(context.Root, kind.Sources);
            if (now == kind.Fingerprint)
                continue;
            kinds[name] = context.Arguments.NoEffect.Length > 0
                ? kind with { Fingerprint = now, NoEffect = [.. kind.NoEffect ?? [], context.Arguments.NoEffect] }
                : kind with { Fingerprint = now, Version = kind.Fingerprint.Length > 0 ? kind.Version + 1 : kind.Version, NoEffect = null };
            context.Say($"{name}: version {kinds[name].Version}, {now}");
        }

        DurableFile.WriteAllText(file, JsonSerializer.Serialize(kinds, JsonFormat.Indented) + "\n");
    }
}
