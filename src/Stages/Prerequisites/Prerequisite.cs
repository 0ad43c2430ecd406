namespace ExpertDivergence.Stages.Prerequisites;

/// <summary>One thing that the project needs of the machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Why">What needs it.</param>
/// <param name="Version">The version found; null where it is missing.</param>
/// <param name="Place">Where it was found.</param>
/// <param name="Remedy">What to type when it is missing.</param>
/// <param name="Installable">Whether set-up may install it by itself.</param>
public sealed record Prerequisite(string Name, string Why, string? Version, string? Place, string Remedy, bool Installable)
{
    /// <summary>Whether it is there.</summary>
    public bool IsFound => Version is not null;

    /// <summary>Whether the project does without it, but for what <see cref="Why"/> says.</summary>
    public bool Optional { get; init; }

    /// <summary>Whether it must be there and is not.</summary>
    public bool IsMissing => !IsFound && !Optional;
}
