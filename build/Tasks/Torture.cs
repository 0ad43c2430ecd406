using ExpertDivergence.Build.Kills;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Build.Tasks;

/// <summary>Kills runs of every arm at random times and holds their results against undisturbed ones.</summary>
[TaskDescription("Kill runs of every arm (--arm=NAME for one) at random times, --kills=N each (20): all must end with the bytes of an undisturbed run")]
[IsDependentOn(typeof(Compile))]
public sealed class Torture : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        var asked = context.Arguments.Arms;
        if (asked.FirstOrDefault(a => !RecipeLibrary.Arms.Contains(a)) is { } unknown)
            throw new UsageException($"there is no arm '{unknown}'", NearestName.Hint(unknown, RecipeLibrary.Arms));
        var folder = Directory.CreateTempSubdirectory("edl-torture-").FullName;
        var program = new TrainingProgram(Path.Combine(context.ProgramFolder, "edl.dll"), folder);
        program.Pack();
        context.Say($"Recipe spark, {TrainingProgram.Steps} steps, a state every {TrainingProgram.Interval}.");
        context.Say(ArmUnderFire.Head);
        var broken = new List<string>();
        foreach (var arm in asked.Count > 0 ? asked : RecipeLibrary.Arms)
        {
            var result = ArmUnderFire.Try(program, arm, context.Arguments.Kills);
            context.Say(result.Row);
            if (result.Different.Count > 0)
                broken.Add(arm);
        }

        if (broken.Count > 0)
            throw new EdlException($"killed runs differ: {string.Join(", ", broken)}", $"Their results lie in {folder}.");
        Directory.Delete(folder, recursive: true);
    }
}
