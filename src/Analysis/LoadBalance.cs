namespace ExpertDivergence.Analysis;

/// <summary>How unevenly the experts are loaded. A load is the number of token slots (token × chosen expert) sent to an expert.</summary>
public static class LoadBalance
{
    /// <summary>MaxVio = (max load − mean load) / mean load; 0 in perfect balance, E/K − 1 at the most for top-K of E.</summary>
    /// <param name="loads">Loads, shape [E].</param>
    public static double MaxViolation(IReadOnlyList<double> loads)
    {
        var mean = loads.Average();
        return mean == 0 ? 0 : (loads.Max() - mean) / mean;
    }

    /// <summary>The coefficient of variation: the population standard deviation of the loads over their mean.</summary>
    /// <param name="loads">Loads, shape [E].</param>
    public static double CoefficientOfVariation(IReadOnlyList<double> loads)
    {
        var mean = loads.Average();
        return mean == 0 ? 0 : Math.Sqrt(loads.Average(load => (load - mean) * (load - mean))) / mean;
    }

    /// <summary>Domain purity of each expert: the share of its load that comes from the domain which sends it most.
    /// NaN for an expert without load.</summary>
    /// <param name="loads">Loads by domain, shape [C, E].</param>
    /// <returns>Purities, shape [E], between 1/C and 1.</returns>
    public static double[] Purity(IReadOnlyList<double[]> loads)
    {
        var purity = new double[loads[0].Length];
        for (var expert = 0; expert < purity.Length; expert++)
            purity[expert] = loads.Max(row => row[expert]) / loads.Sum(row => row[expert]);
        return purity;
    }
}
