using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>What a user brings along: tokenizers in other forms, fields of other names, benchmark files.</summary>
public sealed class GivenTests
{
    private readonly string _folder = Edl.NewFolder();

    [Fact]
    public void A_rank_file_without_an_end_of_text_tokenizes_a_corpus_that_can_be_packed()
    {
        Corpus("text", "label");
        Done("label", "--in", At("corpus.jsonl"), "--out", At("documents"), "--set", "labels.duplicates=keep");
        var ranks = Path.Combine(Edl.Root, "tests", "Unit", "Tokenization", "Golden", "small.tiktoken");
        Done("tokenize", "--in", At("documents"), "--out", At("tokens"), "--set", $"tokenizer.file={ranks}", "--set", "tokenizer.pattern=cl100k")
            .ShouldContain("it gets the id 1200");
        Done("pack", "--in", At("tokens"), "--out", At("packed"), "--set", "pack.sequence_length=8", "--set", "pack.layout=concatenated");
        Json("packed/pack.json")["end_of_text_id"]!.GetValue<int>().ShouldBe(1200);
        Done("inspect", At("packed")).ShouldContain("layout: concatenated");
    }

    [Fact]
    public void A_labeller_learns_from_fields_of_other_names()
    {
        Corpus("content", "topic");
        Done("labeller", "train", "--in", At("corpus.jsonl"), "--label-map", At("labels.json"), "--out", At("model"), "--text-field", "content", "--label-field", "topic")
            .ShouldContain("en: 40 documents, 2 topics");
        Edl.Run("labeller", "train", "--in", At("corpus.jsonl"), "--label-map", At("labels.json"), "--out", At("none")).Errors.ShouldContain("'text'");
    }

    [Fact]
    public void The_built_in_corpus_is_held_against_its_own_benchmarks()
    {
        Done("microworld", "--recipe", "spark", "--out", At("world"));
        var question = File.ReadLines(Directory.GetFiles(At("world/benchmarks"), "*.jsonl", SearchOption.AllDirectories).First()).First();
        var text = JsonNode.Parse(question)!["question"] is JsonObject nested ? (string)nested["stem"]! : (string)JsonNode.Parse(question)!["question"]!;
        var added = new JsonObject { ["text"] = $"{text} {string.Join(' ', Enumerable.Repeat(text, 3))}", ["source"] = "copy", ["label"] = "math" };
        File.WriteAllText(At("world/corpus/copied.jsonl"), added.ToJsonString() + "\n");
        Done("label", "--recipe", "spark", "--in", At("world/corpus"), "--out", At("documents"), "--set", "labels.overlap_with=benchmarks");
        Json("documents/report.json")["left_out"]!["by_reason"]!["benchmark_overlap"]!.GetValue<int>().ShouldBeGreaterThan(0);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(At(name)))!;

    private void Corpus(string text, string label)
    {
        File.WriteAllLines(At("corpus.jsonl"), Enumerable.Range(0, 40).Select(i => new JsonObject
        {
            [text] = i % 2 == 0 ? $"The game number {i} has players, a board and a rule." : $"The soup number {i} is cooked with salt, onions and a spoon.",
            [label] = i % 2 == 0 ? "en/Games" : "en/Food & Dining",
        }.ToJsonString()));
        File.WriteAllText(At("labels.json"), """{"label_to_domain49": {"en/Games": "en/Games", "en/Food & Dining": "en/Food & Dining"}}""");
    }

    private static string Done(params string[] arguments)
    {
        var outcome = Edl.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome.Output + outcome.Errors;
    }
}
