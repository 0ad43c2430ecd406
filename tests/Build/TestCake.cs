using System.Reflection;
using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Cake.Core.Tooling;
using ExpertDivergence.Build;

namespace ExpertDivergence.Tests.Build;

/// <summary>Cake's own engine without its command line.</summary>
internal sealed class TestCake
{
    public TestCake(params string[] commandLine)
    {
        var log = new NullLog();
        var environment = new CakeEnvironment(new CakePlatform(), new CakeRuntime());
        var files = new FileSystem();
        var globber = new Globber(files, environment);
        var arguments = new CakeArguments(commandLine.Where(a => a.Contains('=')).Select(a => a.TrimStart('-').Split('=', 2)).ToLookup(a => a[0], a => a[1]));
        var configuration = new CakeConfiguration(new Dictionary<string, string>());
        var tools = new ToolLocator(environment, new ToolRepository(environment), new ToolResolutionStrategy(files, environment, globber, configuration, log));
        var data = new CakeDataService();
        var context = new CakeContext(files, environment, globber, log, arguments, new ProcessRunner(files, environment, log, tools, configuration), new WindowsRegistry(), tools, data, configuration, Absent.Of<IToolInstaller>(), Absent.Of<IServiceProvider>());
        Engine = new CakeEngine(data, log);
        Context = new BuildContext(context, BuildArguments.Read(arguments, commandLine));
        Graph.RegisterAll(name => Engine.RegisterTask(name), Context);
    }

    public CakeEngine Engine { get; }

    public BuildContext Context { get; }

    public IEnumerable<string> DependenciesOf(string task) => Engine.Tasks.Single(t => t.Name == task).Dependencies.Select(d => d.Name);
}

/// <summary>A part of Cake that no task here calls.</summary>
internal class Absent : DispatchProxy
{
    public static T Of<T>()
        where T : class => Create<T, Absent>();

    protected override object? Invoke(MethodInfo? method, object?[]? args) => throw new NotSupportedException($"{method} is not there in tests");
}
