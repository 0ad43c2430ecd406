namespace ExpertDivergence.Pipeline;

/// <summary>The checkout that the program was built in, or the current folder for a published program.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory) ?? Find(Directory.GetCurrentDirectory()) ?? Directory.GetCurrentDirectory();

    private static string? Find(string? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder, "ExpertDivergence.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
