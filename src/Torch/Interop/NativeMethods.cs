using System.Runtime.InteropServices;

namespace ExpertDivergence.Torch.Interop;

/// <summary>The entries of libedl_native.so; who frees what stands at the top of its header.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "edl_native";

    static NativeMethods() => NativeResolver.Install();

    [LibraryImport(Library)] public static partial byte* edl_last_error();

    [LibraryImport(Library)] public static partial int edl_operator_find(byte* name, byte* overload, nint* found);

    [LibraryImport(Library)]
    public static partial int edl_operator_call(nint op, Argument* arguments, int count, Argument* results, int capacity, int* resultCount);

    [LibraryImport(Library)]
    public static partial int edl_tensor_from_data(void* data, long bytes, long* sizes, int dim, int dtype, int device, nint* tensor);

    [LibraryImport(Library)] public static partial void edl_tensor_free(nint tensor);

    [LibraryImport(Library)] public static partial int edl_tensor_describe(nint tensor, TensorInfo* info);

    [LibraryImport(Library)] public static partial int edl_tensor_version(nint tensor, long* version);

    [LibraryImport(Library)] public static partial int edl_tensor_data(nint tensor, int writes, void** data);

    [LibraryImport(Library)] public static partial int edl_tensor_item(nint tensor, Argument* value);

    [LibraryImport(Library)] public static partial long edl_live_tensors();

    [LibraryImport(Library)] public static partial int edl_tensor_set_requires_grad(nint tensor, int on);

    [LibraryImport(Library)] public static partial int edl_tensor_grad(nint tensor, nint* gradient);

    [LibraryImport(Library)] public static partial int edl_tensor_set_grad(nint tensor, nint gradient);

    [LibraryImport(Library)] public static partial int edl_tensor_backward(nint tensor, nint gradient, int retainGraph);

    [LibraryImport(Library)] public static partial int edl_grad_enabled();

    [LibraryImport(Library)] public static partial void edl_set_grad_enabled(int on);

    [LibraryImport(Library)] public static partial int edl_manual_seed(ulong seed);

    [LibraryImport(Library)] public static partial int edl_generator_new(int device, ulong seed, nint* generator);

    [LibraryImport(Library)] public static partial void edl_generator_free(nint generator);

    [LibraryImport(Library)] public static partial byte* edl_torch_version();

    [LibraryImport(Library)] public static partial byte* edl_cpu_capability();

    [LibraryImport(Library)] public static partial int edl_get_num_threads();

    [LibraryImport(Library)] public static partial int edl_set_num_threads(int threads);

    [LibraryImport(Library)] public static partial int edl_set_deterministic(int on);

    [LibraryImport(Library)] public static partial int edl_cuda_device_count();

    [LibraryImport(Library)] public static partial int edl_cuda_is_built();

    [LibraryImport(Library)] public static partial int edl_cuda_synchronize(int index);

    [LibraryImport(Library)] public static partial int edl_autocast_is_on(int deviceType);

    [LibraryImport(Library)] public static partial int edl_autocast_enter(int deviceType, int dtype, int on, int* before);

    [LibraryImport(Library)] public static partial int edl_autocast_leave(int deviceType, int before);

    [LibraryImport(Library)] public static partial byte* edl_ranks_missing();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int edl_store_connect(string host, int port, int serve, string prefix, int timeout, nint* store);

    [LibraryImport(Library)] public static partial void edl_store_free(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int edl_store_set(nint store, string key, string text);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int edl_store_get(nint store, string key, byte* text, int capacity, int* length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int edl_store_has(nint store, string key, int* present);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int edl_store_add(nint store, string key, long amount, long* sum);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int edl_group_connect(nint store, int rank, int world, string backend, string address, int timeout, nint* group);

    [LibraryImport(Library)] public static partial void edl_group_free(nint group);

    [LibraryImport(Library)] public static partial int edl_group_all_reduce(nint group, nint* tensors, int count, long bucketBytes);

    [LibraryImport(Library)] public static partial int edl_group_broadcast(nint group, nint tensor, int root);

    [LibraryImport(Library)] public static partial int edl_group_all_gather(nint group, nint input, nint* outputs);

    [LibraryImport(Library)] public static partial int edl_group_barrier(nint group);
}

/// <summary>What <c>edl_tensor_describe</c> fills in; laid out as in the header.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TensorInfo
{
    public long* Sizes;
    public long* Strides;
    public long Numel;
    public int Dim;
    public int DataType;
    public int Device;
    public byte RequiresGrad;
    public byte IsLeaf;
    public byte IsContiguous;
    public byte HasGrad;
}
