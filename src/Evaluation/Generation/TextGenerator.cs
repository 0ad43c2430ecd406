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
        var generated = new List<int>();
        using var decoding = model.Decode([Begin(codec, codec.Encode(prompt))]);
        var ended = false;
        while (!ended && generated.Count < options.MaxNewTokens)
        {
            cancellation.ThrowIfCancellationRequested();
            var token = Sampler.Draw(decoding.NextTokenLogits()[0], options, random);
            ended = token == codec.EndOfTextId;
            if (!ended)
            {
                generated.Add(token);
                decoding.Append([token]);
            }

            progress.Report(new ProgressUpdate("generate", generated.Count, options.MaxNewTokens, "tokens"));
        }

        return new GeneratedText(generated, codec.Decode(generated), ended);
    }

    /// <summary>The tokens that a text begins with: the prompt's, or end-of-text where there are none.</summary>
    internal static int[] Begin(ITextCodec codec, int[] prompt) => prompt.Length == 0 ? [codec.EndOfTextId] : prompt;
}
