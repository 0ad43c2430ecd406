using System.Collections.Frozen;

namespace ExpertDivergence.Tokenization;

/// <summary>Byte-level byte-pair encoding (Sennrich et al., 2016, over bytes as in GPT-2): text ↔ token ids, without loss.</summary>
/// <remarks>Immutable: one instance serves any number of threads. Added tokens written in a text are encoded as the text they
/// are unless asked otherwise, so that no document can forge an end of text; nothing is ever added before or behind a text.</remarks>
public sealed partial class BpeTokenizer
{
    private readonly ByteKeyTable _pieces; // the tokens that a piece becomes when it is exactly theirs
    private readonly int[] _pieceIds;
    private readonly int _longestPiece;
    private readonly MergeTable _merges;
    private readonly int[] _byteIds = new int[256];
    private readonly WholeCharacters _characters;
    private readonly int[] _tokenBytes;
    private readonly FrozenDictionary<string, AddedToken> _addedByContent;
    private readonly FrozenDictionary<int, AddedToken> _addedById;
    private readonly AddedTokenFinder _asWritten; // those looked for before normalisation
    private readonly AddedTokenFinder _asNormalized; // and after it

    /// <summary>Makes the tokenizer of a model.</summary>
    /// <exception cref="ArgumentException">A single byte has no token, or two added tokens share content or id.</exception>
    public BpeTokenizer(BpeModel model)
    {
        Model = model;
        VocabularySize = Math.Max(model.Tokens.Count, model.AddedTokens.Select(t => t.Id + 1).DefaultIfEmpty(0).Max());
        _addedByContent = model.AddedTokens.ToFrozenDictionary(t => t.Content, StringComparer.Ordinal);
        _addedById = model.AddedTokens.ToFrozenDictionary(t => t.Id);
        _asWritten = new AddedTokenFinder(model.AddedTokens.Where(t => !t.Normalized));
        _asNormalized = new AddedTokenFinder(model.AddedTokens.Where(t => t.Normalized));
        _merges = new MergeTable(model.Merges);
        _tokenBytes = new int[VocabularySize];
        Array.Fill(_byteIds, -1);
        for (var id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is not { } bytes)
                continue;
            _tokenBytes[id] = bytes.Length;
            if (bytes.Length == 1)
                _byteIds[bytes[0]] = id;
        }

        if (Array.IndexOf(_byteIds, -1) is var missing && missing >= 0)
            throw new ArgumentException($"The vocabulary has no token for the byte 0x{missing:X2}.", nameof(model));
        _characters = new WholeCharacters(model.Tokens, _byteIds, model.Merges, _merges);
        (_pieces, _pieceIds) = WholePieces();
        _longestPiece = _pieceIds.Select(id => _tokenBytes[id]).DefaultIfEmpty(0).Max();
    }

    /// <summary>What the tokenizer is made of.</summary>
    public BpeModel Model { get; }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize { get; }

    /// <summary>The added tokens, special or not.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Model.AddedTokens;

    /// <summary>What cuts texts into pieces.</summary>
    public IPreTokenizer PreTokenizer => Model.PreTokenizer;

    /// <summary>The number of bytes of text each id stands for, by id: 0 for added tokens and ids that are nobody's. For bits per byte.</summary>
    public ReadOnlySpan<int> TokenByteCounts => _tokenBytes;

    /// <summary>The number of bytes of text the token stands for; 0 for added tokens and ids that are nobody's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 … <see cref="VocabularySize"/> − 1.</exception>
    public int TokenBytes(int id)
    {
        CheckId(id);
        return _tokenBytes[id];
    }

    /// <summary>The id of an added token, or null if there is none written so.</summary>
    public int? AddedTokenId(string content) => _addedByContent.TryGetValue(content, out var token) ? token.Id : null;

    private int EncodePiece(ReadOnlySpan<byte> piece, Span<int> ids, PieceMemo? memo)
    {
        if (piece.Length <= _longestPiece && _pieces.IndexOf(piece) is var entry && entry >= 0)
        {
            ids[0] = _pieceIds[entry];
            return 1;
        }

        if (memo is null)
            return MergeBytes(piece, ids);
        if (!memo.TryGet(piece, ids, out var count))
        {
            count = MergeBytes(piece, ids);
            memo.Add(piece, ids[..count]);
        }

        return count;
    }

    private int MergeBytes(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        var count = 0;
        for (var at = 0; at < piece.Length;)
        {
            if (piece[at] >= 0xC2 && _characters.At(piece, at, out var length) is var token && token >= 0)
            {
                ids[count++] = token;
                at += length;
            }
            else
            {
                ids[count++] = _byteIds[piece[at++]];
            }
        }

        return MergeLoop.Run(_merges, ids[..count]);
    }

    // A token may stand for a whole piece without merging only where merging would end there too (or the model says so).
    private (ByteKeyTable Table, int[] Ids) WholePieces()
    {
        var table = new ByteKeyTable(Model.Tokens.Count);
        var ids = new List<int>(Model.Tokens.Count);
        var scratch = new int[Model.Tokens.Max(t => t?.Length ?? 0)];
        for (var id = 0; id < Model.Tokens.Count; id++)
        {
            if (Model.Tokens[id] is not { Length: > 0 } bytes)
                continue;
            if ((Model.IgnoreMerges || (MergeBytes(bytes, scratch) == 1 && scratch[0] == id)) && table.GetOrAdd(bytes) == ids.Count)
                ids.Add(id);
        }

        return (table, [.. ids]);
    }

    private void CheckId(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"The tokenizer has the ids 0 … {VocabularySize - 1}.");
    }
}
