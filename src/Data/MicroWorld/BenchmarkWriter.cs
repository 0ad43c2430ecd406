using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Writes the benchmarks in the layouts of their official releases.</summary>
internal static class BenchmarkWriter
{
    private const int DevRows = 5;

    /// <summary>ARC-Easy: <c>{id, question: {stem, choices: [{text, label}]}, answerKey}</c>.</summary>
    public static int WriteArcEasy(World world, long seed, string folder)
    {
        var items = Items(world, seed, "en", "arc").SelectMany(t => t.Items).ToList();
        MicroFiles.WriteLines(Path.Combine(folder, "arc", "ARC-Easy", "ARC-Easy-Test.jsonl"), items.Select((item, index) => new JsonObject
        {
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"MicroWorld_{index + 1}"),
            ["question"] = new JsonObject
            {
                ["stem"] = item.Question,
                ["choices"] = new JsonArray([.. item.Choices.Select((text, i) => new JsonObject { ["text"] = text, ["label"] = "ABCD"[i].ToString() })]),
            },
            ["answerKey"] = item.Letter,
        }.ToJsonString(JsonFormat.Compact)));
        return items.Count;
    }

    /// <summary>MMLU: CSV without header: question, four choices, letter.</summary>
    public static int WriteMmlu(World world, long seed, string folder)
    {
        var topics = Items(world, seed, "en", "mmlu");
        foreach (var (topic, items, examples) in topics)
        {
            Write("test", items);
            Write("dev", examples);

            void Write(string split, IEnumerable<MicroItem> rows) => MicroFiles.WriteCsv(
                Path.Combine(folder, "mmlu", "data", split, $"{topic.Slug}_{split}.csv"),
                rows.Select(r => (string[])[r.Question, .. r.Choices, r.Letter]));
        }

        return topics.Sum(t => t.Items.Count);
    }

    /// <summary>C-Eval: CSV with header; dev explains its answers; the subjects' Chinese names stand in <c>subject_mapping.json</c>.</summary>
    public static int WriteCEval(World world, long seed, string folder)
    {
        var topics = Items(world, seed, "zh", "ceval");
        var subjects = new JsonObject();
        foreach (var (topic, items, examples) in topics)
        {
            string[] header = ["id", "question", "A", "B", "C", "D", "answer"];
            MicroFiles.WriteCsv(
                Path.Combine(folder, "ceval", "val", $"{topic.Slug}_val.csv"),
                [header, .. items.Select(Row)]);
            MicroFiles.WriteCsv(
                Path.Combine(folder, "ceval", "dev", $"{topic.Slug}_dev.csv"),
                [[.. header, "explanation"], .. examples.Select((item, i) => (string[])[.. Row(item, i), Explanation(item)])]);
            subjects[topic.Slug] = new JsonArray(topic.Domain["zh/".Length..], topic.Title, "Other");
        }

        MicroFiles.WriteLines(Path.Combine(folder, "ceval", "subject_mapping.json"), [subjects.ToJsonString(JsonFormat.Indented)]);
        return topics.Sum(t => t.Items.Count);

        static string[] Row(MicroItem item, int index) => [index.ToString(CultureInfo.InvariantCulture), item.Question, .. item.Choices, item.Letter];
        static string Explanation(MicroItem item) => $"“{item.Fact.Name}”对应的是{item.Fact.Value}，所以选{item.Letter}。";
    }

    /// <summary>GSM8K: <c>{question, answer}</c>; train in the corpus's phrasings, test in held-out ones.</summary>
    public static int WriteGsm8k(MicroWorldOptions options, string folder)
    {
        Write("train", "corpus");
        Write("test", "heldout");
        return options.Problems;

        void Write(string split, string use) => MicroFiles.WriteLines(
            Path.Combine(folder, "gsm8k", $"{split}.jsonl"),
            new WordProblems(use, new KeyedRandom(options.Seed, "micro-world", "gsm8k", split)).Distinct(options.Problems)
                .Select(p => new JsonObject { ["question"] = p.Question, ["answer"] = p.Answer }.ToJsonString(JsonFormat.Compact)));
    }

    private static IReadOnlyList<(WorldTopic Topic, IReadOnlyList<MicroItem> Items, IReadOnlyList<MicroItem> Examples)> Items(
        World world, long seed, string language, string use) =>
        new ItemMaker(world, language, use, new KeyedRandom(seed, "micro-world", use, "items")).Make(DevRows);
}
