using System.Runtime.CompilerServices;
using System.Text;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>An operator of libtorch's dispatcher, by its schema name: <c>aten::mm</c>, <c>aten::add.Tensor</c>.</summary>
/// <remarks>The name is looked up at the first call, so that an operator which the libtorch at hand lacks costs nothing until it is
/// used. Trailing arguments that have a default in the schema may be left out. A call allocates nothing but its result.</remarks>
/// <param name="name">Namespace, name and, after a dot, the overload.</param>
public sealed unsafe class Operator(string name)
{
    private nint _handle;

    /// <summary>The schema name.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the libtorch at hand has it.</summary>
    public bool Exists => _handle != 0 || Find(out _) == 0;

    /// <summary>Calls an operator with one tensor as its result.</summary>
    /// <exception cref="NativeException">libtorch refused the call, or has no such operator.</exception>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Argument result;
        Invoke(arguments, &result, 1);
        return Tensor.Own(result.Pointer);
    }

    /// <summary>Calls an operator with one number as its result.</summary>
    /// <exception cref="NativeException">libtorch refused the call, or has no such operator.</exception>
    public double CallNumber(params ReadOnlySpan<Argument> arguments)
    {
        Argument result;
        Invoke(arguments, &result, 1);
        return result.ToDouble();
    }

    /// <summary>Calls an operator with two tensors as its result.</summary>
    /// <exception cref="NativeException">libtorch refused the call, or has no such operator.</exception>
    public (Tensor First, Tensor Second) Call2(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc Argument[2];
        Invoke(arguments, results, 2);
        return (Tensor.Own(results[0].Pointer), Tensor.Own(results[1].Pointer));
    }

    /// <summary>Calls an operator whose result is a list of tensors, or several tensors.</summary>
    /// <exception cref="NativeException">libtorch refused the call, or has no such operator.</exception>
    public Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        const int capacity = 8;
        var results = stackalloc Argument[capacity];
        var count = Invoke(arguments, results, capacity);
        var handles = results[0].Tag == Argument.Kind.TensorList
            ? new ReadOnlySpan<nint>((nint*)results[0].Pointer, results[0].Length).ToArray()
            : Array.ConvertAll(new ReadOnlySpan<Argument>(results, count).ToArray(), result => result.Pointer);
        return Array.ConvertAll(handles, Tensor.Own);
    }

    /// <summary>Calls an operator that writes in place, and drops its results.</summary>
    /// <exception cref="NativeException">libtorch refused the call, or has no such operator.</exception>
    public void CallInPlace(params ReadOnlySpan<Argument> arguments) => Invoke(arguments, null, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Invoke(ReadOnlySpan<Argument> arguments, Argument* results, int capacity)
    {
        if (_handle == 0) NativeException.ThrowIfFailed(Find(out _handle), Name);
        int count, status;
        fixed (Argument* first = arguments)
        {
            status = NativeMethods.edl_operator_call(_handle, first, arguments.Length, results, capacity, &count);
        }
        if (status != 0) NativeException.ThrowIfFailed(status, Name);
        return count;
    }

    private int Find(out nint handle)
    {
        var dot = Name.IndexOf('.', StringComparison.Ordinal);
        var schema = Encoding.UTF8.GetBytes((dot < 0 ? Name : Name[..dot]) + '\0');
        var overload = Encoding.UTF8.GetBytes((dot < 0 ? "" : Name[(dot + 1)..]) + '\0');
        nint found;
        int status;
        fixed (byte* s = schema, o = overload) status = NativeMethods.edl_operator_find(s, o, &found);
        handle = found;
        return status;
    }
}
