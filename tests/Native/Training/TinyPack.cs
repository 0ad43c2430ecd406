using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Training;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>A packed set of a few sequences in four domains, one sequence of either part padded, and the sections that train on it.</summary>
public sealed class TinyPack : IDisposable
{
    private const int Length = 12, Vocabulary = 40, Sequences = 24, HeldoutSequences = 10, Padded = 5;
    private static readonly string[] s_domains49 = ["en/a", "en/b", "math", "zh/a"];
    private static readonly string[] s_domains3 = ["en", "math", "zh"];

    public TinyPack()
    {
        Directory.CreateDirectory(PackFolder);
        var tokens = WritePart("train", Sequences, new KeyedRandom(7, "tiny-pack"));
        var heldoutTokens = WritePart("heldout", HeldoutSequences, new KeyedRandom(7, "tiny-pack", "heldout"));
        File.WriteAllText(Path.Combine(PackFolder, "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(PackFolder, "pack.json"), JsonSerializer.Serialize(new
        {
            sequence_length = Length, token_bytes = 2, vocab_size = Vocabulary, end_of_text_id = 0, domains3 = s_domains3, domains49 = s_domains49,
            train = new { sequences = Sequences, tokens }, heldout = new { sequences = HeldoutSequences, tokens = heldoutTokens },
        }));
    }

    private long WritePart(string name, int sequences, KeyedRandom random)
    {
        var (records, index, tokens) = (new List<byte>(), new List<byte>(), 0L);
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            var domain = sequence % s_domains49.Length;
            var count = sequence == 3 ? Padded : Length + 1;
            for (var i = 0; i <= Length; i++)
                Append(records, i < count ? (short)(1 + (domain * 8) + random.NextInt(8)) : (short)0);
            index.AddRange(BitConverter.GetBytes(count));
            Append(index, (short)Array.IndexOf(s_domains3, s_domains49[domain].Split('/')[0]));
            Append(index, (short)domain);
            tokens += count - 1;
        }

        File.WriteAllBytes(Path.Combine(PackFolder, name + ".bin"), [.. records]);
        File.WriteAllBytes(Path.Combine(PackFolder, name + ".idx"), [.. index]);
        return tokens;
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("edl-train-").FullName;

    public string PackFolder => Path.Combine(Root, "pack");

    public string Output(string name) => Path.Combine(Root, name);

    /// <summary>A request on a tiny shape; <paramref name="train"/> overrides keys of its section.</summary>
    public PretrainRequest Request(string output, string train = "{}", string losses = """{"load_balance": {}, "divergence": {"labels": "domain49"}}""",
        long seed = 1, string arm = "edl-49")
    {
        var section = JsonNode.Parse("""
            {"steps": 9, "batch_size": 8, "warmup_steps": 2, "log_every": 2, "checkpoint_every": 3, "sampler": {"sequences_per_domain": 2}}
            """)!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(train)!.AsObject())
            section[key] = value?.DeepClone();
        return new PretrainRequest
        {
            Arm = arm,
            Seed = seed,
            Model = JsonNode.Parse("""
                {"layers": 2, "hidden_size": 16, "heads": 2, "kv_heads": 1, "head_dim": 8, "expert_size": 8, "experts": 4, "top_k": 2}
                """)!.AsObject(),
            Train = section,
            Losses = JsonNode.Parse(losses)!.AsObject(),
            PackFolder = PackFolder,
            OutputFolder = Output(output),
        };
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Append(List<byte> bytes, short value)
    {
        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteInt16LittleEndian(two, value);
        bytes.AddRange(two);
    }
}
