namespace ExpertDivergence.Tokenization;

/// <summary>A token that stands for itself rather than for bytes of text, such as <c>&lt;|endoftext|&gt;</c>.</summary>
/// <param name="Content">How it is written.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Whether it is left out when text is decoded for reading (<c>"special"</c> in <c>tokenizer.json</c>).</param>
public sealed record AddedToken(string Content, int Id, bool Special = true);
