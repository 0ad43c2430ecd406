// Compiles build/ when one of its sources is newer, then hands its task classes (build/Tasks) to this run of Cake.
var assembly = MakeAbsolute(File("artifacts/bin/Build/release/ExpertDivergence.Build.dll")).FullPath;
var newest = new[] { "build", "src/Core", "src/Stages", "pipeline/recipes" }
    .SelectMany(f => new System.IO.DirectoryInfo(f).EnumerateFiles("*.*", System.IO.SearchOption.AllDirectories))
    .Append(new System.IO.FileInfo("pipeline/stages.json"))
    .Max(f => f.LastWriteTimeUtc);
if (!System.IO.File.Exists(assembly) || System.IO.File.GetLastWriteTimeUtc(assembly) < newest)
{
    DotNetMSBuild("build/Build.csproj", new DotNetMSBuildSettings { Verbosity = DotNetVerbosity.Quiet, NoLogo = true, ArgumentCustomization = a => a.Append("-restore") }
        .WithProperty("Configuration", "Release"));
    System.IO.File.SetLastWriteTimeUtc(assembly, System.DateTime.UtcNow);
}

var register = System.Reflection.Assembly.LoadFrom(assembly).GetType("ExpertDivergence.Build.Graph").GetMethod("Register")
    .CreateDelegate<Action<Func<string, CakeTaskBuilder>, ICakeContext>>();
register(Task, Context);
RunTargets(Arguments<string>("target", "Default"));
