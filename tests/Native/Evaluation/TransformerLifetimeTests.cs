using ExpertDivergence.Evaluation;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Evaluation;

// Tensors are counted over the whole process, so nothing may run beside these.
[CollectionDefinition(nameof(TransformerLifetimeTests), DisableParallelization = true)]
[Collection(nameof(TransformerLifetimeTests))]
public sealed class TransformerLifetimeTests
{
    [Fact]
    public void NoTensorOutlivesACall()
    {
        using var model = new TransformerModel(MoeTransformer.Create(TinyModel.Options, seed: 7));
        Call(); // the model keeps a mask for each length
        var before = torch.LiveTensors;
        Call();
        torch.LiveTensors.ShouldBe(before);

        void Call()
        {
            model.Score([new([1, 2, 3], 1)]);
            model.Score([new([1, 2, 3, 4], 2), new([1, 2, 5, 6, 7], 2)]);
            model.NextTokenLogits([[1, 2, 3]]);
            using var decoding = model.Decode([[1, 2, 3], [4]]);
            decoding.NextTokenLogits();
            decoding.Append([null, 5]);
            decoding.NextTokenLogits();
        }
    }
}
