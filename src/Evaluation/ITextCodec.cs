namespace ExpertDivergence.Evaluation;

/// <summary>What evaluation asks of a tokenizer.</summary>
public interface ITextCodec
{
    /// <summary>Id of the end-of-text token. It also stands for an empty context.</summary>
    int EndOfTextId { get; }

    /// <summary>Ids of the text, no special tokens added.</summary>
    int[] Encode(string text);

    /// <summary>The text of the ids; special tokens are left out.</summary>
    string Decode(IReadOnlyList<int> ids);

    /// <summary>Number of bytes of UTF-8 text that the token stands for; 0 for the end-of-text token, which is no text.</summary>
    int ByteCount(int id);
}
