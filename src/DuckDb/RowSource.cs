using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>Managed rows as a table function: the library pulls a chunk at a time, so that nothing piles up.</summary>
/// <remarks>Whatever the rows' own code throws is kept, ends the query, and is thrown again from <see cref="Rethrow"/>:
/// no exception crosses the native frames.</remarks>
internal abstract unsafe class RowSource
{
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes the source known to the connection under a name.</summary>
    /// <returns>What keeps it alive; free it after the last query.</returns>
    public GCHandle Register(DuckDbConnection connection, string name)
    {
        var self = GCHandle.Alloc(this);
        var function = NativeMethods.CreateTableFunction();
        NativeMethods.TableFunctionSetName(function, name);
        NativeMethods.TableFunctionSetExtraInfo(function, GCHandle.ToIntPtr(self), null);
        NativeMethods.TableFunctionSetBind(function, &Bind);
        NativeMethods.TableFunctionSetInit(function, &Init);
        NativeMethods.TableFunctionSetFunction(function, &Fill);
        var state = NativeMethods.RegisterTableFunction(connection.Handle, function);
        NativeMethods.DestroyTableFunction(ref function);
        if (state == 0)
            return self;
        self.Free();
        throw DuckDbException.Of("registering a source of rows", name);
    }

    /// <summary>Throws what the rows' code threw, if it did.</summary>
    public void Rethrow() => _failure?.Throw();

    protected abstract void AddColumns(nint bindInfo);

    /// <summary>Fills the chunk; the rows written, 0 at the end.</summary>
    protected abstract int FillChunk(nint chunk);

    private static RowSource Of(nint extraInfo) => (RowSource)GCHandle.FromIntPtr(extraInfo).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        try
        {
            Of(NativeMethods.BindGetExtraInfo(info)).AddColumns(info);
        }
        catch (Exception e)
        {
            NativeMethods.BindSetError(info, e.Message);
        }
    }

    // One thread at a time calls Fill: the rows keep their order.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info) => NativeMethods.InitSetMaxThreads(info, 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Fill(nint info, nint chunk)
    {
        var source = Of(NativeMethods.FunctionGetExtraInfo(info));
        try
        {
            NativeMethods.DataChunkSetSize(chunk, (ulong)source.FillChunk(chunk));
        }
        catch (Exception e)
        {
            source._failure ??= ExceptionDispatchInfo.Capture(e);
            NativeMethods.FunctionSetError(info, "the source of the rows failed");
        }
    }
}

/// <inheritdoc cref="RowSource"/>
internal sealed class RowSource<T>(ParquetSchema<T> schema, IEnumerator<T> rows, long maxRows, CancellationToken cancellation) : RowSource
{
    // A chunk ends early when its texts are large, so that a batch of long documents is never in memory twice.
    private const long ChunkBytes = 8 << 20;

    private readonly int _vectorSize = (int)NativeMethods.VectorSize();

    public long Rows { get; private set; }

    protected override void AddColumns(nint bindInfo)
    {
        foreach (var column in schema.Columns)
        {
            var type = column.Type.Create();
            NativeMethods.BindAddResultColumn(bindInfo, column.Name, type);
            NativeMethods.DestroyLogicalType(ref type);
        }
    }

    protected override int FillChunk(nint chunk)
    {
        cancellation.ThrowIfCancellationRequested();
        for (var i = 0; i < schema.Columns.Count; i++)
            schema.Columns[i].Begin(NativeMethods.DataChunkGetVector(chunk, (ulong)i));
        var count = 0;
        for (var bytes = 0L; count < _vectorSize && bytes < ChunkBytes && Rows < maxRows && rows.MoveNext(); count++, Rows++)
            foreach (var column in schema.Columns)
                bytes += column.Write(rows.Current, count);
        foreach (var column in schema.Columns)
            column.End();
        return count;
    }
}
