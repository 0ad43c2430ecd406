namespace ExpertDivergence.Build;

/// <summary>A task, in the shape that Cake.Frosting gives it: a class with attributes and a body.</summary>
public abstract class BuildTask
{
    /// <summary>Why it need not run, or null.</summary>
    public virtual string? ReasonToSkip(BuildContext context) => null;

    /// <summary>The body.</summary>
    public abstract void Run(BuildContext context);
}

/// <summary>What the task does, in the list of targets.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TaskDescriptionAttribute(string description) : Attribute
{
    /// <summary>One sentence.</summary>
    public string Description { get; } = description;
}

/// <summary>A task that has to run before.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class IsDependentOnAttribute(Type task) : Attribute
{
    /// <summary>The task's class.</summary>
    public Type Task { get; } = task;
}
