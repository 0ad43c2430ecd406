using System.Text.RegularExpressions;
using ExpertDivergence.Core;
using ExpertDivergence.Data.MicroWorld;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.MicroWorld;

public sealed partial class CorpusTests(GeneratedWorld generated) : IClassFixture<GeneratedWorld>
{
    [Fact]
    public void The_same_options_give_the_same_bytes_everywhere()
    {
        var folder = Directory.CreateTempSubdirectory("micro-world-golden-").FullName;
        try
        {
            MicroWorldGenerator.Write(new MicroWorldOptions { Seed = 1, Documents = 490, Problems = 8 }, folder, SilentProgress.Instance, TestContext.Current.CancellationToken);
            var hashes = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/') + ' ' + Hashing.OfFile(f))
                .Order(StringComparer.Ordinal);
            Hashing.OfText(string.Join('\n', hashes)).ShouldBe("4b5e267ef41e8c3bb2539be20963559fc45c8a6a4e62d6fdb4c424677b70ea05");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Another_seed_gives_other_facts() =>
        World.Create(1).Topics[0].Entities.ShouldNotBe(World.Create(2).Topics[0].Entities);

    [Fact]
    public void All_49_domains_have_documents_in_unequal_numbers()
    {
        var counts = generated.Documents.CountBy(d => d.Domain).ToDictionary();
        counts.Keys.Order().ShouldBe(Taxonomy().Order());
        counts.ShouldBe(generated.Summary.Domains, ignoreOrder: true);
        var topics = counts.Where(c => c.Key.StartsWith("en/", StringComparison.Ordinal)).Select(c => c.Value).ToList();
        ((double)topics.Max() / topics.Min()).ShouldBeInRange(2.0, 3.0);
        counts.Values.Sum().ShouldBeInRange(GeneratedWorld.Options.Documents - 30, GeneratedWorld.Options.Documents + 30);
    }

    // Shared: the share of a domain's word types that occur in some other domain of its language too. Words are runs of letters
    // or digits in lower case, in Chinese single characters; mathematics is written in English words and counts as English.
    [Fact]
    public void Every_domain_shares_70_percent_of_its_word_types()
    {
        foreach (var language in generated.Documents.GroupBy(d => d.Domain.StartsWith("zh/", StringComparison.Ordinal)))
        {
            var types = language.GroupBy(d => d.Domain).ToDictionary(d => d.Key, d => d.SelectMany(t => Words(t.Text)).ToHashSet());
            foreach (var (domain, own) in types)
            {
                var others = types.Where(t => t.Key != domain).SelectMany(t => t.Value).ToHashSet();
                ((double)own.Count(others.Contains) / own.Count).ShouldBeGreaterThan(0.70, domain);
            }
        }
    }

    [Fact]
    public void Names_are_unique_in_the_world()
    {
        var names = generated.World.Topics.SelectMany(t => t.Entities).ToList();
        names.Count.ShouldBe(48 * 6);
        names.ShouldBeUnique();
    }

    [Fact]
    public void Every_fact_recurs_in_several_documents_and_never_twice_in_one()
    {
        foreach (var topic in generated.World.Topics)
        {
            var texts = generated.Documents.Where(d => d.Domain == topic.Domain).Select(d => d.Text).ToList();
            for (var relation = 0; relation < topic.Relations.Count; relation++)
            for (var entity = 0; entity < topic.Entities.Count; entity++)
            {
                var fact = new WorldFact(topic, entity, relation);
                var told = texts.Select(t => Sentences(t).Count(s => Tells(s, fact))).ToList();
                told.Count(n => n > 0).ShouldBeGreaterThanOrEqualTo(3, $"{fact.Name} {topic.Relations[relation].Name}");
                told.Max().ShouldBe(1, $"{fact.Name} {topic.Relations[relation].Name}");
            }
        }
    }

    [Fact]
    public void Programs_print_what_they_say()
    {
        var programs = generated.Documents.Select(d => d.Text).Where(t => t.Contains("print(", StringComparison.Ordinal)).ToList();
        programs.Count.ShouldBeGreaterThan(50);
        foreach (var text in programs)
        {
            var variables = new Dictionary<string, int>();
            foreach (Match line in Assignment().Matches(text))
            {
                var value = int.TryParse(line.Groups[2].Value, out var number) ? number : variables[line.Groups[2].Value];
                if (line.Groups[3].Success)
                    value += (line.Groups[3].Value == "+" ? 1 : -1) * int.Parse(line.Groups[4].Value);
                variables[line.Groups[1].Value] = value;
            }

            var printed = variables[Print().Match(text).Groups[1].Value];
            Number().Matches(text)[^1].Value.ShouldBe(printed.ToString(), text);
        }
    }

    private static IEnumerable<string> Sentences(string text) => text.Split(["\n\n", ". ", "。"], StringSplitOptions.None);

    private static bool Tells(string sentence, WorldFact fact) =>
        sentence.Contains(fact.Name, StringComparison.Ordinal) && sentence.Contains(fact.Value, StringComparison.Ordinal);

    private static IEnumerable<string> Words(string text) => WordType().Matches(text.ToLowerInvariant()).Select(m => m.Value);

    private static IEnumerable<string> Taxonomy()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "data", "taxonomy", "49.csv")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return File.ReadLines(Path.Combine(folder.FullName, "data", "taxonomy", "49.csv")).Skip(1)
            .Select(line => line[0] == '"' ? line[1..line.IndexOf('"', 1)] : line[..line.IndexOf(',')]);
    }

    [GeneratedRegex(@"[\u4e00-\u9fff]|[a-z]+|[0-9]+")]
    private static partial Regex WordType();

    [GeneratedRegex(@"^([a-z]) = (\w+)(?: ([+-]) (\d+))?$", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"print\((\w)\)")]
    private static partial Regex Print();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
