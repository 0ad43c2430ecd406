using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Where training runs.</summary>
public enum TrainingDevice
{
    /// <summary>On the host.</summary>
    Cpu,

    /// <summary>On a GPU.</summary>
    Cuda,
}

/// <summary>From the word to the device.</summary>
public static class TrainingDeviceExtensions
{
    /// <summary>The device, if it is there.</summary>
    /// <param name="device">The word.</param>
    /// <param name="index">Which GPU: the rank's number on its machine.</param>
    /// <exception cref="PrerequisiteException">No GPU, or fewer than asked for; says what was looked for and what to type.</exception>
    public static Device Resolve(this TrainingDevice device, int index = 0)
    {
        if (device == TrainingDevice.Cpu)
            return torch.CPU;
        var found = torch.cuda.device_count();
        if (index < found)
            return new Device(DeviceType.CUDA, index);
        if (found > 0)
        {
            throw new PrerequisiteException($"GPU {index} was asked for, and libtorch {torch.Version} sees {found}",
                "Start at most so many ranks a machine, or set CUDA_VISIBLE_DEVICES to more.");
        }

        if (torch.cuda.is_built)
        {
            throw new PrerequisiteException($"libtorch {torch.Version} has its CUDA part and sees no GPU",
                "nvidia-smi and CUDA_VISIBLE_DEVICES say why. Or train with --set train.device=cpu.");
        }

        throw new PrerequisiteException(
            $"no GPU can be used: libtorch {torch.Version}, which this program was built against, has no CUDA part (libtorch_cuda.so)",
            "Build against the libtorch of a CUDA PyTorch: LIBTORCH=$(python3 -c 'import torch; print(torch.__path__[0])') dotnet build -c Release; "
            + "eng/gpu-check.sh does so and checks it. Or train with --set train.device=cpu.");
    }
}
