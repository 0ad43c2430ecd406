using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>One optimizer step of the PyTorch peer, as <c>eng/peer/make-reference.sh</c> recorded it.</summary>
internal sealed class PeerReference : IDisposable
{
    private readonly SafetensorsReader _reader;
    private readonly JsonNode _arguments;
    private readonly JsonNode _losses;

    public PeerReference(string name)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "ExpertDivergence.slnx")))
            root = Path.GetDirectoryName(root) ?? throw new FileNotFoundException("the repository's root was not found");
        _reader = SafetensorsReader.Open(Path.Combine(root, "tests", "Native", "Modeling", "peer", name + ".safetensors"));
        _arguments = JsonNode.Parse(_reader.Header.Metadata["arguments"])!;
        _losses = JsonNode.Parse(_reader.Header.Metadata["losses"])!;
    }

    public ModelOptions Options => new()
    {
        VocabSize = Argument("vocab"), Layers = Argument("layers"), Dim = Argument("dim"), Heads = Argument("heads"), KvHeads = Argument("kv"),
        ExpertWidth = Argument("ffn"), Experts = Argument("experts"), TopK = Argument("topk"), MaxPositions = Argument("seq"),
    };

    public double Loss(string name) => _losses[name]!.GetValue<double>();

    public double Coefficient(string name) => _arguments[name]!.GetValue<double>();

    public Tensor Tensor(string name) => _reader.Tensor(name);

    public TrainingBatch Batch()
    {
        using var scope = torch.NewDisposeScope();
        var ids = Tensor("ids");
        var domains = Array.ConvertAll(Tensor("domains").ToArray<long>(), d => (int)d);
        var lengths = Enumerable.Repeat((int)ids.size(1), (int)ids.size(0)).ToArray();
        var batch = TrainingBatch.FromRecords(Array.ConvertAll(ids.ToArray<long>(), id => (int)id), lengths, domains, domains);
        batch.Ids.DetachFromDisposeScope();
        batch.Targets.DetachFromDisposeScope();
        return batch;
    }

    /// <summary>What the peer has for one of our parameters: <c>before</c>, <c>grad</c> or <c>after</c>.</summary>
    public Tensor For(string kind, string parameter)
    {
        var parts = parameter.Split('.');
        var block = parts[0] == "model" && parts[1] == "layers" ? $"{kind}.blocks.{parts[2]}." : "";
        return (block.Length > 0 ? string.Join('.', parts[3..]) : parameter) switch
        {
            "model.embed_tokens.weight" => Tensor(kind + ".emb.weight"),
            "model.norm.weight" => Tensor(kind + ".norm.w"),
            "lm_head.weight" => Tensor(kind + ".head.weight"),
            "input_layernorm.weight" => Tensor(block + "n1.w"),
            "post_attention_layernorm.weight" => Tensor(block + "n2.w"),
            "self_attn.qkv_proj.weight" => torch.cat([Tensor(block + "att.q.weight"), Tensor(block + "att.k.weight"), Tensor(block + "att.v.weight")], 0),
            "self_attn.q_norm.weight" => Tensor(block + "att.qn.w"),
            "self_attn.k_norm.weight" => Tensor(block + "att.kn.w"),
            "self_attn.o_proj.weight" => Tensor(block + "att.o.weight"),
            "mlp.gate.weight" => Tensor(block + "moe.router.weight"),
            "mlp.experts.gate_up_proj" => Tensor(block + "moe.gate_up"),
            "mlp.experts.down_proj" => Tensor(block + "moe.down"),
            _ => throw new ArgumentException(parameter),
        };
    }

    /// <summary>Our model with the peer's weights before the step.</summary>
    public MoeTransformer Model(IExpertKernel? experts = null)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var model = MoeTransformer.Create(Options, seed: 1, experts);
        foreach (var parameter in model.Parameters)
            parameter.Value.copy_(For("before", parameter.Name));
        return model;
    }

    public TrainingLoss TrainingLoss() => new([
        new LoadBalancingLoss(new LossOptions { Coefficient = Coefficient("alpha") }),
        new DivergenceLoss(new LossOptions { Coefficient = Coefficient("beta"), Labels = "domain3", Precision = "single" }),
    ]);

    public void Dispose() => _reader.Dispose();

    private int Argument(string name) => _arguments[name]!.GetValue<int>();
}
