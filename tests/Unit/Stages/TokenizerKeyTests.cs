using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class TokenizerKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-key-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFileIsKnownByItsContents()
    {
        var file = Write("tokenizer.json", "{}");
        Key(file).ShouldBe(Hashing.OfFile(file));
        Key(_folder).ShouldBe(Key(file));
    }

    [Fact]
    public void BothOfTwoFilesCount()
    {
        var (vocabulary, merges) = (Write("vocab.json", "{}"), Write("merges.txt", "a b"));
        var before = Key(vocabulary);
        Key(merges).ShouldBe(before);
        Key(_folder).ShouldBe(before);
        Write("merges.txt", "a c");
        Key(vocabulary).ShouldNotBe(before);
    }

    [Fact]
    public void TheNameOfARankFileCounts() => Key(Write("cl100k.tiktoken", "IQ== 0")).ShouldNotBe(Key(Write("o200k.tiktoken", "IQ== 0")));

    [Theory]
    [InlineData("")]
    [InlineData("/vocab.json")]
    [InlineData("/none.tiktoken")]
    public void WhatIsNotThereIsNamed(string file)
    {
        if (file == "/vocab.json")
            Write("vocab.json", "{}"); // and no merges beside it
        Should.Throw<InputException>(() => Key(_folder + file)).Remedy.ShouldContain("tokenizer.file");
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Key(string file) =>
        (string)StageKey.Parameters(StageCatalog.Tokenize, RecipeLibrary.Resolve("defaults", [$"tokenizer.file={file}"]))["file"]!;
}
