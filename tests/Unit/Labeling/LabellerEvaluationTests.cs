using ExpertDivergence.Core;
using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class LabellerEvaluationTests
{
    private static readonly LinearTrainerOptions s_options = new() { Method = LinearMethod.Softmax, Features = new() { BucketBits = 14 } };

    [Fact]
    public void AConfusionMatrixCountsByHand()
    {
        var matrix = new ConfusionMatrix();
        foreach (var (truth, prediction) in (ReadOnlySpan<(string, string)>)[("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("c", "a")])
            matrix.Add(truth, prediction);
        matrix.Accuracy.ShouldBe(0.6);
        matrix.F1("a").ShouldBe(2.0 * 2 / (3 + 3));
        matrix.F1("b").ShouldBe(2.0 / (1 + 2));
        matrix.F1("c").ShouldBe(0);
        matrix.MacroF1.ShouldBe((2 / 3.0 + 2 / 3.0 + 0) / 3, 1e-12);
        matrix.ToCsv().Split('\n')[1..3].ShouldBe(["a,a,2,0.6666666666666666", "a,b,1,0.3333333333333333"]);
    }

    [Fact]
    public void ANameWithACommaIsQuoted()
    {
        var matrix = new ConfusionMatrix();
        matrix.Add("en/Science, Math & Technology", "math");
        matrix.ToCsv().ShouldContain("\"en/Science, Math & Technology\",math,1,1");
    }

    [Fact]
    public void TheCalibrationErrorIsThatOfTheBins()
    {
        var calibration = new Calibration();
        for (var i = 0; i < 4; i++)
            calibration.Add(0.95, right: i > 0); // accuracy 0.75
        calibration.Add(0.15, right: false);
        calibration.Add(1.0, right: true);
        calibration.ExpectedError.ShouldBe((5 * Math.Abs(0.8 - 0.96) + 0.15) / 6, 1e-12);
        calibration.Bins.Select(b => b.Documents).ShouldBe([1, 5]);
    }

    [Fact]
    public void FoldsByDocumentTestEveryDocumentOnce()
    {
        var result = Evaluator().ByDocument(s_options, SilentProgress.Instance, TestContext.Current.CancellationToken);
        (result.Documents, result.Untestable, result.Split).ShouldBe((80, 0, "document"));
        result.Accuracy.ShouldBeGreaterThan(0.95);
    }

    [Fact]
    public void AClassOfOneSourceCannotBeTestedBySource()
    {
        var result = Evaluator().BySource(s_options, SourceName.Pattern(""), SilentProgress.Instance, TestContext.Current.CancellationToken);
        result.Untestable.ShouldBe(20);
        result.Documents.ShouldBe(80);
        result.Confusion.Classes.ShouldNotContain("en/Games");
    }

    [Fact]
    public void ShortDocumentsDoNotJudgeDetectors()
    {
        var evaluator = new LabellerEvaluator([Known(LabelTexts.English[0], "s", "en/Games"), Known("short", "s", "math")], Taxonomy.BuiltIn);
        evaluator.Detectors().Documents.ShouldBe(1);
    }

    // Two topics in two sources; in the second test a third topic of one source.
    private static LabellerEvaluator Evaluator([System.Runtime.CompilerServices.CallerMemberName] string test = "")
    {
        var documents = LabelTexts.Topics(40).Select((d, i) => Known(d.Text, i % 4 < 2 ? "one:1" : "two:7", d.Domain)).ToList();
        if (test == nameof(AClassOfOneSourceCannotBeTestedBySource))
            documents.AddRange(Enumerable.Range(0, 20).Select(i => Known($"chess and dice and cards, game {i}", "three", "en/Games")));
        return new(documents, Taxonomy.BuiltIn);
    }

    private static KnownDocument Known(string text, string source, string domain) => new(text, source, Taxonomy.BuiltIn.Find(domain)!);
}
