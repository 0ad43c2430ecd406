using System.Text.Json;
using System.Text.RegularExpressions;
using CsvHelper;
using ExpertDivergence.Data.MicroWorld;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.MicroWorld;

public sealed partial class BenchmarkTests(GeneratedWorld generated) : IClassFixture<GeneratedWorld>
{
    private sealed record Row(string Question, string[] Choices, string Letter);

    [Theory]
    [InlineData("arc")]
    [InlineData("mmlu")]
    [InlineData("ceval")]
    public void Items_ask_for_true_facts_with_distinct_choices_and_balanced_letters(string benchmark)
    {
        var rows = RowsOf(benchmark);
        rows.Count.ShouldBe(288);
        foreach (var row in rows)
        {
            row.Choices.ShouldBeUnique();
            row.Choices["ABCD".IndexOf(row.Letter[0])].ShouldBe(Truth(row));
        }

        rows.CountBy(r => r.Letter).Select(c => c.Value).ShouldBe([72, 72, 72, 72]);
        rows.Select(r => r.Question).ShouldBeUnique();
    }

    // A scorer that likes some values more than others, whatever the entity, is right in a quarter of the items.
    [Theory]
    [InlineData("arc")]
    [InlineData("mmlu")]
    [InlineData("ceval")]
    public void A_value_is_a_wrong_choice_three_times_as_often_as_the_right_one(string benchmark)
    {
        var rows = RowsOf(benchmark);
        var right = rows.CountBy(Truth).ToDictionary();
        var shown = rows.SelectMany(r => r.Choices).CountBy(c => c).ToDictionary();
        foreach (var (value, count) in shown)
            count.ShouldBe(4 * right[value], value);
    }

    [Theory]
    [InlineData("mmlu", "mmlu/data/dev")]
    [InlineData("ceval", "ceval/dev")]
    public void Examples_are_true_and_ask_for_no_fact_of_the_items(string benchmark, string folder)
    {
        var asked = RowsOf(benchmark).Select(r => (Entity(r), Truth(r))).ToHashSet();
        var files = Directory.GetFiles(generated.Benchmark(folder));
        files.Length.ShouldBe(24);
        foreach (var rows in files.Select(f => Read(f, header: benchmark == "ceval")))
        {
            rows.Count.ShouldBe(5);
            foreach (var row in rows)
            {
                row.Choices["ABCD".IndexOf(row.Letter[0])].ShouldBe(Truth(row));
                asked.ShouldNotContain((Entity(row), Truth(row)));
            }
        }
    }

    [Fact]
    public void CEval_files_have_the_official_headers()
    {
        var (val, dev) = (Directory.GetFiles(generated.Benchmark("ceval", "val")), Directory.GetFiles(generated.Benchmark("ceval", "dev")));
        val.ShouldNotBeEmpty();
        dev.Length.ShouldBe(val.Length);
        foreach (var file in val)
            File.ReadLines(file).First().ShouldBe("id,question,A,B,C,D,answer");
        foreach (var file in dev)
            File.ReadLines(file).First().ShouldBe("id,question,A,B,C,D,answer,explanation");
    }

    [Fact]
    public void Held_out_phrasings_never_occur_in_the_corpus()
    {
        var heldOut = File.ReadLines(Table("phrasings")).Select(l => Regex.Match(l, "^(?:en|zh),\\w+,(arc|mmlu|ceval),(.*)$"))
            .Where(m => m.Success).Select(m => m.Groups[2].Value.Trim('"'))
            .Concat(File.ReadLines(Table("problems")).Where(l => l.StartsWith("heldout,", StringComparison.Ordinal))
                .Select(l => Regex.Match(l, "^heldout,[+-]+,(?:\"(.*?)\"|([^,]*)),").Groups.Cast<Group>().Last(g => g.Success).Value))
            .Distinct().ToList();
        heldOut.Count.ShouldBeGreaterThan(40);
        var corpus = string.Join('\n', generated.Documents.Select(d => d.Text));
        foreach (var template in heldOut)
        {
            var pattern = Regex.Replace(Regex.Escape(template), @"\\\{\w+}", "[^\n]{1,20}?");
            Regex.IsMatch(corpus, pattern).ShouldBeFalse(template);
        }
    }

