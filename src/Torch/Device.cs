using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Torch;

/// <summary>The kind of a device; the numbers are libtorch's own.</summary>
public enum DeviceType
{
    /// <summary>The host.</summary>
    CPU = 0,

    /// <summary>An NVIDIA GPU.</summary>
    CUDA = 1,

    /// <summary>Shapes without data.</summary>
    META = 14,
}

/// <summary>Where a tensor's data lies.</summary>
/// <param name="type">The kind.</param>
/// <param name="index">Which one; -1 for the current one.</param>
public readonly record struct Device(DeviceType type, int index = -1)
{
    internal static Device Unpack(int packed) => new((DeviceType)(packed & 0xff), packed >> 8);

    internal int Packed => (int)type | (index << 8);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <exception cref="UsageException">The text names no device.</exception>
    public static Device Parse(string text)
    {
        var parts = text.Split(':', 2);
        var index = -1;
        var known = Enum.TryParse<DeviceType>(parts[0], ignoreCase: true, out var type) && Enum.IsDefined(type) && !char.IsDigit(text[0]);
        if (known && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index))))
        {
            return new(type, index);
        }
        throw new UsageException($"'{text}' names no device", "Use cpu, cuda or cuda:<index>.");
    }

    /// <inheritdoc/>
    public override string ToString() => index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";
}
