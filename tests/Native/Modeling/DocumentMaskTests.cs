using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public sealed class DocumentMaskTests
{
    private const int End = 0;

    // Three documents in two sequences of nine inputs; the second sequence is padded.
    private static readonly int[][] s_documents = [[End, 1, 2, 3, 4, End], [End, 5, 6, 7, End], [End, 8, 9, 3, End]];
    private static readonly int[] s_packed = [End, 1, 2, 3, 4, End, 5, 6, 7, End, End, 8, 9, 3, End, 0, 0, 0, 0, 0];

    private readonly MoeTransformer _model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);

    [Fact]
    public void Packed_documents_are_as_surprising_as_each_by_itself()
    {
        using var scope = torch.NewDisposeScope();
        var alone = s_documents.Sum(document => Likelihood(TrainingBatch.FromRecords(document, [document.Length], [0], [0])));
        Likelihood(Packed(End)).ShouldBe(alone, 5e-5);
        Math.Abs(Likelihood(Packed(null)) - alone).ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void Packed_documents_teach_what_each_by_itself_teaches()
    {
        using var scope = torch.NewDisposeScope();
        var alone = Gradients([.. s_documents.Select(d => TrainingBatch.FromRecords(d, [d.Length], [0], [0]))]);
        var packed = Gradients(Packed(End));
        foreach (var (name, gradient) in alone)
            gradient.Zip(packed[name]).Max(g => MathF.Abs(g.First - g.Second)).ShouldBeInRange(0f, 1e-3f * gradient.Max(MathF.Abs), name);
    }

    [Fact]
    public void The_mask_opens_from_the_document_s_head_to_the_token_itself()
    {
        using var scope = torch.NewDisposeScope();
        var mask = DocumentMask.Of(torch.tensor(new[] { 0, 0, 2, 0, 1, 1 }, [6]), batch: 2, keyHeads: 1, group: 2, torch.zeros([1], dtype: ScalarType.Float32));
        mask.shape.ShouldBe([2, 6, 3]);
        const float Shut = float.NegativeInfinity;
        float[] first = [0, Shut, Shut, 0, 0, Shut, Shut, Shut, 0], second = [0, Shut, Shut, Shut, 0, Shut, Shut, 0, 0];
        mask.ToArray<float>().ShouldBe([.. first, .. first, .. second, .. second]);
    }

    [Fact]
    public void Every_key_head_of_a_sequence_has_its_mask()
    {
        using var scope = torch.NewDisposeScope();
        var mask = DocumentMask.Of(torch.tensor(new[] { 0, 1, 0, 0 }, [4]), batch: 2, keyHeads: 3, group: 1, torch.zeros([1], dtype: ScalarType.Float32));
        mask.shape.ShouldBe([6, 2, 2]);
        mask.select(1, 1).select(1, 0).ToArray<float>().ShouldBe([.. Enumerable.Repeat(float.NegativeInfinity, 3), .. Enumerable.Repeat(0f, 3)]);
    }

    private static TrainingBatch Packed(int? end) => TrainingBatch.FromRecords(s_packed, [10, 5], [0, 0], [0, 0], documentEnd: end);

    private double Likelihood(TrainingBatch batch)
    {
        using var noGrad = torch.no_grad();
        return _model.ForwardTraining(batch).NegativeLogLikelihood.item<double>();
    }

    private Dictionary<string, float[]> Gradients(params TrainingBatch[] batches)
    {
        foreach (var parameter in _model.Parameters)
            parameter.Value.grad = null;
        foreach (var batch in batches)
            _model.ForwardTraining(batch).NegativeLogLikelihood.backward();
        return _model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.ToArray<float>());
    }
}
