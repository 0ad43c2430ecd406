using System.Reflection;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>Finds recipes by name (the built-in ones) or file, and resolves them: defaults, what they extend, themselves, overrides.</summary>
public static class RecipeLibrary
{
    private static readonly Assembly s_assembly = typeof(RecipeLibrary).Assembly;
    private static readonly Lazy<RecipeSchema> s_schema = new(() => new RecipeSchema(BuiltIn("defaults"), BuiltIn("losses")));

    /// <summary>The names of the built-in recipes.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Files("recipes/").Where(n => !n.Contains('/') && n is not ("defaults" or "losses")).Order(StringComparer.Ordinal)];

    /// <summary>The names of the built-in arms.</summary>
    public static IReadOnlyList<string> Arms { get; } = [.. Files("recipes/arms/").Order(StringComparer.Ordinal)];

    /// <summary>Resolves a recipe.</summary>
    /// <param name="nameOrFile">A built-in name or the path of a YAML file.</param>
    /// <param name="overrides">Texts of the form <c>a.b.c=value</c>.</param>
    /// <exception cref="UsageException">No such recipe or key; names the nearest.</exception>
    /// <exception cref="InputException">The file is damaged or breaks a rule; names the line.</exception>
    public static Recipe Resolve(string nameOrFile, IEnumerable<string>? overrides = null)
    {
        var tree = RecipeTree.Merge(BuiltIn("defaults"), Load(nameOrFile, []));
        foreach (var text in overrides ?? [])
            RecipeOverride.Apply(tree, text, s_schema.Value);
        tree["arms"] = ResolveArms(tree["arms"] as JsonObject ?? []);
        var recipe = new Recipe(tree);
        RecipeRules.Check(recipe);
        return recipe;
    }

    /// <summary>The default recipe with one built-in arm.</summary>
    /// <exception cref="UsageException">No such arm; names the nearest.</exception>
    public static Recipe Arm(string name)
    {
        var tree = BuiltIn("defaults");
        tree["arms"] = ResolveArms(new JsonObject { [name] = null });
        return new Recipe(tree);
    }

    private static JsonObject Load(string nameOrFile, HashSet<string> seen)
    {
        if (!seen.Add(nameOrFile))
            throw new UsageException($"recipe '{nameOrFile}' extends itself", "Break the circle of `extends`.");
        var isFile = nameOrFile.EndsWith(".yaml", StringComparison.Ordinal) || nameOrFile.EndsWith(".yml", StringComparison.Ordinal);
        string file, text;
        if (isFile)
        {
            if (!File.Exists(nameOrFile))
                throw new UsageException($"there is no recipe file {nameOrFile}", $"Give a file that exists, or one of: {string.Join(", ", Names)}.");
            (file, text) = (nameOrFile, File.ReadAllText(nameOrFile));
        }
        else
        {
            if (!Names.Contains(nameOrFile) && nameOrFile != "defaults")
                throw new UsageException($"there is no recipe '{nameOrFile}'", NearestName.Hint(nameOrFile, Names));
            (file, text) = (nameOrFile + ".yaml", Resource($"recipes/{nameOrFile}.yaml"));
        }

        var lines = new Dictionary<string, int>();
        var tree = RecipeText.Parse(file, text, lines);
        s_schema.Value.Check(tree, (path, message, remedy) => new InputException(file, lines.GetValueOrDefault(path, 1), message, remedy));
        if (isFile && tree["name"] is null)
            tree["name"] = Path.GetFileNameWithoutExtension(nameOrFile);
        if (tree["extends"]?.ToString() is not { } parent)
            return tree;
        tree.Remove("extends");
        if (parent.EndsWith(".yaml", StringComparison.Ordinal) && isFile)
            parent = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(nameOrFile))!, parent);
        return RecipeTree.Merge(Load(parent, seen), tree);
    }

    private static JsonObject ResolveArms(JsonObject arms)
    {
        var losses = BuiltIn("losses");
        var result = new JsonObject();
        foreach (var (name, own) in arms)
        {
            var known = Arms.Contains(name);
            if (!known && own is not JsonObject { Count: > 0 })
                throw new UsageException($"arm '{name}' has no losses and is not a built-in arm", NearestName.Hint(name, Arms));
            var arm = known ? RecipeText.Parse($"arms/{name}.yaml", Resource($"recipes/arms/{name}.yaml")) : [];
            var merged = RecipeTree.Merge(arm, own as JsonObject ?? []);
            var complete = new JsonObject();
            foreach (var (loss, options) in merged["losses"] as JsonObject ?? [])
                complete[loss] = RecipeTree.Merge((JsonObject)losses[loss]!, options as JsonObject ?? []);
            result[name] = new JsonObject { ["losses"] = complete };
            if (merged["model"] is JsonObject { Count: > 0 } model)
                result[name]!["model"] = model.DeepClone();
        }

        return result;
    }

    private static JsonObject BuiltIn(string name) => RecipeText.Parse($"{name}.yaml", Resource($"recipes/{name}.yaml"));

    private static IEnumerable<string> Files(string prefix) => s_assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && n.EndsWith(".yaml", StringComparison.Ordinal))
        .Select(n => n[prefix.Length..^".yaml".Length]);

    private static string Resource(string name)
    {
        using var stream = s_assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program lacks its resource {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
