// B batch, L length.
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>One micro-batch: what goes in, what should come out, and which domain every sequence is of.</summary>
public sealed class TrainingBatch : IDisposable
{
    /// <summary>The target that stands where nothing is to be predicted.</summary>
    public const long Ignored = -100;

    private int[]? _tokenDomain3, _tokenDomain49;

    private TrainingBatch(Tensor ids, Tensor targets, int[] domain3, int[] domain49, int[]? lengths, long predicted) =>
        (Ids, Targets, Domain3, Domain49, Lengths, PredictedTokens) = (ids, targets, domain3, domain49, lengths, predicted);

    /// <summary>Input tokens, [B, L], int64.</summary>
    public Tensor Ids { get; }

    /// <summary>Next tokens, [B·L], int64; <see cref="Ignored"/> where the next token is padding.</summary>
    public Tensor Targets { get; }

    /// <summary>The domain of each sequence in the scheme of three, by number; where its tokens are of several, the one with the most.</summary>
    public IReadOnlyList<int> Domain3 { get; }

    /// <summary>The domain of each sequence in the scheme of 49, likewise.</summary>
    public IReadOnlyList<int> Domain49 { get; }

    /// <summary>How many of each sequence's L input tokens are no padding; null where none is padded.</summary>
    public IReadOnlyList<int>? Lengths { get; }

    /// <summary>The first position, counted within its sequence, that each token may attend to, [B·L], int32; null where attention goes back to
    /// the beginning of the sequence.</summary>
    public Tensor? Starts { get; private init; }

    /// <summary>How many targets are to be predicted.</summary>
    public long PredictedTokens { get; }

    /// <summary>The domains of each sequence in a scheme, <c>domain3</c> or <c>domain49</c>.</summary>
    public IReadOnlyList<int> Domains(string labels) => labels == "domain3" ? Domain3 : Domain49;

    /// <summary>The domains of the B·L input tokens in a scheme, by number; padding repeats the token before it. Null where each sequence
    /// is of one domain, so that <see cref="Domains"/> says it all.</summary>
    /// <param name="labels"><c>domain3</c> or <c>domain49</c>.</param>
    public int[]? TokenDomains(string labels) => labels == "domain3" ? _tokenDomain3 : _tokenDomain49;

    /// <summary>A number for each sequence that it keeps from step to step and epoch to epoch: what random labels are drawn from. Null where
    /// nobody gave any.</summary>
    public IReadOnlyList<ulong>? SequenceKeys { get; private init; }

    /// <summary>How many domains each scheme has, of which any may be absent here; null where nobody said.</summary>
    public (int Domain3, int Domain49)? DomainCounts { get; private init; }

    /// <summary>Builds a batch from records of L + 1 tokens.</summary>
    /// <param name="tokens">The records one after another.</param>
    /// <param name="recordLengths">Tokens of each record that are no padding, from 2 to L + 1; their number is B.</param>
    /// <param name="domain3">Domain of each record in the scheme of three.</param>
    /// <param name="domain49">Domain of each record in the scheme of 49.</param>
    /// <param name="device">Where; null for the host.</param>
    /// <param name="tokenDomain3">Domain of each of the records' tokens in the scheme of three; empty where each record is of one domain.</param>
    /// <param name="tokenDomain49">Domain of each token in the scheme of 49, likewise.</param>
    /// <param name="sequenceKeys"><see cref="SequenceKeys"/>; empty for none.</param>
    /// <param name="domainCounts"><see cref="DomainCounts"/>.</param>
    /// <param name="documentEnd">The token at which <see cref="Starts"/> cut documents off from one another; null: they see each other.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static TrainingBatch FromRecords(
        ReadOnlySpan<int> tokens, ReadOnlySpan<int> recordLengths, ReadOnlySpan<int> domain3, ReadOnlySpan<int> domain49, Device? device = null,
        ReadOnlySpan<int> tokenDomain3 = default, ReadOnlySpan<int> tokenDomain49 = default, ReadOnlySpan<ulong> sequenceKeys = default,
        (int Domain3, int Domain49)? domainCounts = null, int? documentEnd = null)
    {
        var batch = recordLengths.Length;
        if (batch == 0 || tokens.Length % batch != 0 || domain3.Length != batch || domain49.Length != batch)
            throw new ArgumentException($"{tokens.Length} tokens, {batch} lengths, {domain3.Length} and {domain49.Length} domains do not make a batch.");
        if (tokenDomain3.Length != tokenDomain49.Length || (tokenDomain3.Length != tokens.Length && !tokenDomain3.IsEmpty))
            throw new ArgumentException($"{tokens.Length} tokens cannot have {tokenDomain3.Length} and {tokenDomain49.Length} domains.");
        var record = tokens.Length / batch;
        var length = record - 1;
        var ids = new long[batch * length];
        var targets = new long[batch * length];
        var lengths = new int[batch];
        var predicted = 0L;
        for (var b = 0; b < batch; b++)
        {
            if (recordLengths[b] < 2 || recordLengths[b] > record)
                throw new ArgumentException($"Record {b} claims {recordLengths[b]} tokens of {record}.");
            predicted += recordLengths[b] - 1;
            lengths[b] = Math.Min(recordLengths[b], length);
            for (var i = 0; i < length; i++)
            {
                ids[b * length + i] = tokens[b * record + i];
                targets[b * length + i] = i + 1 < recordLengths[b] ? tokens[b * record + i + 1] : Ignored;
            }
        }

        var where = device ?? torch.CPU;
        return new TrainingBatch(
            torch.tensor(ids, [batch, length], device: where), torch.tensor(targets, [batch * length], device: where),
            domain3.ToArray(), domain49.ToArray(), lengths.All(n => n == length) ? null : lengths, predicted)
        {
            Starts = documentEnd is { } end ? torch.tensor(DocumentStarts.Of(ids, length, end), [batch * length], device: where) : null,
            _tokenDomain3 = OfInputs(tokenDomain3, lengths, record),
            _tokenDomain49 = OfInputs(tokenDomain49, lengths, record),
            SequenceKeys = sequenceKeys.IsEmpty ? null : sequenceKeys.ToArray(),
            DomainCounts = domainCounts,
        };
    }

    // Of the domains of B·(L + 1) tokens those of the L inputs of each record.
    private static int[]? OfInputs(ReadOnlySpan<int> domains, int[] lengths, int record)
    {
        if (domains.IsEmpty)
            return null;
        var length = record - 1;
        var inputs = new int[lengths.Length * length];
        for (var b = 0; b < lengths.Length; b++)
        {
            var own = domains.Slice(b * record, lengths[b]);
            own.CopyTo(inputs.AsSpan(b * length));
            inputs.AsSpan(b * length + own.Length, length - own.Length).Fill(own[^1]);
        }

        return inputs;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Ids.Dispose();
        Targets.Dispose();
        Starts?.Dispose();
    }
}
