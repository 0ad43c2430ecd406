using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

public class ModelOptionsTests
{
    private static readonly ModelOptions s_valid = new() { VocabSize = 100, Layers = 2, Dim = 32, Heads = 4, KvHeads = 2, ExpertWidth = 8, Experts = 4, TopK = 2 };

    [Fact]
    public void Head_width_defaults_to_width_over_heads() => s_valid.Validate().HeadDim.ShouldBe(8);

    public static TheoryData<string, ModelOptions> Wrong => new()
    {
        { "model.top_k", s_valid with { TopK = 5 } },
        { "model.top_k", s_valid with { TopK = 0 } },
        { "model.heads", s_valid with { Heads = 3, KvHeads = 3 } },
        { "model.kv_heads", s_valid with { KvHeads = 3 } },
        { "model.head_dim", s_valid with { HeadDim = 7 } },
        { "model.head_dim", s_valid with { HeadDim = -2 } },
        { "model.layers", s_valid with { Layers = 0 } },
        { "model.rope_theta", s_valid with { RopeTheta = double.NaN } },
        { "model.norm_epsilon", s_valid with { NormEpsilon = 0 } },
        { "model.end_of_text_id", s_valid with { EndOfTextId = 100 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_value_is_refused_by_its_name(string option, ModelOptions options) =>
        Should.Throw<OptionException>(() => options.Validate()).Option.ShouldBe(option);

    [Fact]
    public void Parameters_are_counted_as_the_tensors_add_up()
    {
        // embedding + head 2·100·32, final norm 32; per layer: q 32·32, k and v 16·32, o 32·32, two head norms of 8, two norms of 32,
        // router 4·32, an expert 3·32·8.
        const long layer = 32 * 32 * 2 + 16 * 32 * 2 + 2 * 8 + 2 * 32 + 4 * 32;
        s_valid.CountParameters().ShouldBe((6400 + 32 + 2 * (layer + 4 * 768), 6400 + 32 + 2 * (layer + 2 * 768)));
    }
}
