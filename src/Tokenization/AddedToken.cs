namespace ExpertDivergence.Tokenization;

/// <summary>A token that stands for itself rather than for bytes of text, such as <c>&lt;|endoftext|&gt;</c>.</summary>
/// <param name="Content">How it is written.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it is left out when text is decoded for reading (<c>"special"</c> in <c>tokenizer.json</c>).</param>
public sealed record AddedToken(string Content, int Id, bool Special = true)
{
    /// <summary>Whether it takes the white space before it along (<c>"lstrip"</c>).</summary>
    public bool TakesSpaceBefore { get; init; }

    /// <summary>Whether it takes the white space behind it along (<c>"rstrip"</c>).</summary>
    public bool TakesSpaceBehind { get; init; }

    /// <summary>Whether it counts only where no letter, mark, digit or underscore touches it (<c>"single_word"</c>).</summary>
    public bool WholeWord { get; init; }

    /// <summary>Whether it is looked for in the normalised text rather than in the text as it is (<c>"normalized"</c>).</summary>
    public bool Normalized { get; init; }
}
