using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;

namespace ExpertDivergence.Build.Kills;

/// <summary>What killing an arm's runs gave.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Runs">Runs that were killed, each several times in a row.</param>
/// <param name="Kills">The kills.</param>
/// <param name="ModelSha256">Of the undisturbed run's weights.</param>
/// <param name="Different">Files of killed runs that are not those of the undisturbed run.</param>
public sealed record ArmUnderFire(string Arm, int Runs, IReadOnlyList<Kill> Kills, string ModelSha256, IReadOnlyList<string> Different)
{
    private const int MostInARow = 4;

    /// <summary>The table's head.</summary>
    public static string Head => $"{"arm",-20} {"runs",4} {"kills",5} {"in a write",10} {"steps redone (most)",19}  {"model.safetensors",-17} result";

    /// <summary>The arm's row of the table.</summary>
    public string Row => $"{Arm,-20} {Runs,4} {Kills.Count,5} {Kills.Count(k => k.InWrite),10} {$"{Kills.Sum(k => k.Redone)} ({Kills.Select(k => k.Redone).DefaultIfEmpty().Max()})",19}  {ModelSha256[..16]}  "
        + (Different.Count == 0 ? "the same bytes" : "DIFFERS: " + string.Join(", ", Different));

    /// <summary>Trains an arm undisturbed, then in runs that are killed, until there have been so many kills.</summary>
    public static ArmUnderFire Try(TrainingProgram program, string arm, int kills)
    {
        var random = new KeyedRandom(1, "torture", arm);
        var run = new KilledRun(program, arm, random);
        var whole = run.Undisturbed();
        var (done, different, runs) = (new List<Kill>(), new List<string>(), 0);
        while (done.Count < kills)
        {
            var most = Math.Min(kills - done.Count, kills <= MostInARow ? kills : 1 + random.NextInt(MostInARow));
            var (result, more) = run.Killed($"killed-{++runs}", most);
            if (more.Count == 0)
                throw new EdlException($"{arm}: a run ended before it could be killed", "Make it longer.");
            done.AddRange(more);
            different.AddRange(Differences(whole, result));
        }

        return new ArmUnderFire(arm, runs, done, whole.Outputs.Single(o => o.Path == "model.safetensors").Sha256, [.. different.Distinct()]);
    }

    private static IEnumerable<string> Differences(Manifest whole, Manifest killed) =>
        whole.Outputs.Except(killed.Outputs).Concat(killed.Outputs.Except(whole.Outputs)).Select(o => o.Path)
            .Concat(whole.Key == killed.Key ? Array.Empty<string>() : ["key"]).Distinct();
}
