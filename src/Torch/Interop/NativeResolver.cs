using System.Reflection;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;

namespace ExpertDivergence.Torch.Interop;

/// <summary>Finds libedl_native.so beside the program, and says what to type when it or libtorch is missing.</summary>
internal static class NativeResolver
{
    private const string FileName = "libedl_native.so";

    public static void Install() => NativeLibrary.SetDllImportResolver(typeof(NativeResolver).Assembly, Resolve);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? search)
    {
        if (library != NativeMethods.Library) return 0;
        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path))
        {
            throw new PrerequisiteException($"{path} does not exist", "Build the program with: dotnet build -c Release");
        }
        HostTuning.Apply();
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return LoadBesideAnotherLibtorch(path) ?? throw new PrerequisiteException(
                $"{FileName} cannot be loaded: {FirstLine(e.Message)}", LibtorchLocator.InstallRemedy, e);
        }
    }

    /// <summary>The folder of the libtorch that the library was built against may be gone while another holds the same version:
    /// with its parts loaded first, the loader takes them by name.</summary>
    private static nint? LoadBesideAnotherLibtorch(string path)
    {
        if (LibtorchLocator.Find() is not { } libtorch) return null;
        foreach (var part in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
        {
            NativeLibrary.TryLoad(Path.Combine(libtorch.LibraryFolder, part), out _);
        }
        return NativeLibrary.TryLoad(path, out var handle) ? handle : null;
    }

    // The loader's message lists every path that it tried after the one line that tells the reason.
    private static string FirstLine(string message) =>
        message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => line.Contains("cannot open shared object", StringComparison.Ordinal)
                                    || line.Contains("undefined symbol", StringComparison.Ordinal), message.Split('\n')[0]);
}
