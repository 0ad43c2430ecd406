namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Losses on experts from their definitions, in loops over doubles, for the rows of one token or group.</summary>
internal static class PlainExpertLosses
{
    public static double Pairs(double[][] rows, double epsilon)
    {
        double loss = 0;
        for (var j = 0; j < rows.Length; j++)
        {
            for (var k = 0; k < rows.Length; k++)
            {
                if (j == k)
                    continue;
                var factor = Dot(rows[j], rows[k]) / (Dot(rows[k], rows[k]) + epsilon);
                loss += rows[k].Sum(x => factor * x * factor * x);
            }
        }

        return loss;
    }

    public static double Projections(double[][] rows)
    {
        double loss = 0;
        for (var j = 0; j < rows.Length; j++)
        {
            var basis = new List<double[]>();
            foreach (var other in rows.Where((_, k) => k != j))
            {
                var left = (double[])other.Clone();
                foreach (var b in basis)
                {
                    var along = Dot(other, b);
                    left = [.. left.Zip(b, (x, y) => x - (along * y))];
                }

                var length = Math.Sqrt(Dot(left, left));
                basis.Add([.. left.Select(x => x / length)]);
            }

            loss += basis.Sum(b => Dot(rows[j], b) * Dot(rows[j], b));
        }

        return loss;
    }

    public static double Cosines(double[][] rows, string formula)
    {
        var cosines = new List<double>();
        for (var j = 0; j < rows.Length; j++)
        {
            for (var k = j + 1; k < rows.Length; k++)
                cosines.Add(Dot(rows[j], rows[k]) / Math.Sqrt(Dot(rows[j], rows[j]) * Dot(rows[k], rows[k])));
        }

        return cosines.Average(c => formula switch { "squared" => c * c, "absolute" => Math.Abs(c), _ => c });
    }

    public static double RouterOrthogonality(double[][] rows)
    {
        double loss = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j < rows.Length; j++)
            {
                var cosine = Dot(rows[i], rows[j]) / Math.Sqrt(Dot(rows[i], rows[i]) * Dot(rows[j], rows[j]));
                loss += Math.Pow(cosine - (i == j ? 1 : 0), 2);
            }
        }

        return loss / (rows.Length * rows.Length);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
