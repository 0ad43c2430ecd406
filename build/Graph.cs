using System.Reflection;
using Cake.Core;
using ExpertDivergence.Build.Tasks;
using ExpertDivergence.Core;

namespace ExpertDivergence.Build;

/// <summary>Registers the task classes, and a task for each node of the recipe's graph, with the running Cake.</summary>
public static class Graph
{
    /// <summary>Called by <c>build.cake</c>.</summary>
    public static void Register(Func<string, CakeTaskBuilder> task, ICakeContext cake)
    {
        try
        {
            RegisterAll(task, new BuildContext(cake, BuildArguments.Read(cake.Arguments, [.. Environment.GetCommandLineArgs().Skip(1)])));
        }
        catch (EdlException e)
        {
            throw Told(e);
        }
    }

    /// <summary>Registers everything for a context.</summary>
    /// <exception cref="UsageException">A target that no task has; names the nearest.</exception>
    public static void RegisterAll(Func<string, CakeTaskBuilder> task, BuildContext context)
    {
        var tasks = Assembly.GetExecutingAssembly().GetTypes()
            .Where(t => t.IsSubclassOf(typeof(BuildTask)) && !t.IsAbstract && !t.IsSubclassOf(typeof(StageTask)))
            .OrderBy(t => t.Name, StringComparer.Ordinal)
            .ToArray();
        var nodes = context.NeedsGraph ? context.Graph.Nodes : [];
        string[] names = [.. tasks.Select(t => t.Name), .. nodes.Select(n => n.Name)];
        foreach (var target in context.Arguments.Targets.Where(t => !names.Contains(t, StringComparer.OrdinalIgnoreCase)))
            throw new UsageException($"there is no target '{target}'", NearestName.Hint(target, names));

        foreach (var type in tasks)
        {
            var builder = RegisterTask(task(type.Name), (BuildTask)Activator.CreateInstance(type)!, context, type.Name);
            if (type == typeof(Reproduce) && context.NeedsGraph)
                builder.IsDependentOn(context.Graph.Report.Name);
        }

        foreach (var node in nodes)
        {
            var builder = RegisterTask(task(node.Name), StageTask.For(node), context, node.Name);
            foreach (var input in node.Inputs.Select(i => i.Value.Name).Distinct())
                builder.IsDependentOn(input);
        }
    }

    /// <summary>An error as Cake shows it: one line, no stack.</summary>
    internal static CakeException Told(EdlException e) => new(e.ExitCode, $"{e.Message.TrimEnd('.')}. {e.Remedy}");

    private static CakeTaskBuilder RegisterTask(CakeTaskBuilder builder, BuildTask task, BuildContext context, string name)
    {
        var type = task.GetType();
        foreach (var dependency in type.GetCustomAttributes<IsDependentOnAttribute>())
            builder.IsDependentOn(dependency.Task.Name);
        var isTarget = context.Arguments.Targets.Contains(name, StringComparer.OrdinalIgnoreCase);
        // Cake fails a target that is skipped; a target that has nothing to do says so and succeeds.
        return builder
            .Description(type.GetCustomAttribute<TaskDescriptionAttribute>()?.Description ?? "")
            .WithCriteria(() => isTarget || task.ReasonToSkip(context) is null, "up to date")
            .Does(() =>
            {
                try
                {
                    if (task.ReasonToSkip(context) is { } reason)
                        context.Say($"{name}: {reason}");
                    else
                        task.Run(context);
                }
                catch (EdlException e)
                {
                    throw Told(e);
                }
            });
    }
}
