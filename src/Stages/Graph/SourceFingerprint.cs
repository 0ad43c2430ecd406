using System.Security.Cryptography;
using System.Text;

namespace ExpertDivergence.Stages.Graph;

/// <summary>One hash over the sources of a stage: relative paths and contents, in ordinal order.</summary>
/// <remarks>Committed in <c>pipeline/stages.json</c>; a test recomputes it, so that a change of the sources asks for a new version or
/// a line that says why the results stay.</remarks>
public static class SourceFingerprint
{
    private static readonly string[] s_extensions = [".cs", ".cpp", ".h", ".txt", ".csv", ".json", ".md", ".hbs", ".mjs", ".csproj"];

    /// <summary>The fingerprint of files and folders below a repository root.</summary>
    public static string Of(string root, IEnumerable<string> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files(root, sources))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, file))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static IEnumerable<string> Files(string root, IEnumerable<string> sources) => sources
        .SelectMany(s => Path.Combine(root, s) is var full && File.Exists(full)
            ? [full]
            : Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Where(f => s_extensions.Contains(Path.GetExtension(f))))
        .Where(f => Path.GetFileName(f) is not ("README.md" or "packages.lock.json"))
        .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
        .Distinct()
        .Order(StringComparer.Ordinal);
}
