using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>A vocabulary as JSON gives it: names in GPT-2's byte alphabet and their ids.</summary>
internal sealed class NamedTokens
{
    private readonly string _file;
    private readonly string _vocabulary;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <param name="file">The file, for errors.</param>
    /// <param name="name">What the file calls the vocabulary, for errors.</param>
    /// <param name="vocabulary">The object of names and ids.</param>
    /// <param name="added">Added tokens; entries with their ids are left out, for those are not bytes.</param>
    /// <exception cref="InputException">An id or name cannot be.</exception>
    public NamedTokens(string file, string name, JsonElement vocabulary, IReadOnlyList<AddedToken> added)
    {
        (_file, _vocabulary) = (file, name);
        var notBytes = added.Select(t => t.Id).ToHashSet();
        foreach (var entry in vocabulary.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id is < 0 or > 1 << 24)
                throw TokenizerErrors.Damaged(file, null, $"{name}: the id of '{entry.Name}' is not a whole number from 0 to {1 << 24}");
            if (!notBytes.Contains(id))
                _ids[entry.Name] = id;
        }

        if (_ids.Count == 0)
            throw TokenizerErrors.Damaged(file, null, $"{name} is empty");
        Bytes = new byte[]?[_ids.Values.Max() + 1];
        foreach (var (token, id) in _ids)
        {
            if (Bytes[id] is not null)
                throw TokenizerErrors.Damaged(file, null, $"{name} gives the id {id} to two tokens, '{token}' one of them");
            Bytes[id] = ByteAlphabet.Read(token)
                ?? throw TokenizerErrors.Unsupported(file, $"the token '{token}' (id {id}) is not written in GPT-2's byte alphabet");
        }
    }

    /// <summary>The bytes of every token by id.</summary>
    public byte[]?[] Bytes { get; }

    /// <summary>The merge of two tokens.</summary>
    /// <param name="left">The left one's name.</param>
    /// <param name="right">The right one's name.</param>
    /// <param name="rank">The merge's rank.</param>
    /// <param name="where">Where the merge stands, for errors.</param>
    /// <exception cref="InputException">One of them, or what they make, has no id.</exception>
    public Merge Merge(string left, string right, int rank, string where)
    {
        return new Merge(Id(left), Id(right), Id(left + right), rank);

        int Id(string token) => _ids.TryGetValue(token, out var id)
            ? id
            : throw TokenizerErrors.Damaged(_file, null, $"{where} ('{left}' + '{right}') needs the token '{token}', which {_vocabulary} lacks");
    }
}
