namespace ExpertDivergence.Training;

/// <summary>Slurm's short form of a list of machines, for example <c>node[01-04,09],gpu3</c>.</summary>
public static class SlurmNodes
{
    /// <summary>The first machine: <c>node01</c> of the example.</summary>
    public static string First(string nodes)
    {
        var name = new System.Text.StringBuilder();
        for (var at = 0; at < nodes.Length && nodes[at] != ','; at++)
        {
            if (nodes[at] != '[')
            {
                name.Append(nodes[at]);
                continue;
            }

            var close = nodes.IndexOf(']', at);
            var range = close < 0 ? nodes[(at + 1)..] : nodes[(at + 1)..close];
            name.Append(range.Split(',', '-')[0]);
            at = close < 0 ? nodes.Length : close;
        }

        return name.ToString().Trim();
    }
}
