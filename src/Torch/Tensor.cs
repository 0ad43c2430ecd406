using System.Globalization;
using System.Runtime.CompilerServices;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>A tensor of libtorch: one counted reference to it, given back by <see cref="Dispose"/> or by the end of the
/// <see cref="DisposeScope"/> it was made in.</summary>
/// <remarks>There is no finalizer: what is neither disposed nor in a scope lives as long as the process. Methods follow TorchSharp's
/// spelling; those that end in an underscore write in place and return this same object.</remarks>
public sealed partial class Tensor : IDisposable
{
    private nint _handle;
    private DisposeScope? _scope;

    private Tensor(nint handle)
    {
        _handle = handle;
        _scope = DisposeScope.Current;
        _scope?.Add(this);
    }

    /// <summary>Takes over a handle that the native library gave away.</summary>
    internal static Tensor Own(nint handle) =>
        handle != 0 ? new(handle) : throw new NativeException("result", "an undefined tensor came back", "Ask only for results that the call computes.");

    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor),
            "This tensor was disposed, by itself or by the end of its DisposeScope; move it out of the scope to keep it.");
    }

    internal int ScopeIndex { get; set; }

    /// <summary>Writes the handles of tensors, for <see cref="Argument.Tensors"/>.</summary>
    /// <returns>How many were written.</returns>
    public static int FillHandles(ReadOnlySpan<Tensor> tensors, Span<nint> handles)
    {
        for (var i = 0; i < tensors.Length; i++) handles[i] = tensors[i].Handle;
        return tensors.Length;
    }

    /// <summary>Whether it was disposed.</summary>
    public bool IsInvalid => _handle == 0;

    /// <summary>Gives the reference back; a second call does nothing.</summary>
    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle == 0) return;
        _scope?.Remove(this);
        _scope = null;
        NativeMethods.edl_tensor_free(handle);
    }

    /// <summary>Moves it to the scope around the one it is in; without one it belongs to none.</summary>
    public Tensor MoveToOuterDisposeScope() => MoveTo(_scope?.Outer);

    /// <summary>Takes it out of its scope: whoever holds it disposes it.</summary>
    public Tensor DetachFromDisposeScope() => MoveTo(null);

    internal Tensor MoveTo(DisposeScope? scope)
    {
        if (_handle == 0) _ = Handle;
        _scope?.Remove(this);
        _scope = scope;
        scope?.Add(this);
        return this;
    }

    private unsafe TensorInfo Info
    {
        get
        {
            TensorInfo info;
            NativeException.ThrowIfFailed(NativeMethods.edl_tensor_describe(Handle, &info), "describe");
            return info;
        }
    }

    /// <summary>The sizes of its dimensions.</summary>
    public unsafe long[] shape
    {
        get
        {
            var info = Info;
            return new ReadOnlySpan<long>(info.Sizes, info.Dim).ToArray();
        }
    }

    /// <summary>The step in elements of each dimension.</summary>
    public unsafe long[] stride()
    {
        var info = Info;
        return new ReadOnlySpan<long>(info.Strides, info.Dim).ToArray();
    }

    /// <summary>The size of one dimension; negative ones count from the last.</summary>
    public unsafe long size(int dim)
    {
        var info = Info;
        var index = dim < 0 ? dim + info.Dim : dim;
        ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(dim));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, info.Dim, nameof(dim));
        return info.Sizes[index];
    }

    /// <summary>How many dimensions it has.</summary>
    public long dim() => Info.Dim;

    /// <summary>How many dimensions it has.</summary>
    public long ndim => Info.Dim;

    /// <summary>How many elements it has.</summary>
    public long numel() => Info.Numel;

    /// <summary>How many elements it has.</summary>
    public long NumberOfElements => Info.Numel;

    /// <summary>The bytes of one element.</summary>
    public long ElementSize => dtype.ElementSize();

    /// <summary>The type of its elements.</summary>
    public ScalarType dtype => (ScalarType)Info.DataType;

    /// <summary>Where its data lies.</summary>
    public Device device => Device.Unpack(Info.Device);

    /// <summary>How often it, or what shares its data, was written into in place.</summary>
    public unsafe long Version
    {
        get
        {
            long version;
            NativeException.ThrowIfFailed(NativeMethods.edl_tensor_version(Handle, &version), "version");
            return version;
        }
    }

    /// <summary>Whether its elements lie densely, the last dimension fastest.</summary>
    public bool is_contiguous() => Info.IsContiguous != 0;

    internal bool IsDenseHostFloat32
    {
        get
        {
            var info = Info;
            return (ScalarType)info.DataType == ScalarType.Float32 && info.IsContiguous != 0 && Device.Unpack(info.Device).type == DeviceType.CPU;
        }
    }

    /// <summary>Its data type, sizes and device, for example <c>Float32[2, 3] cpu</c>.</summary>
    public override string ToString() => _handle == 0
        ? "disposed tensor"
        : string.Create(CultureInfo.InvariantCulture, $"{dtype}[{string.Join(", ", shape)}] {device}");
}
