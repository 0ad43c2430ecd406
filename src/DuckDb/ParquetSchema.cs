namespace ExpertDivergence.DuckDb;

/// <summary>The columns of a Parquet file and how each is taken from a row.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class ParquetSchema<T>
{
    private readonly List<ColumnWriter<T>> _columns = [];

    /// <summary>The columns' names, in the file's order.</summary>
    public IEnumerable<string> Names => _columns.Select(c => c.Name);

    internal IReadOnlyList<ColumnWriter<T>> Columns => _columns;

    /// <summary>Adds a BIGINT column.</summary>
    public ParquetSchema<T> BigInt(string name, Func<T, long?> value) => Add(new BigIntWriter<T>(name, value));

    /// <summary>Adds a DOUBLE column.</summary>
    public ParquetSchema<T> Double(string name, Func<T, double?> value) => Add(new DoubleWriter<T>(name, value));

    /// <summary>Adds a VARCHAR column. A text that holds half a surrogate pair is refused when it is written.</summary>
    public ParquetSchema<T> Varchar(string name, Func<T, string?> value) => Add(new VarcharWriter<T>(name, value));

    /// <summary>Adds an INTEGER[] column.</summary>
    public ParquetSchema<T> IntegerList(string name, Func<T, int[]?> value) => Add(new IntegerListWriter<T>(name, value));

    private ParquetSchema<T> Add(ColumnWriter<T> column)
    {
        _columns.Add(column);
        return this;
    }
}
