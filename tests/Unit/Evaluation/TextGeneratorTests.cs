using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class TextGeneratorTests
{
    private static readonly float[] s_logits = [MathF.Log(0.4f), MathF.Log(0.3f), MathF.Log(0.2f), MathF.Log(0.1f)];

    [Fact]
    public void StopsAtEndOfText()
    {
        var text = Generate(new FakeModel(_ => 0, " hello"), "Answer:", new SamplingOptions { Temperature = 0 });
        text.Text.ShouldBe(" hello");
        text.EndOfText.ShouldBeTrue();
    }

    [Fact]
    public void StopsAtTheLimit()
    {
        var text = Generate(new FakeModel(_ => 0, " hello"), "Answer:", new SamplingOptions { Temperature = 0, MaxNewTokens = 3 });
        text.Text.ShouldBe(" he");
        text.EndOfText.ShouldBeFalse();
    }

    [Fact]
    public void TheModelSeesTheLastTokensItCanRead()
    {
        // Eight characters are just « Answer: » and one more, so the model believes each time that it has said one character.
        var text = Generate(new FakeModel(_ => 0, "xyz", maximumLength: 8), "much before Answer:", new SamplingOptions { Temperature = 0, MaxNewTokens = 2 });
        text.Text.ShouldBe("xy");
    }

    [Fact]
    public void SharesOfTheDrawsAreTheProbabilities()
    {
        var shares = Shares(new SamplingOptions { Temperature = 1 });
        shares[0].ShouldBe(0.4, 0.02);
        shares[3].ShouldBe(0.1, 0.02);
    }

    [Fact]
    public void LowTemperatureSharpens() => Shares(new SamplingOptions { Temperature = 0.5 })[0].ShouldBe(0.16 / 0.30, 0.02);

    [Fact]
    public void TopKKeepsTheMostProbable()
    {
        var shares = Shares(new SamplingOptions { Temperature = 1, TopK = 2 });
        shares[0].ShouldBe(4.0 / 7, 0.02);
        shares[2..].ShouldBe([0, 0]);
    }

    [Fact]
    public void TopPKeepsTheFewestThatReachIt()
    {
        var shares = Shares(new SamplingOptions { Temperature = 1, TopP = 0.65 });
        shares[1].ShouldBe(3.0 / 7, 0.02);
        shares[2..].ShouldBe([0, 0]);
    }

    [Fact]
    public void TheSeedDecides()
    {
        Draws(5).ShouldBe(Draws(5));
        Draws(5).ShouldNotBe(Draws(6));

        static int[] Draws(long seed)
        {
            var random = new KeyedRandom(seed, "test");
            return [.. Enumerable.Range(0, 30).Select(_ => Sampler.Draw(s_logits, new SamplingOptions(), random))];
        }
    }

    [Fact]
    public void OptionsAreChecked()
    {
        Should.Throw<OptionException>(() => new SamplingOptions { Temperature = -1 }.Validated()).Option.ShouldBe("generate.temperature");
        Should.Throw<OptionException>(() => new SamplingOptions { Temperature = double.NaN }.Validated());
        Should.Throw<OptionException>(() => new SamplingOptions { TopK = 0 }.Validated()).Option.ShouldBe("generate.top_k");
        Should.Throw<OptionException>(() => new SamplingOptions { TopP = 0 }.Validated()).Option.ShouldBe("generate.top_p");
        Should.Throw<OptionException>(() => new SamplingOptions { MaxNewTokens = 0 }.Validated()).Option.ShouldBe("generate.max_new_tokens");
        Should.Throw<OptionException>(() => new EvaluationOptions { Limit = 0 }.Validated()).Option.ShouldBe("evaluation.limit");
        Should.Throw<OptionException>(() => new EvaluationOptions { FewShot = -1 }.Validated()).Option.ShouldBe("evaluation.few_shot");
    }

    private static double[] Shares(SamplingOptions options)
    {
        var random = new KeyedRandom(3, "test");
        var shares = new double[s_logits.Length];
        for (var i = 0; i < 10_000; i++)
            shares[Sampler.Draw(s_logits, options, random)] += 1e-4;
        return shares;
    }

    private static GeneratedText Generate(FakeModel model, string prompt, SamplingOptions options) =>
        TextGenerator.Generate(model, new CharCodec(), prompt, options, SilentProgress.Instance, TestContext.Current.CancellationToken);
}
