using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>Corpora in other forms than a folder of JSONL, through the program.</summary>
public sealed class CorpusTests
{
    private const string Csv = "content,label\n\"one, two\",math\nthree,en/Games\nthree,en/Games\n";

    private readonly string _corpus = Edl.NewFolder();
    private readonly string _out = Path.Combine(Edl.NewFolder(), "out");

    [Fact]
    public void Standard_input_is_labelled_and_hashed()
    {
        var outcome = Edl.End(Edl.Start("sh", ["-c", $"printf '%s\\n' '{Line("one", "math")}' '{Line("two", "en/Games")}' | dotnet {Edl.Program} label --in - --out {_out}"], null));
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        Report()["kept"]!.GetValue<int>().ShouldBe(2);
        Manifest()["inputs"]![0]!["sha256"]!.GetValue<string>()
            .ShouldBe(Core.Hashing.OfText(Line("one", "math") + "\n" + Line("two", "en/Games") + "\n"));
    }

    [Fact]
    public void A_table_with_columns_of_other_names_has_the_key_that_the_graph_gives_it()
    {
        File.WriteAllText(Path.Combine(_corpus, "a.csv"), Csv);
        Done("label", "--recipe", "real-mini", "--set", "labels.fields.text=content", "--set", "labels.duplicates=drop", "--in", _corpus, "--out", _out);
        var left = Report()["left_out"]!;
        left["by_reason"]!.ToJsonString().ShouldBe("""{"duplicate":1}""");
        File.ReadAllLines(Path.Combine(_out, "left-out.csv")).ShouldContain("a.csv,4,duplicate,an earlier document has the same text.");

        var recipe = RecipeLibrary.Resolve("real-mini", RecipeArguments.Overrides(["labels.fields.text=content", "labels.duplicates=drop"], _corpus, null));
        Manifest()["key"]!.GetValue<string>().ShouldBe(new PipelineGraph(recipe, new Workspace(Edl.NewFolder()), "t")["Label"].Key);
    }

    [Fact]
    public void A_compressed_file_that_is_cut_ends_the_run_with_its_name()
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(Line("one", "math") + "\n" + Line("two", "en/Games") + "\n"));
        File.WriteAllBytes(Path.Combine(_corpus, "a.jsonl.gz"), memory.ToArray()[..^4]);
        var outcome = Edl.Run("label", "--in", _corpus, "--out", _out);
        outcome.ExitCode.ShouldBe(1, outcome.Errors);
        outcome.Errors.ShouldContain("a.jsonl.gz: the compressed file is damaged");
        Directory.Exists(_out).ShouldBeFalse();
    }

    [Fact]
    public void A_flipped_bit_of_a_shard_is_noticed()
    {
        File.WriteAllText(Path.Combine(_corpus, "a.csv"), Csv);
        Done("label", "--set", "labels.fields.text=content", "--in", _corpus, "--out", _out);
        var shard = Path.Combine(_out, "documents-00000.parquet");
        var bytes = File.ReadAllBytes(shard);
        bytes[20] ^= 1;
        File.WriteAllBytes(shard, bytes);
        var outcome = Edl.Run("tokenize", "--in", _out, "--out", _out + "-tokens");
        outcome.ExitCode.ShouldBe(1, outcome.Errors);
        outcome.Errors.ShouldContain("documents-00000.parquet has changed since it was written");
    }

    private static string Line(string text, string label) => $"{{\"text\": \"{text}\", \"label\": \"{label}\"}}";

    private static void Done(params string[] arguments)
    {
        var outcome = Edl.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
    }

    private JsonNode Report() => JsonNode.Parse(File.ReadAllText(Path.Combine(_out, "report.json")))!;

    private JsonNode Manifest() => JsonNode.Parse(File.ReadAllText(Path.Combine(_out, "manifest.json")))!;
}
