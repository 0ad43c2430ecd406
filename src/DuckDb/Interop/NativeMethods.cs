using System.Runtime.InteropServices;

namespace ExpertDivergence.DuckDb.Interop;

/// <summary>The functions of DuckDB's C API (duckdb.h, 1.5) that the binding uses. Handles are opaque pointers; a state is 0 for success.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "duckdb";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, DuckDbLibrary.Resolve);

    // Library, configuration, database, connection
    [LibraryImport(Library, EntryPoint = "duckdb_library_version")] public static partial byte* LibraryVersion();
    [LibraryImport(Library, EntryPoint = "duckdb_free")] public static partial void Free(void* pointer);
    [LibraryImport(Library, EntryPoint = "duckdb_create_config")] public static partial int CreateConfig(out nint config);
    [LibraryImport(Library, EntryPoint = "duckdb_set_config", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetConfig(nint config, string name, string value);
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_config")] public static partial void DestroyConfig(ref nint config);
    [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenExt(string path, out nint database, nint config, out byte* error);
    [LibraryImport(Library, EntryPoint = "duckdb_close")] public static partial void Close(ref nint database);
    [LibraryImport(Library, EntryPoint = "duckdb_connect")] public static partial int Connect(nint database, out nint connection);
    [LibraryImport(Library, EntryPoint = "duckdb_disconnect")] public static partial void Disconnect(ref nint connection);

    // Statements and results
    [LibraryImport(Library, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Prepare(nint connection, string sql, out nint statement);
    [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")] public static partial byte* PrepareError(nint statement);
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")] public static partial void DestroyPrepare(ref nint statement);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_int64")] public static partial int BindInt64(nint statement, ulong index, long value);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_double")] public static partial int BindDouble(nint statement, ulong index, double value);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_null")] public static partial int BindNull(nint statement, ulong index);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_varchar_length")]
    public static partial int BindVarchar(nint statement, ulong index, byte* text, ulong length);
    [LibraryImport(Library, EntryPoint = "duckdb_execute_prepared_streaming")]
    public static partial int ExecutePreparedStreaming(nint statement, out Result result);
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_result")] public static partial void DestroyResult(ref Result result);
    [LibraryImport(Library, EntryPoint = "duckdb_result_error")] public static partial byte* ResultError(ref Result result);
    [LibraryImport(Library, EntryPoint = "duckdb_column_count")] public static partial ulong ColumnCount(ref Result result);
    [LibraryImport(Library, EntryPoint = "duckdb_column_name")] public static partial byte* ColumnName(ref Result result, ulong column);
    [LibraryImport(Library, EntryPoint = "duckdb_column_logical_type")] public static partial nint ColumnLogicalType(ref Result result, ulong column);
    [LibraryImport(Library, EntryPoint = "duckdb_fetch_chunk")] public static partial nint FetchChunk(Result result);

    // Types
    [LibraryImport(Library, EntryPoint = "duckdb_create_logical_type")] public static partial nint CreateLogicalType(int type);
    [LibraryImport(Library, EntryPoint = "duckdb_create_list_type")] public static partial nint CreateListType(nint type);
    [LibraryImport(Library, EntryPoint = "duckdb_get_type_id")] public static partial int GetTypeId(nint type);
    [LibraryImport(Library, EntryPoint = "duckdb_list_type_child_type")] public static partial nint ListTypeChildType(nint type);
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_logical_type")] public static partial void DestroyLogicalType(ref nint type);

    // Chunks and vectors
    [LibraryImport(Library, EntryPoint = "duckdb_vector_size")] public static partial ulong VectorSize();
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_data_chunk")] public static partial void DestroyDataChunk(ref nint chunk);
    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_size")] public static partial ulong DataChunkGetSize(nint chunk);
    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_set_size")] public static partial void DataChunkSetSize(nint chunk, ulong size);
    [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_vector")] public static partial nint DataChunkGetVector(nint chunk, ulong column);
    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_data")] public static partial void* VectorGetData(nint vector);
    [LibraryImport(Library, EntryPoint = "duckdb_vector_get_validity")] public static partial ulong* VectorGetValidity(nint vector);
    [LibraryImport(Library, EntryPoint = "duckdb_vector_ensure_validity_writable")] public static partial void VectorEnsureValidityWritable(nint vector);
    [LibraryImport(Library, EntryPoint = "duckdb_unsafe_vector_assign_string_element_len")]
    public static partial void VectorAssignString(nint vector, ulong index, byte* text, ulong length);
    [LibraryImport(Library, EntryPoint = "duckdb_list_vector_get_child")] public static partial nint ListVectorGetChild(nint vector);
    [LibraryImport(Library, EntryPoint = "duckdb_list_vector_reserve")] public static partial int ListVectorReserve(nint vector, ulong capacity);
    [LibraryImport(Library, EntryPoint = "duckdb_list_vector_set_size")] public static partial int ListVectorSetSize(nint vector, ulong size);

    // Table functions
    [LibraryImport(Library, EntryPoint = "duckdb_create_table_function")] public static partial nint CreateTableFunction();
    [LibraryImport(Library, EntryPoint = "duckdb_destroy_table_function")] public static partial void DestroyTableFunction(ref nint function);
    [LibraryImport(Library, EntryPoint = "duckdb_table_function_set_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TableFunctionSetName(nint function, string name);
    [LibraryImport(Library, EntryPoint = "duckdb_table_function_set_extra_info")]
    public static partial void TableFunctionSetExtraInfo(nint function, nint info, delegate* unmanaged[Cdecl]<nint, void> destroy);
    [LibraryImport(Library, EntryPoint = "duckdb_table_function_set_bind")]
    public static partial void TableFunctionSetBind(nint function, delegate* unmanaged[Cdecl]<nint, void> bind);
    [LibraryImport(Library, EntryPoint = "duckdb_table_function_set_init")]
    public static partial void TableFunctionSetInit(nint function, delegate* unmanaged[Cdecl]<nint, void> init);
    [LibraryImport(Library, EntryPoint = "duckdb_table_function_set_function")]
    public static partial void TableFunctionSetFunction(nint function, delegate* unmanaged[Cdecl]<nint, nint, void> body);
    [LibraryImport(Library, EntryPoint = "duckdb_register_table_function")] public static partial int RegisterTableFunction(nint connection, nint function);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_get_extra_info")] public static partial nint BindGetExtraInfo(nint info);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_add_result_column", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void BindAddResultColumn(nint info, string name, nint type);
    [LibraryImport(Library, EntryPoint = "duckdb_bind_set_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void BindSetError(nint info, string error);
    [LibraryImport(Library, EntryPoint = "duckdb_init_set_max_threads")] public static partial void InitSetMaxThreads(nint info, ulong threads);
    [LibraryImport(Library, EntryPoint = "duckdb_function_get_extra_info")] public static partial nint FunctionGetExtraInfo(nint info);
    [LibraryImport(Library, EntryPoint = "duckdb_function_set_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void FunctionSetError(nint info, string error);
}
