using System.Text;

namespace ExpertDivergence.Data;

/// <summary>The list of everything left out, written as it happens, so that nothing is lost without a trace.</summary>
internal sealed class LeftOutList : IDisposable
{
    private readonly LeftOut _leftOut;
    private readonly StreamWriter _writer;

    public LeftOutList(LeftOut leftOut, string path)
    {
        _leftOut = leftOut;
        _writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        _writer.WriteLine("file,line,reason,message");
        leftOut.Listener = example => _writer.WriteLine(FormattableString.Invariant(
            $"{Quoted(example.File)},{example.Line},{example.Reason},{Quoted(example.Message)}"));
    }

    public void Dispose()
    {
        _leftOut.Listener = null;
        _writer.Dispose();
    }

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
