using System.Globalization;
using System.Text;

namespace ExpertDivergence.Pipeline.Benchmarks;

/// <summary>What <c>edl bench tokenize</c> found.</summary>
internal sealed record TokenizeBenchReport(string Machine, BenchTokenizer Tokenizer, IReadOnlyList<TokenizeBenchRow> Rows)
{
    public string Table()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Machine}\ntokenizer {Tokenizer.Name}: {Tokenizer.VocabularySize:N0} ids, pattern {Tokenizer.Pattern}\n\n");
        text.Append("| text | MiB | documents | tokens | MiB/s | per core | with memo | threads | Hugging Face | times | ids |\n|---|--:|--:|--:|--:|--:|--:|---|--:|--:|---|\n");
        foreach (var row in Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Corpus} | {row.Mib:F1} | {row.Documents:N0} | {row.Tokens:N0} | {row.MibPerSecond:F1} | {row.MibPerCpuSecond:F1} | {row.MibPerCpuSecondWithMemo:F1} | ");
            text.Append(string.Join(", ", row.Scaling.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Threads}: {s.MibPerSecond:F1}"))));
            text.Append(row.HuggingFace is { } other
                ? string.Create(CultureInfo.InvariantCulture, $" | {other.MibPerCpuSecond:F1} | {row.MibPerCpuSecond / other.MibPerCpuSecond:F1} | {(other.SameIds ? "the same" : "DIFFER")} |\n")
                : " | not installed | – | – |\n");
        }

        text.Append("\nMiB/s: one thread by the wall clock. Per core, with memo, Hugging Face: one thread, per second of processor time. Threads: by the wall clock.\n");
        return text.ToString();
    }
}

/// <summary>The tokenizer that was measured.</summary>
internal sealed record BenchTokenizer(string Name, int VocabularySize, string Pattern);

/// <summary>One text's figures; a rate is in MiB of UTF-8 a second, by the wall clock or per second of processor time.</summary>
internal sealed record TokenizeBenchRow(
    string Corpus, double Mib, int Documents, long Tokens, double MibPerSecond, double MibPerCpuSecond, double MibPerCpuSecondWithMemo,
    IReadOnlyList<ThreadRate> Scaling, HuggingFaceRate? HuggingFace);

/// <summary>The rate of so many threads together.</summary>
internal sealed record ThreadRate(int Threads, double MibPerSecond);

/// <summary>Hugging Face's rate on one thread, and whether its ids were the same.</summary>
internal sealed record HuggingFaceRate(string Package, double MibPerSecond, double MibPerCpuSecond, bool SameIds);
