namespace ExpertDivergence.Reporting;

/// <summary>The files of <c>reports/templates</c> and the chart renderer, embedded so that a published program has them.</summary>
internal static class Templates
{
    public static string Text(string name)
    {
        using var stream = typeof(Templates).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource '{name}' is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
