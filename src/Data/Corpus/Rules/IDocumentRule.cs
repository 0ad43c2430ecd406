namespace ExpertDivergence.Data;

/// <summary>Why a good document is left out all the same.</summary>
/// <param name="Reason">The reason's key in <see cref="LeftOut"/>.</param>
/// <param name="Message">The reason in words.</param>
public readonly record struct DocumentRefusal(string Reason, string Message);

/// <summary>A rule that documents must pass to be kept. It sees them in the corpus's order and may remember them; one thread uses it.</summary>
public interface IDocumentRule
{
    /// <summary>Why the document is left out; null: it passes.</summary>
    DocumentRefusal? Refuse(CorpusDocument document);
}
