namespace ExpertDivergence.Data;

/// <summary>Writes the records and the index of one part of a packed set.</summary>
internal interface IPartWriter : IDisposable
{
    /// <summary>Takes the next document.</summary>
    /// <param name="domain49">Its fine domain, a position in <see cref="PackInfo.Domains49"/>.</param>
    /// <param name="tokens">Its tokens, without an end of text.</param>
    void Add(int domain49, ReadOnlySpan<int> tokens);

    /// <summary>Pads what is not full and ends the files.</summary>
    void Finish();
}
