using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>What the run cannot say.</summary>
internal static class Limits
{
    /// <summary>What the number of seeds does to the intervals.</summary>
    public static string Intervals(Experiment experiment) => experiment.Seeds.Count switch
    {
        1 => "With one seed there is no interval, so every difference between arms is inconclusive.",
        var seeds => $"With {Count(seeds)} seeds such an interval reaches {Format.Number(StudentT.Critical(0.95, seeds - 1), 1)} standard errors to either side (Student's t, {seeds - 1} {(seeds == 2 ? "degree" : "degrees")} of freedom)"
            + (seeds == 2 ? ", so only a difference on which both seeds nearly agree counts." : "."),
    };

    public static IReadOnlyList<string> Of(Experiment experiment)
    {
        var training = experiment.Runs[0].Training;
        List<string> limits =
        [
            $"**Size.** {Format.Whole(training.TotalParameters)} parameters and {Format.Whole(training.Tokens)} tokens a run are far below the billions at which such losses are meant to be used; an effect seen here need not hold there, nor the other way round.",
            $"**Seeds.** {char.ToUpperInvariant(Count(experiment.Seeds.Count)[0])}{Count(experiment.Seeds.Count)[1..]} {(experiment.Seeds.Count == 1 ? "seed says" : "seeds say")} little of the spread between runs, and the intervals assume that differences between seeds are normal. The standard errors of benchmarks are over items alone.",
            "**Many comparisons.** Intervals are not corrected for the number of comparisons: of twenty that are truly nil, one is expected to leave out 0.",
            "**Routing is not skill.** Domains that use different experts show that the loss does what it says, not that the experts know more.",
        ];
        if (experiment.Input.CorpusIsSynthetic)
            limits.Add("**Synthetic text.** The micro-world is small, closed and regular. What is found on it shows that the machinery works; on real text the arms must be compared anew.");
        return limits;
    }

    private static string Count(int seeds) => seeds switch
    {
        1 => "one",
        2 => "two",
        3 => "three",
        4 => "four",
        5 => "five",
        _ => seeds.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
