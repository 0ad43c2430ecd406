using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class PromptTests : IDisposable
{
    private readonly BenchmarkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ArcEasyOfficial()
    {
        _folder.With("arc/ARC-Easy/ARC-Easy-Test.jsonl",
            """{"id":"K1","question":{"stem":"What melts?","choices":[{"text":"ice","label":"1"},{"text":"a stone","label":"2"},{"text":"air","label":"3"}]},"answerKey":"2"}""");
        var item = Single<ChoiceItem>(new ArcEasy(), 0);
        item.Id.ShouldBe("K1");
        item.Prompt.ShouldBe("Question: What melts?\nAnswer:");
        item.Choices.ShouldBe(["ice", "a stone", "air"]);
        item.Gold.ShouldBe(1);
    }

    [Fact]
    public void ArcEasyQueryForm()
    {
        _folder.With("arc/ARC-Easy/arc_easy_test.jsonl", """{"choices":["ice","air"],"query":"Question: What melts?","gold":0}""");
        var item = Single<ChoiceItem>(new ArcEasy(), 0);
        item.Prompt.ShouldBe("Question: What melts?\nAnswer:");
        item.Gold.ShouldBe(0);
    }

    [Fact]
    public void ArcEasyWithExamples()
    {
        _folder.With("arc/ARC-Easy/ARC-Easy-Test.jsonl", Arc("T", "What melts?")).With("arc/ARC-Easy/ARC-Easy-Train.jsonl", Arc("E", "What burns?"), Arc("F", "Unused?"));
        Single<ChoiceItem>(new ArcEasy(), 1).Prompt.ShouldBe("Question: What burns?\nAnswer: ice\n\nQuestion: What melts?\nAnswer:");

        static string Arc(string id, string stem) =>
            $$$"""{"id":"{{{id}}}","question":{"stem":"{{{stem}}}","choices":[{"text":"ice","label":"A"},{"text":"air","label":"B"}]},"answerKey":"A"}""";
    }

    [Fact]
    public void MmluLetters()
    {
        MmluFiles();
        var item = Single<ChoiceItem>(new Mmlu(), 1);
        item.Prompt.ShouldBe(
            "The following are multiple choice questions (with answers) about sea birds.\n\n"
            + "Can gulls swim?\nA. no\nB. yes\nC. once\nD. never\nAnswer: B\n\n"
            + "Which bird,\nof all, dives?\nA. auk\nB. owl\nC. emu\nD. hen\nAnswer:");
        item.Choices.ShouldBe(["A", "B", "C", "D"]);
        item.Gold.ShouldBe(0);
    }

    [Fact]
    public void MmluContinuation()
    {
        MmluFiles();
        var item = Single<ChoiceItem>(new MmluContinuation(), 1);
        item.Prompt.ShouldBe(
            "The following are questions (with answers) about sea birds.\n\n"
            + "Question: Can gulls swim?\nAnswer: yes\n\nQuestion: Which bird,\nof all, dives?\nAnswer:");
        item.Choices.ShouldBe(["auk", "owl", "emu", "hen"]);
    }

    [Fact]
    public void SubsetsCarryTheSubject()
    {
        MmluFiles();
        new Mmlu().Load(_folder.Path, 0).Single().Name.ShouldBe("mmlu_sea_birds");
        new MmluContinuation().Load(_folder.Path, 0).Single().Name.ShouldBe("mmlu_sea_birds_continuation");
    }

    [Fact]
    public void CEvalLetters()
    {
        CEvalFiles();
        var item = Single<ChoiceItem>(new CEval(), 0);
        item.Prompt.ShouldBe("以下是中国关于初中物理的单项选择题，请选出其中的正确答案。\n\n水的沸点是____。\nA. 零度\nB. 百度\nC. 千度\nD. 万度\n答案：");
        item.Choices.ShouldBe(["A", "B", "C", "D"]);
        item.Gold.ShouldBe(1);
    }

    [Fact]
    public void CEvalContinuationWithExample()
    {
        CEvalFiles();
        var item = Single<ChoiceItem>(new CEvalContinuation(), 1);
        item.Prompt.ShouldBe("以下是中国关于初中物理的题目。\n\n题目：光比声____。\n答案： 快\n\n题目：水的沸点是____。\n答案：");
        item.Choices.ShouldBe(["零度", "百度", "千度", "万度"]);
    }

    [Fact]
    public void UnknownCEvalSubjectKeepsItsName()
    {
        _folder.With("ceval/val/bird_song_val.csv", "id,question,A,B,C,D,answer", "7,问,甲,乙,丙,丁,D");
        var item = Single<ChoiceItem>(new CEval(), 0);
        item.Id.ShouldBe("7");
        item.Prompt.ShouldStartWith("以下是中国关于bird song的单项选择题");
    }

    [Fact]
    public void SubjectMappingBesideTheSplitsNamesTheSubject()
    {
        CEvalFiles();
        _folder.With("ceval/subject_mapping.json", """{"middle_school_physics":["Physics","物理","STEM"]}""");
        Single<ChoiceItem>(new CEval(), 0).Prompt.ShouldStartWith("以下是中国关于物理的单项选择题");
    }

    [Fact]
    public void Gsm8kWithExample()
    {
        _folder.With("gsm8k/test.jsonl", """{"question":"Two and two?","answer":"2+2=<<2+2=4>>4\n#### 4"}""")
            .With("gsm8k/train.jsonl", """{"question":"One?","answer":"It is 1.\n#### 1"}""");
        var item = Single<GenerationItem>(new Gsm8k(), 1);
        item.Prompt.ShouldBe("Question: One?\nAnswer: It is 1.\n#### 1\n\nQuestion: Two and two?\nAnswer:");
        item.Reference.ShouldEndWith("#### 4");
    }

    private void MmluFiles() => _folder
        .With("mmlu/data/test/sea_birds_test.csv", "\"Which bird,\nof all, dives?\",auk,owl,emu,hen,A")
        .With("mmlu/data/dev/sea_birds_dev.csv", " Can gulls swim? ,no,yes,once,never,B");

    private void CEvalFiles() => _folder
        .With("ceval/val/middle_school_physics_val.csv", "id,question,A,B,C,D,answer", "0,水的沸点是____。,零度,百度,千度,万度,B")
        .With("ceval/dev/middle_school_physics_dev.csv", "id,question,A,B,C,D,answer,explanation", "0,光比声____。,快,慢,重,轻,A,\"一，\n二\"");

    private T Single<T>(BenchmarkTask task, int fewShot) => task.Load(_folder.Path, fewShot).Single().Items.Single().ShouldBeOfType<T>();
}
