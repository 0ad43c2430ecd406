using System.ComponentModel;
using System.Diagnostics;

namespace ExpertDivergence.Reporting;

/// <summary>Draws figures as SVG with Vega-Lite on Node, all of them in one process.</summary>
public static class FigureRenderer
{
    private const string Install = "Install Node.js 18 or newer and run `npm ci` in the repository's root, then make the report again.";

    /// <summary>Draws the figures into a folder.</summary>
    /// <param name="figures">What to draw.</param>
    /// <param name="folder">Gets one <c>NAME.svg</c> a figure; must exist.</param>
    /// <param name="cancellation">Ends the drawing.</param>
    /// <returns>Null where all were drawn, else why not, with the remedy, fit to be shown in the report.</returns>
    public static string? Render(IReadOnlyList<Figure> figures, string folder, CancellationToken cancellation = default)
    {
        if (FindModules() is not { } root)
            return "The figures are left out: the packages `vega` and `vega-lite` were not found in a `node_modules` folder of the working folder or the program's, nor above them. " + Install;
        var temporary = Directory.CreateTempSubdirectory("edl-figures-").FullName;
        try
        {
            var error = Run(root, figures, temporary, cancellation);
            foreach (var figure in figures)
            {
                var drawn = Path.Combine(temporary, figure.Name + ".svg");
                if (error is null)
                    File.Copy(drawn, Path.Combine(folder, figure.Name + ".svg"), overwrite: true);
            }

            return error;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The nearest folder, from the working folder or the program's upwards, that holds both packages.</summary>
    private static string? FindModules()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (Directory.Exists(Path.Combine(folder.FullName, "node_modules", "vega")) && Directory.Exists(Path.Combine(folder.FullName, "node_modules", "vega-lite")))
                    return folder.FullName;
            }
        }

        return null;
    }

    private static string? Run(string root, IReadOnlyList<Figure> figures, string temporary, CancellationToken cancellation)
    {
        // The script goes in by standard input: packages are then looked for from the working folder, wherever the program lies.
        var start = new ProcessStartInfo("node", ["--input-type=module", "-"])
        {
            WorkingDirectory = root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var figure in figures)
        {
            var specification = Path.Combine(temporary, figure.Name + ".json");
            File.WriteAllText(specification, figure.Specification);
            start.ArgumentList.Add(specification);
            start.ArgumentList.Add(Path.Combine(temporary, figure.Name + ".svg"));
        }

        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return "The figures are left out: the program `node` was not found. " + Install;
        }

        using var killed = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            process.StandardInput.Write(Templates.Text("render.mjs"));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Node ended before it read its script; its exit code and words say why.
        }

        process.WaitForExit();
        Task.WaitAll([output, errors], CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? null
            : $"The figures are left out: drawing them with `node` failed ({LastLine(errors.Result)}). {Install}";
    }

    private static string LastLine(string text) =>
        text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Contains("Error", StringComparison.Ordinal)) ?? "it gave no reason";
}
