using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl tokenize</c>: labelled documents to token shards, with a tokenizer given or trained on them.</summary>
internal static class TokenizeVerb
{
    public static Command Create()
    {
        var input = new Option<string>("--in") { Description = "Folder that the verb label wrote.", Required = true };
        return StageOptions.Verb("tokenize", "Encode labelled documents to Parquet shards of tokens; train the tokenizer unless one is given.", [input], call =>
        {
            var folder = call.Value(input);
            var stage = call.Begin(StageCatalog.Tokenize).Reads("documents", folder, verify: true);
            var tokenizer = Tokenizer(call, folder);
            var file = Path.Combine(stage.Folder, "tokenizer.json");
            TokenizerJson.Write(file, tokenizer);
            int[] encode(string text) => [.. tokenizer.EncodeToIds(text)];
            var report = new CorpusTokenizer(encode, new TokenizerIdentity("byte-level BPE", Hashing.OfFile(file)), Environment.ProcessorCount)
                .Run(folder, stage.Folder, call.Progress, call.Cancellation);
            stage.Commit(call.Key);
            call.Progress.Note($"{report.Total.Documents:N0} documents, {report.Total.Tokens:N0} tokens of {report.Total.Bytes:N0} bytes");
            return Task.CompletedTask;
        });
    }

    private static BpeTokenizer Tokenizer(StageCall call, string folder)
    {
        if (call.Recipe.Text("tokenizer.file") is { Length: > 0 } given)
            return WithEndOfText(TokenizerFiles.Read(given, otherwise: call.Recipe.Text("tokenizer.pattern")), call);
        var trained = BpeTrainer.Train(DocumentShards.Read(folder).Select(d => d.Text), OptionsOf(call.Recipe), call.Progress, call.Cancellation);
        if (!trained.Reached)
            call.Progress.Note($"the corpus gives {trained.Tokenizer.VocabularySize} tokens, not the {trained.RequestedVocabularySize} asked for; going on with those");
        return trained.Tokenizer;
    }

    // Documents are joined with this token, so one that is given without it gets it behind its last id.
    private static BpeTokenizer WithEndOfText(BpeTokenizer tokenizer, StageCall call)
    {
        if (tokenizer.AddedTokenId(EndOfText) is not null)
            return tokenizer;
        call.Progress.Note($"the tokenizer has no {EndOfText}; it gets the id {tokenizer.VocabularySize}");
        return new BpeTokenizer(tokenizer.Model with { AddedTokens = [.. tokenizer.AddedTokens, new AddedToken(EndOfText, tokenizer.VocabularySize)] });
    }

    internal static BpeTrainerOptions OptionsOf(Recipe recipe) => new()
    {
        VocabularySize = (int)recipe.Integer("tokenizer.vocab_size"),
        Pattern = recipe.Text("tokenizer.pattern"),
        SpecialTokens = [EndOfText],
    };

    /// <summary>The token that joins documents.</summary>
    internal const string EndOfText = "<|endoftext|>";

    /// <summary>The id of the end-of-text token of a tokenizer.</summary>
    internal static int EndOfTextId(BpeTokenizer tokenizer, string file) => tokenizer.AddedTokenId(EndOfText)
        ?? throw new InputException(file, null, $"this tokenizer has no {EndOfText} token", "Give one that has it, or let the recipe train one.");
}
