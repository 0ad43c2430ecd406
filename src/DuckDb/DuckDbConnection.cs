using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>One database with one connection to it. A connection carries one result at a time: open a second connection for a
/// second stream. Not safe for use by several threads at once.</summary>
public sealed unsafe class DuckDbConnection : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private nint _database;
    private nint _connection;

    /// <summary>Opens a database.</summary>
    /// <param name="path">A database file, or <c>:memory:</c>.</param>
    /// <param name="options">What it may use; null: the defaults of <see cref="DuckDbOptions"/>.</param>
    /// <exception cref="DuckDbException">It cannot be opened.</exception>
    /// <exception cref="PrerequisiteException">libduckdb is missing.</exception>
    public DuckDbConnection(string path = ":memory:", DuckDbOptions? options = null)
    {
        var settings = (options ?? new()).Settings().ToList();
        if (NativeMethods.CreateConfig(out var config) != 0)
            throw DuckDbException.Of("configuring", null);
        try
        {
            foreach (var (name, value) in settings)
                if (NativeMethods.SetConfig(config, name, value) != 0)
                    throw DuckDbException.Of($"setting {name}", $"'{value}' was refused");
            if (NativeMethods.OpenExt(path, out _database, config, out var error) != 0)
                throw DuckDbException.Of($"opening {path}", NativeText.Take(error));
        }
        finally
        {
            NativeMethods.DestroyConfig(ref config);
        }

        if (NativeMethods.Connect(_database, out _connection) != 0)
        {
            NativeMethods.Close(ref _database);
            throw DuckDbException.Of($"connecting to {path}", null);
        }
    }

    internal nint Handle => _connection != 0 ? _connection : throw new ObjectDisposedException(nameof(DuckDbConnection));

    /// <summary>Runs a statement and drops what it returns.</summary>
    /// <param name="sql">One statement, with <c>?</c> where parameters go.</param>
    /// <param name="parameters">null, string, int, long or double.</param>
    /// <exception cref="DuckDbException">The statement is wrong, or fails.</exception>
    public void Execute(string sql, params ReadOnlySpan<object?> parameters)
    {
        using var result = Query(sql, parameters);
        while (result.NextChunk())
        {
        }
    }

    /// <summary>Runs a statement and streams its rows, a chunk of up to 2048 at a time; memory stays flat.</summary>
    /// <inheritdoc cref="Execute" path="/param|/exception"/>
    public DuckDbResult Query(string sql, params ReadOnlySpan<object?> parameters)
    {
        var failed = NativeMethods.Prepare(Handle, sql, out var statement) != 0;
        try
        {
            if (failed)
                throw DuckDbException.Of("preparing", NativeText.Read(NativeMethods.PrepareError(statement)));
            for (var i = 0; i < parameters.Length; i++)
                if (Bind(statement, (ulong)i + 1, parameters[i]) != 0)
                    throw DuckDbException.Of("binding", $"parameter {i + 1} of: {sql}");
            if (NativeMethods.ExecutePreparedStreaming(statement, out var result) != 0)
            {
                var words = NativeText.Read(NativeMethods.ResultError(ref result));
                NativeMethods.DestroyResult(ref result);
                throw DuckDbException.Of("running", words);
            }

            return new DuckDbResult(result);
        }
        finally
        {
            NativeMethods.DestroyPrepare(ref statement);
        }
    }

    /// <summary>A text as an SQL literal, quoted.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as an SQL identifier, quoted.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Closes the connection and its database.</summary>
    public void Dispose()
    {
        if (_connection == 0)
            return;
        NativeMethods.Disconnect(ref _connection);
        NativeMethods.Close(ref _database);
        _connection = 0;
    }

    private static int Bind(nint statement, ulong index, object? value)
    {
        switch (value)
        {
            case null:
                return NativeMethods.BindNull(statement, index);
            case int number:
                return NativeMethods.BindInt64(statement, index, number);
            case long number:
                return NativeMethods.BindInt64(statement, index, number);
            case double number:
                return NativeMethods.BindDouble(statement, index, number);
            case string text:
                var bytes = s_utf8.GetBytes(text + '\0'); // the terminator gives an empty text an address
                fixed (byte* pointer = bytes)
                    return NativeMethods.BindVarchar(statement, index, pointer, (ulong)bytes.Length - 1);
            default:
                throw new ArgumentException($"A parameter cannot be a {value.GetType().Name}.", nameof(value));
        }
    }
}
