using System.Text;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>What goes wrong ends with one clear sentence, the right exit code, and nothing half-written taken for finished.</summary>
public sealed class BadInputTests
{
    private readonly string _corpus = Edl.NewFolder();
    private readonly string _out = Path.Combine(Edl.NewFolder(), "out");

    [Fact]
    public void An_unknown_verb_names_the_nearest() => Refused(2, "'pretrain'", "pretrian");

    [Fact]
    public void An_unknown_recipe_names_the_nearest() => Refused(2, "'smoke'", "explain", "smoek");

    [Fact]
    public void An_unknown_key_names_the_nearest() => Refused(2, "train.steps", "explain", "spark", "--set", "train.stepz=1");

    [Fact]
    public void More_experts_a_token_than_experts_is_refused() => Refused(2, "model.top_k: a token cannot go to 9 of 4 experts", "run", "spark", "--set", "model.top_k=9");

    [Fact]
    public void A_recipe_without_a_corpus_says_how_to_give_one() => Refused(2, "--corpus=DIR", "run", "real-mini");

    [Fact]
    public void An_empty_corpus() => RefusedCorpus("the corpus is empty", "");

    [Fact]
    public void A_corpus_with_one_domain() => RefusedCorpus("at least two domains", Line("one", "en/Games") + Line("two", "en/Games"));

    [Fact]
    public void A_line_that_is_not_JSON() => RefusedCorpus("a.jsonl:2:", Line("one", "en/Games") + "{\"text\": \n" + Line("two", "math"));

    [Fact]
    public void Invalid_UTF8()
    {
        File.WriteAllBytes(Path.Combine(_corpus, "a.jsonl"), [.. Encoding.UTF8.GetBytes(Line("one", "en/Games") + "{\"text\": \"a"), 0xC3, 0x28, .. "\"}\n"u8]);
        Refused(1, "a.jsonl:2:", "label", "--in", _corpus, "--out", _out);
    }

    [Fact]
    public void A_label_without_a_mapping_names_it_and_the_nearest() => RefusedCorpus("en/Gamez", Line("one", "math") + Line("two", "en/Gamez"));

    [Fact]
    public void A_corpus_folder_that_is_not_there() => Refused(2, "nowhere", "label", "--in", "/nowhere", "--out", _out);

    [Fact]
    public void A_folder_that_no_stage_wrote() => Refused(1, "manifest.json", "tokenize", "--in", _corpus, "--out", _out);

    [Fact]
    public void A_fetch_offline_without_anything_there() => Refused(1, "nothing of it has been fetched", "fetch", "owner/data", "--offline", "--out", _out);

    [Fact]
    public void A_document_longer_than_any_sequence_is_cut_and_not_lost()
    {
        var text = string.Join(' ', Enumerable.Range(0, 3000).Select(i => $"word{i}"));
        File.WriteAllText(Path.Combine(_corpus, "a.jsonl"), Line(text, "en/Games") + Line("short", "en/Games") + Line("1 + 1 = 2", "math") + Line("2 + 2 = 4", "math"));
        string folder(string name) => Path.Combine(_out, name);
        Done("label", "--in", _corpus, "--out", folder("label"));
        Done("tokenize", "--in", folder("label"), "--out", folder("tokens"), "--set", "tokenizer.vocab_size=300");
        Done("pack", "--in", folder("tokens"), "--out", folder("packed"), "--set", "pack.sequence_length=32");
        var tokenized = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder("tokens"), "report.json")))!["total"]!["tokens"]!.GetValue<long>();
        var packed = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder("packed"), "pack.json")))!;
        // Each document's tokens are predicted once, and one end-of-text for each.
        (packed["train"]!["tokens"]!.GetValue<long>() + packed["heldout"]!["tokens"]!.GetValue<long>()).ShouldBe(tokenized + 4);
    }

    [Fact]
    public void A_full_disk_is_told_and_leaves_nothing_that_looks_finished()
    {
        var disk = Edl.NewFolder();
        var script = $"mount -t tmpfs -o size=256k tmpfs {disk} && exec dotnet {Edl.Program} microworld --out {disk}/out";
        using var process = Edl.Start("unshare", ["-rm", "sh", "-c", script + $"; exit $?"], null);
        var outcome = Edl.End(process);
        if (outcome.Errors.Contains("unshare failed", StringComparison.Ordinal) || outcome.Errors.Contains("mount:", StringComparison.Ordinal))
            Assert.Skip("this machine allows no small disk of a test's own (unshare, mount)");
        outcome.ExitCode.ShouldBe(1, outcome.Errors);
        outcome.Errors.ShouldContain("the disk is full");
        outcome.Errors.ShouldNotContain("   at ");
    }

    private static string Line(string text, string label) => $"{{\"text\": \"{text}\", \"label\": \"{label}\"}}\n";

    private static void Done(params string[] arguments)
    {
        var outcome = Edl.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
    }

    private void RefusedCorpus(string part, string lines)
    {
        File.WriteAllText(Path.Combine(_corpus, "a.jsonl"), lines);
        Refused(1, part, "label", "--in", _corpus, "--out", _out);
    }

    private void Refused(int exitCode, string part, params string[] arguments)
    {
        var outcome = Edl.Run(arguments);
        outcome.ExitCode.ShouldBe(exitCode, outcome.Errors);
        outcome.Errors.ShouldContain(part);
        outcome.Errors.ShouldNotContain("   at ");
        Directory.Exists(_out).ShouldBeFalse();
    }
}
