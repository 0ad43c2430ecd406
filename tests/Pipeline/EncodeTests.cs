using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>The verbs encode, decode and bench tokenize as a user pipes them.</summary>
public sealed class EncodeTests
{
    private static readonly string s_ranks = Path.Combine(Edl.Root, "tests", "Unit", "Tokenization", "Golden", "small.tiktoken");

    [Fact]
    public void Many_lines_come_back_in_order()
    {
        var lines = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{{\"text\":\"line {i}: the experts, 专家 {i * 7919L}\"}}\n"));
        var ids = Piped(lines, "encode", "--tokenizer", s_ranks, "--pattern", "qwen2");
        ids.ExitCode.ShouldBe(0, ids.Errors);
        var back = Piped(ids.Output, "decode", "--tokenizer", s_ranks, "--pattern", "qwen2");
        back.ExitCode.ShouldBe(0, back.Errors);
        (back.Output == lines).ShouldBeTrue("the lines differ");
    }

    [Fact]
    public void A_bad_line_is_named_however_many_come_before_it()
    {
        var good = string.Concat(Enumerable.Repeat("{\"ids\":[65,66,67]}\n", 100_000));
        var outcome = Piped(good + "\n{\"ids\":[1200]}\n", "decode", "--tokenizer", s_ranks, "--pattern", "gpt2");
        outcome.ExitCode.ShouldBe(1);
        outcome.Errors.ShouldContain("standard input:100002: there is no token 1200");
        outcome.Output.Count(c => c == '\n').ShouldBe(100_000);
    }

    [Fact]
    public void A_rank_file_whose_name_says_nothing_needs_a_pattern()
    {
        var outcome = Piped("", "encode", "--tokenizer", s_ranks);
        outcome.ExitCode.ShouldBe(2);
        outcome.Errors.ShouldContain("--pattern");
    }

    [Fact]
    public void The_speed_of_encoding_is_measured()
    {
        var file = Path.Combine(Edl.NewFolder(), "a.jsonl");
        File.WriteAllText(file, string.Concat(Enumerable.Range(0, 200).Select(i => $"{{\"text\":\"The experts of layer {i} diverge.\"}}\n")));
        var outcome = Edl.Run("bench", "tokenize", "--in", file, "--tokenizer", s_ranks, "--pattern", "qwen2", "--rounds", "1", "--threads", "2", "--json");
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        var row = JsonNode.Parse(outcome.Output)!["rows"]![0]!;
        ((double)row["mib_per_second"]!).ShouldBeGreaterThan(0);
        row["scaling"]!.AsArray().Select(s => (int)s!["threads"]!).ShouldBe([1, 2]);
    }

    private static Edl.Outcome Piped(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Edl.Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var writer = Task.Run(() =>
        {
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It refused and ended before it had read all.
            }
        });
        var outcome = Edl.End(process);
        writer.Wait();
        return outcome;
    }
}
