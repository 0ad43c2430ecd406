using System.Text;
using ExpertDivergence.Data;

namespace ExpertDivergence.Pipeline.Benchmarks;

/// <summary>Text for a measurement: short documents joined to at least 2 KB, long ones cut after at most 20 KB.</summary>
internal sealed record BenchCorpus(string Name, IReadOnlyList<string> Texts, IReadOnlyList<byte[]> Utf8)
{
    private const int Least = 2000;
    private const int Most = 20000;

    public long Bytes => Utf8.Sum(d => (long)d.Length);

    public static BenchCorpus Read(string path, CancellationToken cancellation)
    {
        var texts = new List<string>();
        var joined = new StringBuilder();
        var bytes = 0;
        foreach (var document in new CorpusReader([path]).Read(cancellation))
        {
            foreach (var rune in (document.Text + "\n").EnumerateRunes())
            {
                joined.Append(rune.ToString());
                bytes += rune.Utf8SequenceLength;
                if (bytes > Most - 4)
                    Close();
            }

            if (bytes >= Least)
                Close();
        }

        if (bytes > 0)
            Close();
        return new BenchCorpus(Path.GetFileNameWithoutExtension(path.TrimEnd('/')), texts, [.. texts.Select(Encoding.UTF8.GetBytes)]);

        void Close()
        {
            texts.Add(joined.ToString());
            joined.Clear();
            bytes = 0;
        }
    }
}
