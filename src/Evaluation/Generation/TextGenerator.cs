using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>A generated text.</summary>
/// <param name="Tokens">The new tokens, without end-of-text.</param>
/// <param name="Text">Their text, without the prompt.</param>
/// <param name="EndOfText">Whether the model ended it, rather than the limit.</param>
public sealed record GeneratedText(IReadOnlyList<int> Tokens, string Text, bool EndOfText);

/// <summary>Continues a prompt by sampling, one token at a time.</summary>
public static class TextGenerator
{
    /// <summary>Generates until end-of-text or the limit; the model sees the last tokens that it can read.</summary>
    /// <param name="model">What generates.</param>
    /// <param name="codec">Its tokenizer.</param>
    /// <param name="prompt">May be empty: the text then begins after an end-of-text token.</param>
    /// <param name="options">Temperature, cuts, seed.</param>
    /// <param name="progress">Hears of every token.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    public static GeneratedText Generate(
        ILanguageModel model,
        ITextCodec codec,
        string prompt,
        SamplingOptions options,
        IProgressListener progress,
        CancellationToken cancellation = default)
    {
        options.Validated();
        var random = new KeyedRandom(options.Seed, "generate");
        var tokens = codec.Encode(prompt).ToList();
        var begin = tokens.Count;
        var ended = false;
        while (!ended && tokens.Count - begin < options.MaxNewTokens)
        {
            cancellation.ThrowIfCancellationRequested();
            var logits = model.NextTokenLogits([Window(codec, tokens, model.MaximumLength)])[0];
            var token = Sampler.Draw(logits, options, random);
            ended = token == codec.EndOfTextId;
            if (!ended)
                tokens.Add(token);
            progress.Report(new ProgressUpdate("generate", tokens.Count - begin, options.MaxNewTokens, "tokens"));
        }

        var generated = tokens.Skip(begin).ToList();
        return new GeneratedText(generated, codec.Decode(generated), ended);
    }

    /// <summary>The last tokens that a model can read, or the end-of-text token where there are none.</summary>
    internal static int[] Window(ITextCodec codec, IReadOnlyCollection<int> tokens, int maximumLength) =>
        tokens.Count == 0 ? [codec.EndOfTextId] : [.. tokens.Skip(tokens.Count - maximumLength)];
}