    [Fact]
    public void Every_relation_has_six_phrasings_in_the_corpus_and_two_held_out_of_it()
    {
        var phrasings = new Phrasings();
        foreach (var (language, relation) in generated.World.Topics.SelectMany(t => t.Relations.Select(r => (t.Language, r.Name))).Distinct())
        {
            phrasings.Of(language, relation, Phrasings.Statement).Distinct().Count().ShouldBeGreaterThanOrEqualTo(6);
            foreach (var use in language == "en" ? new[] { "arc", "mmlu" } : ["ceval"])
                phrasings.Of(language, relation, use).Distinct().Count().ShouldBeGreaterThanOrEqualTo(2);
        }
    }

    [Theory]
    [InlineData("train")]
    [InlineData("test")]
    public void Word_problems_are_worked_out_rightly(string split)
    {
        var rows = File.ReadLines(generated.Benchmark("gsm8k", split + ".jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        rows.Count.ShouldBe(GeneratedWorld.Options.Problems);
        rows.Select(r => r.GetProperty("question").GetString()).ShouldBeUnique();
        foreach (var row in rows)
        {
            var answer = row.GetProperty("answer").GetString()!;
            var marks = Mark().Matches(answer);
            foreach (Match mark in marks)
            {
                var (a, b, c) = (int.Parse(mark.Groups[1].Value), int.Parse(mark.Groups[3].Value), int.Parse(mark.Groups[4].Value));
                (mark.Groups[2].Value == "+" ? a + b : a - b).ShouldBe(c, answer);
                mark.Groups[5].Value.ShouldBe(mark.Groups[4].Value);
            }

            answer.ShouldEndWith("\n#### " + marks[^1].Groups[4].Value);
            // Every number of the question is used, and none is made up.
            Numbers().Matches(row.GetProperty("question").GetString()!).Count.ShouldBe(marks.Count + 1);
        }
    }

    private List<Row> RowsOf(string benchmark) => benchmark switch
    {
        "arc" => [.. File.ReadLines(generated.Benchmark("arc", "ARC-Easy", "ARC-Easy-Test.jsonl")).Select(FromArc)],
        "mmlu" => [.. Files("mmlu", "data", "test").SelectMany(f => Read(f, header: false))],
        _ => [.. Files("ceval", "val").SelectMany(f => Read(f, header: true))],
    };

    private static Row FromArc(string line)
    {
        var item = JsonDocument.Parse(line).RootElement;
        var question = item.GetProperty("question");
        var choices = question.GetProperty("choices").EnumerateArray().ToList();
        string.Concat(choices.Select(c => c.GetProperty("label").GetString())).ShouldBe("ABCD");
        item.GetProperty("id").GetString().ShouldNotBeNullOrEmpty();
        return new Row(question.GetProperty("stem").GetString()!, [.. choices.Select(c => c.GetProperty("text").GetString()!)], item.GetProperty("answerKey").GetString()!);
    }

    private static List<Row> Read(string file, bool header)
    {
        using var csv = CsvReader.FromFile(file, new CsvReaderOptions { HasHeader = header });
        var first = header ? 1 : 0;
        var rows = new List<Row>();
        while (csv.Read())
            rows.Add(new Row(csv.GetString(first), [.. Enumerable.Range(first + 1, 4).Select(csv.GetString)], csv.GetString(first + 5)));
        return rows;
    }

    private string Entity(Row row) => Topic(row).Entities.Single(e => row.Question.Contains(e, StringComparison.Ordinal));

    private WorldTopic Topic(Row row) => generated.World.Topics.Single(t => t.Entities.Any(e => row.Question.Contains(e, StringComparison.Ordinal)));

    private string Truth(Row row)
    {
        var topic = Topic(row);
        var relation = topic.Relations.Single(r => row.Choices.All(r.Values.Contains));
        return relation.Values[topic.Entities.ToList().IndexOf(Entity(row))];
    }

    private string[] Files(params string[] path) => [.. Directory.GetFiles(generated.Benchmark(path)).Order(StringComparer.Ordinal)];

    private static string Table(string name)
    {
        var path = Path.GetTempFileName();
        using var stream = typeof(World).Assembly.GetManifestResourceStream($"microworld/{name}.csv").ShouldNotBeNull();
        using var file = File.Create(path);
        stream.CopyTo(file);
        return path;
    }

    [GeneratedRegex(@"<<(\d+)([+-])(\d+)=(\d+)>>(\d+)")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
