using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>The column types that the binding reads and writes.</summary>
public enum ColumnType
{
    /// <summary>Any other type: it can be cast in SQL, not read.</summary>
    Other,

    /// <summary><c>INTEGER</c>, 32 bits.</summary>
    Integer,

    /// <summary><c>BIGINT</c>, 64 bits.</summary>
    BigInt,

    /// <summary><c>DOUBLE</c>.</summary>
    Double,

    /// <summary><c>VARCHAR</c>, UTF-8.</summary>
    Varchar,

    /// <summary><c>BLOB</c>.</summary>
    Blob,

    /// <summary><c>INTEGER[]</c>.</summary>
    IntegerList,
}

internal static class ColumnTypes
{
    private const int Integer = 4, BigInt = 5, Double = 11, Varchar = 17, Blob = 18, List = 24;

    public static string Sql(this ColumnType type) => type switch
    {
        ColumnType.Integer => "INTEGER",
        ColumnType.BigInt => "BIGINT",
        ColumnType.Double => "DOUBLE",
        ColumnType.Varchar => "VARCHAR",
        ColumnType.Blob => "BLOB",
        ColumnType.IntegerList => "INTEGER[]",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Makes the library's type; the caller destroys it.</summary>
    public static nint Create(this ColumnType type)
    {
        if (type != ColumnType.IntegerList)
        {
            return NativeMethods.CreateLogicalType(type switch
            {
                ColumnType.Integer => Integer,
                ColumnType.BigInt => BigInt,
                ColumnType.Double => Double,
                ColumnType.Varchar => Varchar,
                ColumnType.Blob => Blob,
                _ => throw new ArgumentOutOfRangeException(nameof(type)),
            });
        }

        var element = NativeMethods.CreateLogicalType(Integer);
        var list = NativeMethods.CreateListType(element);
        NativeMethods.DestroyLogicalType(ref element);
        return list;
    }

    /// <summary>What a library's type is to us; destroys it.</summary>
    public static ColumnType Take(nint type)
    {
        var id = NativeMethods.GetTypeId(type);
        var result = id switch
        {
            Integer => ColumnType.Integer,
            BigInt => ColumnType.BigInt,
            Double => ColumnType.Double,
            Varchar => ColumnType.Varchar,
            Blob => ColumnType.Blob,
            List when Take(NativeMethods.ListTypeChildType(type)) == ColumnType.Integer => ColumnType.IntegerList,
            _ => ColumnType.Other,
        };
        NativeMethods.DestroyLogicalType(ref type);
        return result;
    }
}
