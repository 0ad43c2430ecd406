namespace ExpertDivergence.Data.Fetching;

/// <summary>The addresses of one repository on the hub.</summary>
internal sealed class HubAddress(FetchOptions options)
{
    private readonly string _root = options.Endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private string Kind => options.Kind == HubKind.Dataset ? "datasets" : "models";

    /// <summary>What a revision stands for: <c>sha</c>.</summary>
    public Uri Revision => new($"{_root}/api/{Kind}/{options.Repository}/revision/{Uri.EscapeDataString(options.Revision)}");

    /// <summary>The files of a commit.</summary>
    public Uri Tree(string commit) => new($"{_root}/api/{Kind}/{options.Repository}/tree/{Uri.EscapeDataString(commit)}?recursive=true&expand=false");

    /// <summary>A file's bytes.</summary>
    public Uri File(string commit, string path) => new(
        $"{_root}/{(options.Kind == HubKind.Dataset ? "datasets/" : "")}{options.Repository}/resolve/{Uri.EscapeDataString(commit)}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>The page on which a person accepts the terms of a gated repository.</summary>
    public string Page => $"{_root}/{(options.Kind == HubKind.Dataset ? "datasets/" : "")}{options.Repository}";
}
