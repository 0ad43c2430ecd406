// S steps.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Loss and gradient norm of every step, kept on the device until they are read together: a step that does not log waits for nothing.</summary>
internal sealed class LossTrail : IDisposable
{
    private readonly List<(double Loss, double GradientNorm)> _onHost = [];
    private readonly Tensor? _values_S2;
    private int _pending;

    /// <summary>Makes room.</summary>
    /// <param name="steps">The most steps between two reads.</param>
    /// <param name="device">Where the losses lie.</param>
    public LossTrail(int steps, Device device)
    {
        if (device.type != DeviceType.CPU)
            _values_S2 = torch.zeros([steps, 2], dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
    }

    /// <summary>Notes the next step.</summary>
    public void Add(Tensor loss, Tensor gradientNorm)
    {
        if (_values_S2 is null)
        {
            _onHost.Add((loss.item<double>(), gradientNorm.item<double>()));
            return;
        }

        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        _values_S2[_pending, 0].copy_(loss);
        _values_S2[_pending, 1].copy_(gradientNorm);
        _pending++;
    }

    /// <summary>The steps since the last read, oldest first; waits for the device.</summary>
    public IReadOnlyList<(double Loss, double GradientNorm)> Take()
    {
        var taken = _values_S2 is null ? [.. _onHost] : OnDevice(_values_S2);
        _onHost.Clear();
        _pending = 0;
        return taken;
    }

    /// <summary>Frees the room.</summary>
    public void Dispose() => _values_S2?.Dispose();

    private (double Loss, double GradientNorm)[] OnDevice(Tensor values_S2)
    {
        using var scope = torch.NewDisposeScope();
        var values = values_S2.cpu().ToArray<double>();
        values_S2.zero_();
        return [.. Enumerable.Range(0, _pending).Select(i => (values[2 * i], values[(2 * i) + 1]))];
    }
}
