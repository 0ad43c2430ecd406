using System.Globalization;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

/// <summary>The committed list of what transformers names the weights of a small model.</summary>
public sealed class TransformersNamesTests
{
    private static readonly ModelOptions s_options = new() { VocabSize = 20, Layers = 2, Dim = 16, Heads = 4, KvHeads = 2, ExpertWidth = 6, Experts = 4, TopK = 2 };

    [Fact]
    public void Names_and_shapes_are_those_of_the_list() =>
        ParameterLayout.TransformersShapes(s_options).Select(w => $"{w.Name} F32 {string.Join(',', w.Shape.Select(s => s.ToString(CultureInfo.InvariantCulture)))}")
            .Order(StringComparer.Ordinal).ShouldBe(List());

    internal static IEnumerable<string> List() => File.ReadLines(Path.Combine(RepositoryRoot.Path, "tests", "Unit", "Modeling", "qwen3-moe-names.txt"))
        .Where(line => !line.StartsWith('#')).Order(StringComparer.Ordinal);
}
