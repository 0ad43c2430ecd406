// A small C ABI over libtorch: look an operator up by its schema name once, then call it with tagged arguments.
//
// Who frees what
//   * A tensor handle is one counted reference. Every handle that a function here hands out (results of edl_operator_call,
//     edl_tensor_from_data, edl_tensor_grad) belongs to the caller, who gives it back once with edl_tensor_free.
//     A handle passed in stays the caller's; nothing here keeps it.
//   * Two handles may stand for the same tensor; each is freed on its own. edl_live_tensors counts handles, not tensors.
//   * Operators live as long as the process and are never freed.
//   * Generators belong to the caller: edl_generator_free. So do stores and groups: edl_store_free, edl_group_free; a group keeps its
//     store alive.
//   * Arrays inside a result (tensor lists, int lists) lie in memory of the calling thread and are valid until its next
//     edl_operator_call; the handles in a tensor list belong to the caller all the same.
//   * Strings that are returned (last error, version) belong to the library; the last error is valid until the next failing
//     call on the same thread.
//
// Errors: every function that can fail returns EDL_OK or a status above it, and then edl_last_error holds libtorch's words.
// No exception leaves the library.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define EDL_API __attribute__((visibility("default")))

typedef struct edl_tensor_s* edl_tensor;
typedef struct edl_operator_s* edl_operator;
typedef struct edl_generator_s* edl_generator;
typedef struct edl_store_s* edl_store;
typedef struct edl_group_s* edl_group;

enum edl_status { EDL_OK = 0, EDL_ERROR = 1, EDL_OUT_OF_MEMORY = 2, EDL_NO_SUCH_OPERATOR = 3 };

enum edl_tag {
    EDL_NONE = 0,         // an absent optional; also an undefined tensor in a result
    EDL_TENSOR = 1,       // p
    EDL_INT = 2,          // i; also data types, layouts, memory formats, by c10's numbers
    EDL_DOUBLE = 3,       // d
    EDL_BOOL = 4,         // i, 0 or 1
    EDL_STRING = 5,       // p, length: UTF-8 without a terminator
    EDL_INT_LIST = 6,     // p, length: int64_t
    EDL_DOUBLE_LIST = 7,  // p, length: double
    EDL_BOOL_LIST = 8,    // p, length: uint8_t
    EDL_TENSOR_LIST = 9,  // p, length: edl_tensor; a null handle is None where the schema allows it
    EDL_DEVICE = 10,      // i: device type + (index << 8), index -1 for the current one
    EDL_GENERATOR = 11,   // p
};

typedef struct edl_value {
    int32_t tag;
    int32_t length;
    union {
        int64_t i;
        double d;
        const void* p;
    };
} edl_value;

typedef struct edl_tensor_info {
    const int64_t* sizes;  // borrowed from the tensor
    const int64_t* strides;
    int64_t numel;
    int32_t dim;
    int32_t dtype;
    int32_t device;  // as EDL_DEVICE
    uint8_t requires_grad;
    uint8_t is_leaf;
    uint8_t is_contiguous;
    uint8_t has_grad;
} edl_tensor_info;

EDL_API const char* edl_last_error(void);

// Operators. A call may leave out trailing arguments that have a default in the schema. With capacity 0 the results are
// dropped (for operators that write in place). An int where the schema says float is converted.
EDL_API int edl_operator_find(const char* name, const char* overload, edl_operator* out);
EDL_API int edl_operator_call(edl_operator op, const edl_value* arguments, int32_t count, edl_value* results, int32_t capacity,
                              int32_t* result_count);

// Tensors.
EDL_API int edl_tensor_from_data(const void* data, int64_t bytes, const int64_t* sizes, int32_t dim, int32_t dtype, int32_t device,
                                 edl_tensor* out);
EDL_API void edl_tensor_free(edl_tensor tensor);
EDL_API int edl_tensor_describe(edl_tensor tensor, edl_tensor_info* info);
EDL_API int edl_tensor_version(edl_tensor tensor, int64_t* version);  // counts what was written into it in place
EDL_API int edl_tensor_data(edl_tensor tensor, int32_t writes, void** data);  // writes: whether the caller may
EDL_API int edl_tensor_item(edl_tensor tensor, edl_value* value);
EDL_API int64_t edl_live_tensors(void);

// Autograd.
EDL_API int edl_tensor_set_requires_grad(edl_tensor tensor, int32_t on);
EDL_API int edl_tensor_grad(edl_tensor tensor, edl_tensor* out);  // null where there is none
EDL_API int edl_tensor_set_grad(edl_tensor tensor, edl_tensor gradient_or_null);
EDL_API int edl_tensor_backward(edl_tensor tensor, edl_tensor gradient_or_null, int32_t retain_graph);
EDL_API int32_t edl_grad_enabled(void);
EDL_API void edl_set_grad_enabled(int32_t on);

// Random numbers.
EDL_API int edl_manual_seed(uint64_t seed);
EDL_API int edl_generator_new(int32_t device, uint64_t seed, edl_generator* out);
EDL_API void edl_generator_free(edl_generator generator);

// The machine.
EDL_API const char* edl_torch_version(void);
EDL_API const char* edl_cpu_capability(void);
EDL_API int32_t edl_get_num_threads(void);
EDL_API int edl_set_num_threads(int32_t threads);
EDL_API int edl_set_deterministic(int32_t on);
EDL_API int32_t edl_cuda_device_count(void);  // 0 on a build or machine without CUDA
EDL_API int32_t edl_cuda_is_built(void);      // whether this libtorch has its CUDA part
EDL_API int edl_cuda_synchronize(int32_t index);

// Mixed precision: from the call on, this thread's operators on a kind of device cast their operands as PyTorch's autocast does;
// before receives what goes back to edl_autocast_leave.
EDL_API int32_t edl_autocast_is_on(int32_t device_type);
EDL_API int edl_autocast_enter(int32_t device_type, int32_t dtype, int32_t on, int32_t* before);
EDL_API int edl_autocast_leave(int32_t device_type, int32_t before);

// Ranks: the store in which they find each other, and collectives over gloo or nccl. Every wait ends after the timeout with an error.
EDL_API const char* edl_ranks_missing(void);  // why this build has none of this; empty where it has
EDL_API int edl_store_connect(const char* host, int32_t port, int32_t serve, const char* prefix, int32_t timeout_ms, edl_store* out);
EDL_API void edl_store_free(edl_store store);
EDL_API int edl_store_set(edl_store store, const char* key, const char* text);
EDL_API int edl_store_get(edl_store store, const char* key, char* text, int32_t capacity, int32_t* length);  // waits for the key
EDL_API int edl_store_has(edl_store store, const char* key, int32_t* present);
EDL_API int edl_store_add(edl_store store, const char* key, int64_t amount, int64_t* sum);
EDL_API int edl_group_connect(edl_store store, int32_t rank, int32_t world, const char* backend, const char* address,
                              int32_t timeout_ms, edl_group* out);
EDL_API void edl_group_free(edl_group group);
EDL_API int edl_group_all_reduce(edl_group group, const edl_tensor* tensors, int32_t count, int64_t bucket_bytes);  // sums, in place
EDL_API int edl_group_broadcast(edl_group group, edl_tensor tensor, int32_t root);                                 // in place
EDL_API int edl_group_all_gather(edl_group group, edl_tensor input, edl_tensor* outputs);  // one handle a rank, the caller's
EDL_API int edl_group_barrier(edl_group group);

#ifdef __cplusplus
}
static_assert(sizeof(edl_value) == 16, "edl_value is shared with C# and must be 16 bytes");
#endif
