using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

// Gradients.
public sealed partial class Tensor
{
    /// <summary>Whether gradients flow to it.</summary>
    public bool requires_grad
    {
        get => Info.RequiresGrad != 0;
        set => NativeException.ThrowIfFailed(NativeMethods.edl_tensor_set_requires_grad(Handle, value ? 1 : 0), "requires_grad");
    }

    /// <summary>Whether it is at the start of the graph: a parameter or a constant.</summary>
    public bool is_leaf => Info.IsLeaf != 0;

    /// <summary>Sets whether gradients flow to it.</summary>
    public Tensor requires_grad_(bool requires_grad = true)
    {
        this.requires_grad = requires_grad;
        return this;
    }

    /// <summary>The gradient of a leaf, or null; every read makes a reference of its own, which belongs to the current scope.
    /// Set it to null to drop it.</summary>
    public unsafe Tensor? grad
    {
        get
        {
            nint handle;
            NativeException.ThrowIfFailed(NativeMethods.edl_tensor_grad(Handle, &handle), "grad");
            return handle == 0 ? null : Own(handle);
        }
        set => NativeException.ThrowIfFailed(NativeMethods.edl_tensor_set_grad(Handle, value?.Handle ?? 0), "grad");
    }

    /// <summary>Adds to the gradient of every leaf that it was computed from.</summary>
    /// <param name="gradient">The gradient of this tensor; may be left out where it has one element.</param>
    /// <param name="retain_graph">Whether the graph can be walked again.</param>
    /// <exception cref="NativeException">It was computed from nothing that requires a gradient, or the graph was freed.</exception>
    public void backward(Tensor? gradient = null, bool retain_graph = false) =>
        NativeException.ThrowIfFailed(NativeMethods.edl_tensor_backward(Handle, gradient?.Handle ?? 0, retain_graph ? 1 : 0), "backward");

    /// <summary>The same data without history.</summary>
    public Tensor detach() => Aten.Detach.Call(this);
}
