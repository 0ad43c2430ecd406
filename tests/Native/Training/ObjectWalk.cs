using System.Collections;
using System.Globalization;
using System.Reflection;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>Every value that an object holds, by the path of fields that leads to it: what a comparison of two objects misses nothing of.</summary>
internal sealed class ObjectWalk
{
    private readonly IReadOnlyDictionary<string, string> _left;
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);

    private ObjectWalk(IReadOnlyDictionary<string, string> left) => _left = left;

    /// <summary>Path → value; tensors by the hash of their bytes.</summary>
    public SortedDictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Fields that were left out because the list says so, as it names them.</summary>
    public HashSet<string> Left { get; } = [];

    /// <summary>Fields of types that the walk cannot look into.</summary>
    public SortedSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>Walks an object.</summary>
    /// <param name="root">Where to begin.</param>
    /// <param name="left">What is left out, <c>Type</c> or <c>Type.field</c>, and why.</param>
    public static ObjectWalk Of(object root, IReadOnlyDictionary<string, string> left)
    {
        var walk = new ObjectWalk(left);
        walk.Visit(root.GetType().Name, root);
        return walk;
    }

    private void Visit(string path, object? value)
    {
        if (value is null)
            Values[path] = "null";
        else if (value is string or decimal or Device || value.GetType() is { IsPrimitive: true } or { IsEnum: true })
            Values[path] = value is double or float ? ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture) : value.ToString()!;
        else if (value is Tensor tensor)
            Visit(path, tensor);
        else if (value.GetType().IsValueType || _seen.Add(value))
            VisitParts(path, value);
    }

    private void Visit(string path, Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        Values[path] = $"{tensor.dtype} [{string.Join(", ", tensor.shape)}] {Hashing.OfBytes(tensor.detach().cpu().contiguous().bytes)}";
        Visit(path + ".grad", (object?)tensor.grad);
    }

    private void VisitParts(string path, object value)
    {
        var type = value.GetType();
        if (_left.ContainsKey(type.Name))
            Left.Add(type.Name);
        else if (value is IDictionary pairs)
            foreach (DictionaryEntry pair in pairs)
                Visit($"{path}[{pair.Key}]", pair.Value);
        else if (type.GetElementType() is { IsPrimitive: true } element && element != typeof(bool))
            Values[path] = Hashing.OfText(string.Join(' ', ((Array)value).Cast<IFormattable>().Select(e => e.ToString("R"[..(e is double or float ? 1 : 0)], CultureInfo.InvariantCulture))));
        else if (value is IEnumerable list && (type.IsArray || type.Namespace is null || type.Namespace.StartsWith("System.Collections", StringComparison.Ordinal)))
            VisitAll(path, list);
        else if (value is Delegate call)
            Visit(path + "()", call.Target);
        else if (type.FullName!.StartsWith("ExpertDivergence.", StringComparison.Ordinal) || type.Name.StartsWith("ValueTuple", StringComparison.Ordinal))
            VisitFields(path, value);
        else
            Unknown.Add($"{path}: {type.FullName}");
    }

    private void VisitAll(string path, IEnumerable list)
    {
        var at = 0;
        foreach (var item in list)
            Visit($"{path}[{at++}]", item);
        Values[path + ".Count"] = at.ToString(CultureInfo.InvariantCulture);
    }

    private void VisitFields(string path, object value)
    {
        for (var type = value.GetType(); type is not null && type != typeof(object) && type != typeof(ValueType); type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                var name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
                if (_left.ContainsKey($"{type.Name}.{name}"))
                    Left.Add($"{type.Name}.{name}");
                else
                    Visit($"{path}.{name}", field.GetValue(value));
            }
        }
    }
}
