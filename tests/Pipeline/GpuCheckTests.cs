using System.Diagnostics;
using System.Runtime.Versioning;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary><c>eng/gpu-check.sh</c> up to its first look for a GPU: whatever is missing is named, with what to type, before anything is built.</summary>
[SupportedOSPlatform("linux")]
public sealed class GpuCheckTests
{
    private readonly string _folder = Edl.NewFolder();

    [Fact]
    public void No_gpu() => Refused("no GPU: /no/nvidia-smi is not there", "training runs on the CPU", ("NVIDIA_SMI", "/no/nvidia-smi"));

    [Fact]
    public void A_driver_that_fails() => Refused("no GPU", "its driver", ("NVIDIA_SMI", Script("smi", "echo 'no devices were found'; exit 6")));

    [Fact]
    public void No_python() => Refused("no Python: /no/python", "PYTHON=", Gpu(), ("PYTHON", "/no/python"));

    [Fact]
    public void No_pytorch() => Refused("no PyTorch", "-m pip install torch", Gpu(), ("PYTHON", Script("python", "case \"$2\" in *torch*) exit 1 ;; esac")));

    [Fact]
    public void Pytorch_without_cuda() => Refused("PyTorch 2.0.0 has no CUDA part", "CUDA build", Gpu(), ("PYTHON", Script("python", "echo 2.0.0 none False /t")));

    [Fact]
    public void Pytorch_that_sees_no_gpu() => Refused("sees no GPU", "CUDA_VISIBLE_DEVICES", Gpu(), ("PYTHON", Script("python", "echo 2.0.0 12.1 False /t")));

    [Fact]
    public void A_folder_without_the_program() => Refused("holds no program edl", "--self-contained", ["--edl", _folder], Gpu(), Torch());

    [Fact]
    public void A_peer_that_is_not_there() => Refused("there is no file /no/peer.py", "leave --peer out", ["--peer", "/no/peer.py"], Gpu(), Torch());

    [Fact]
    public void A_libtorch_without_headers() => Refused("no libtorch to build against in /no/torch", "share/cmake",
        ["--edl", Program(), "--work", Path.Combine(_folder, "work")], Gpu(), Torch());

    [Theory]
    [InlineData("there is no option --speed", "--speed", "1")]
    [InlineData("--edl needs a value", "--edl")]
    public void Wrong_options(string message, params string[] arguments) => Refused(message, "See the head of", arguments);

    // A card, a PyTorch, a compiler and programs that say what real ones would.
    [Theory]
    [InlineData(0, 0, "peer: median 500 tokens/s (500 to 500); edl is 2.00 times it")]
    [InlineData(1, 1, "numbers on the GPU lie outside their bounds")]
    public void The_whole_way_times_both_programs_and_fails_where_numbers_do(int numbers, int exitCode, string told)
    {
        Script("edl", $"case $2 in device) echo '{{}}'; exit {numbers} ;; train) case \"$*\" in *'--layers 18 '*--bf16*) echo '{{\"tokens_per_s\": 1000, \"mfu\": 0.1}}' ;; esac ;; esac");
        var (torch, work) = (Path.Combine(_folder, "torch"), Edl.NewFolder());
        foreach (var file in (string[])["include/torch/csrc/api/include/torch/version.h", "lib/libtorch.so", "share/cmake/Torch/TorchConfig.cmake", Path.Combine(work, "native", "libedl_native.so")])
        {
            var path = Path.Combine(torch, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        Script("cmake", "exit 0");
        var python = Script("python", $"case $2 in *torch*) echo 2.0.0 12.1 True {torch} ;; *) case $1 in *peer.py) echo '{{\"tokens_per_s\": 500}}' ;; *) exec python3 \"$@\" ;; esac ;; esac");
        var smi = Script("smi", "case \"$*\" in *memory.free*) echo 79000 ;; *) echo 'Card, 80000 MiB, 1.0' ;; esac");
        var outcome = Run(["--edl", _folder, "--work", work, "--rounds", "1", "--peer", Script("peer.py", "")],
            ("NVIDIA_SMI", smi), ("PYTHON", python), ("LIBTORCH", torch), ("PATH", $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        (outcome.Output + outcome.Errors).ShouldContain(told);
        outcome.ExitCode.ShouldBe(exitCode);
    }

    private static void Refused(string message, string remedy, params (string, string)[] variables) => Refused(message, remedy, [], variables);

    private static void Refused(string message, string remedy, string[] arguments, params (string Name, string Value)[] variables)
    {
        var outcome = Run(arguments, variables);
        outcome.ExitCode.ShouldBe(1);
        outcome.Errors.ShouldContain(message);
        outcome.Errors.ShouldContain(remedy);
    }

    private static Edl.Outcome Run(string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(Edl.Root, "eng", "gpu-check.sh"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Edl.End(Process.Start(start)!);
    }

    private (string, string) Gpu() => ("NVIDIA_SMI", Script("smi", "echo 'Card, 1 MiB, 1.0'"));

    private (string, string) Torch() => ("PYTHON", Script("python", "echo 2.0.0 12.1 True /no/torch"));

    private string Program()
    {
        Script("edl", "exit 0");
        return _folder;
    }

    private string Script(string name, string body)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return path;
    }
}
