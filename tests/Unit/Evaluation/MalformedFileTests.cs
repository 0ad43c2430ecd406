using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class MalformedFileTests : IDisposable
{
    private const string GoodArc = """{"id":"a","question":{"stem":"s","choices":[{"text":"t","label":"A"}]},"answerKey":"A"}""";
    private readonly BenchmarkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"id":"a"}""", "'question' is missing")]
    [InlineData("""{"id":1,"question":{"stem":"s","choices":[{"text":"t","label":"A"}]},"answerKey":"A"}""", "'id' is no string")]
    [InlineData("""{"id":"a","question":{"stem":"s","choices":[]},"answerKey":"A"}""", "'choices' is empty")]
    [InlineData("""{"id":"a","question":{"stem":"s","choices":[{"text":"t","label":"A"}]},"answerKey":"E"}""", "answerKey 'E'")]
    [InlineData("""{"id":"a","question":{"stem":"\ud800","choices":[{"text":"t","label":"A"}]},"answerKey":"A"}""", "not valid Unicode")]
    [InlineData("""{"query":"q","choices":["x"],"gold":1}""", "gold is 1")]
    public void ArcNamesTheLine(string line, string reason)
    {
        _folder.With("arc/ARC-Easy/ARC-Easy-Test.jsonl", GoodArc, line);
        Refused(new ArcEasy(), "ARC-Easy-Test.jsonl", 2, reason);
    }

    [Theory]
    [InlineData("q,a,b,c,A", "5 fields instead of 6")]
    [InlineData("q,a,b,c,d,E", "the answer is 'E'")]
    [InlineData(",a,b,c,d,A", "the question is empty")]
    [InlineData("q,a,\"b\" x,c,d,A", "quote")]
    public void MmluNamesTheLineWhereTheRowBegins(string row, string reason)
    {
        _folder.With("mmlu/data/test/s_test.csv", "\"two\nlines\",a,b,c,d,A", row);
        Refused(new Mmlu(), "s_test.csv", 3, reason);
    }

    [Fact]
    public void CEvalNamesAMissingColumn()
    {
        _folder.With("ceval/val/s_val.csv", "id,question,A,B,C,answer", "0,q,a,b,c,A");
        Refused(new CEval(), "s_val.csv", 1, "no column 'D'");
    }

    [Fact]
    public void CEvalNamesAShortRow()
    {
        _folder.With("ceval/val/s_val.csv", "id,question,A,B,C,D,answer", "0,q,a,b,c,d");
        Refused(new CEval(), "s_val.csv", 2, "6 fields");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"s":["only English"]}""")]
    [InlineData("""{"s":null}""")]
    public void CEvalNamesABadSubjectMapping(string mapping)
    {
        _folder.With("ceval/subject_mapping.json", mapping);
        Should.Throw<InputException>(() => new CEval().Load(_folder.Path, 0)).File.ShouldEndWith("subject_mapping.json");
    }

    [Fact]
    public void Gsm8kNeedsAFinalAnswer()
    {
        _folder.With("gsm8k/test.jsonl", """{"question":"q","answer":"42"}""");
        Refused(new Gsm8k(), "test.jsonl", 1, "####");
    }

    [Fact]
    public void OtherEncodingsAreRefused()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "gsm8k"));
        File.WriteAllBytes(Path.Combine(_folder.Path, "gsm8k", "test.jsonl"), [(byte)'{', 0xff, (byte)'}']);
        Should.Throw<InputException>(() => new Gsm8k().Load(_folder.Path, 0)).File.ShouldEndWith("test.jsonl");
    }

    [Fact]
    public void MissingFilesAreNamed()
    {
        BenchmarkRegistry.All.ShouldNotBeEmpty();
        foreach (var task in BenchmarkRegistry.All)
            Should.Throw<InputException>(() => task.Load(_folder.Path, 0)).Message.ShouldContain("is not there");
    }

    [Fact]
    public void MoreExamplesThanRowsIsWrongUsage()
    {
        _folder.With("mmlu/data/test/s_test.csv", "q,a,b,c,d,A").With("mmlu/data/dev/s_dev.csv", "q,a,b,c,d,A");
        Should.Throw<OptionException>(() => new Mmlu().Load(_folder.Path, 2)).Remedy.ShouldBe("Ask for at most 1.");
    }

    private void Refused(BenchmarkTask task, string file, long line, string reason)
    {
        var error = Should.Throw<InputException>(() => task.Load(_folder.Path, 0));
        error.File.ShouldEndWith(file);
        error.Line.ShouldBe(line);
        error.Message.ShouldContain(reason);
    }
}
