using System.Text;

namespace ExpertDivergence.Data.Fetching;

/// <summary>File names that a server gave: only those that stay inside the folder and can be written are taken.</summary>
internal static class ServerNames
{
    private const int LongestSegment = 255; // bytes, as file systems have it
    private const int LongestPath = 2048;

    /// <summary>Refuses a listing with a name that leaves the folder, cannot be written, or stands for two things.</summary>
    public static void Check(IReadOnlyCollection<RemoteFile> files)
    {
        var comparer = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
        var names = new HashSet<string>(comparer);
        var folders = new HashSet<string>(comparer);
        foreach (var file in files)
        {
            if (Fault(file.Path) is { } fault)
                throw Refused(file.Path, fault);
            if (!names.Add(file.Path))
                throw Refused(file.Path, "two files have this name");
            for (var slash = file.Path.LastIndexOf('/'); slash > 0; slash = file.Path.LastIndexOf('/', slash - 1))
                folders.Add(file.Path[..slash]);
        }

        if (names.FirstOrDefault(folders.Contains) is { } both)
            throw Refused(both, "it is a file and a folder");
    }

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? Fault(string path)
    {
        if (path.Length is 0 or > LongestPath)
            return "the name is empty or too long";
        if (path.Any(c => char.IsControl(c) || c is '\\' or ':'))
            return "the name holds a backslash, a colon or a control character";
        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or "." or "..")
                return "the name leaves the folder or is not in its plain form";
            if (Encoding.UTF8.GetByteCount(segment) > LongestSegment)
                return "a part of the name is longer than 255 bytes";
            if (OperatingSystem.IsWindows() && segment[^1] is '.' or ' ')
                return "a part of the name ends with a dot or a space";
        }

        return path == FetchRecord.FileName || path.Split('/')[0] == FetchFolder.StateName ? "the name is one that fetching uses itself" : null;
    }

    private static FetchException Refused(string path, string fault) => new(FetchFailure.UnsafeName, Shown(path), fault,
        "Leave the file out with --exclude if you trust the rest of this repository.");

    private static string Shown(string path) => string.Concat(path.Take(200).Select(c => char.IsControl(c) ? '?' : c));
}
