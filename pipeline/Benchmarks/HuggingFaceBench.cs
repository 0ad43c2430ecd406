using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Benchmarks;

/// <summary>Hugging Face's native encoder on the same documents, by a script under Node.js; null where its npm package is not installed.</summary>
internal static class HuggingFaceBench
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Folder { get; } = Path.Combine(Repository.Root, "benchmarks", "tokenize");

    public static HuggingFaceRate? Measure(BpeTokenizer tokenizer, BenchCorpus corpus, string idsHash, int rounds)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
            return null;
        var folder = Directory.CreateTempSubdirectory("edl-bench-");
        try
        {
            var (file, documents) = (Path.Combine(folder.FullName, "tokenizer.json"), Path.Combine(folder.FullName, "documents.jsonl"));
            TokenizerJson.Write(file, tokenizer);
            File.WriteAllLines(documents, corpus.Texts.Select(t => JsonSerializer.Serialize(t, s_line)));
            var start = new ProcessStartInfo("node", ["huggingface.mjs", file, documents, rounds.ToString(CultureInfo.InvariantCulture)])
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                return null;
            var answer = JsonDocument.Parse(output).RootElement;
            return new HuggingFaceRate(answer.GetProperty("package").GetString()!, answer.GetProperty("mib_per_second").GetDouble(),
                answer.GetProperty("mib_per_cpu_second").GetDouble(), answer.GetProperty("ids_sha256").GetString() == idsHash);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no Node.js
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
