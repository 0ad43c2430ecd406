#!/usr/bin/env python3
"""Proves that a checkpoint of this project is one of transformers' models (Qwen3-MoE; with a biased sigmoid router and shared experts, dots.llm1).

    python3 eng/check-transformers.py FOLDER [--ids 1,2,3] [--edl ./edl]

1. Names, shapes and types of model.safetensors (or its shards) against what config.json asks for: needs nothing but Python.
2. transformers loads the folder with no key missing, unexpected or of another shape.
3. The scores of every next token are those of `edl logits`.
4. What transformers saves again, edl reads: the same scores.

Ends with 0 when all four hold, 1 when one does not, 3 when only a part could be checked because something is not installed.
For steps 2 to 4: pip install "transformers>=4.51" torch
"""
import argparse
import array
import json
import os
import struct
import subprocess
import sys
import tempfile

DONE, DIFFERENT, WRONG_USAGE, IN_PART = 0, 1, 2, 3
FLOATS = ("initializer_range", "rms_norm_eps", "rope_theta", "router_aux_loss_coef", "routed_scaling_factor")  # transformers 5 refuses an integer there
TOLERANCE = 1e-4  # of the largest score; two orders of float32 summation differed by 1e-6 of it at most


def expected(config):
    """Name -> shape of every weight that transformers saves for a configuration."""
    dim, heads = config["hidden_size"], config["num_attention_heads"]
    head = config.get("head_dim") or dim // heads
    key_value = config.get("num_key_value_heads") or heads
    experts = config.get("n_routed_experts") or config.get("num_experts") or config["num_local_experts"]
    width = config["moe_intermediate_size"]
    shared = (config.get("n_shared_experts") or 0) * (config.get("shared_expert_intermediate_size") or width)
    biased = config["model_type"] == "dots1" or config.get("topk_method") == "noaux_tc"
    dense = set(config.get("mlp_only_layers") or range(config.get("first_k_dense_replace") or 0))
    weights = {"model.embed_tokens.weight": [config["vocab_size"], dim], "model.norm.weight": [dim], "lm_head.weight": [config["vocab_size"], dim]}

    def network(name, inner):
        weights[name + ".gate_proj.weight"] = [inner, dim]
        weights[name + ".up_proj.weight"] = [inner, dim]
        weights[name + ".down_proj.weight"] = [dim, inner]

    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        weights[prefix + "input_layernorm.weight"] = [dim]
        weights[prefix + "post_attention_layernorm.weight"] = [dim]
        weights[prefix + "self_attn.q_proj.weight"] = [heads * head, dim]
        weights[prefix + "self_attn.k_proj.weight"] = [key_value * head, dim]
        weights[prefix + "self_attn.v_proj.weight"] = [key_value * head, dim]
        weights[prefix + "self_attn.o_proj.weight"] = [dim, heads * head]
        weights[prefix + "self_attn.q_norm.weight"] = [head]
        weights[prefix + "self_attn.k_norm.weight"] = [head]
        if layer in dense:
            network(prefix + "mlp", config["intermediate_size"])
            continue
        weights[prefix + "mlp.gate.weight"] = [experts, dim]
        if biased:
            weights[prefix + "mlp.gate.e_score_correction_bias"] = [experts]
        if shared:
            network(prefix + "mlp.shared_experts", shared)
        for expert in range(experts):
            network(f"{prefix}mlp.experts.{expert}", width)
    return weights


def read_header(path):
    """The entries of a safetensors file and where its data begins."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        if length > os.path.getsize(path) - 8:
            raise ValueError("the header is longer than the file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


def read_weights(folder):
    """The entries of model.safetensors, or of the shards that its index lists where there is no such file."""
    single, index = os.path.join(folder, "model.safetensors"), os.path.join(folder, "model.safetensors.index.json")
    if os.path.exists(single) or not os.path.exists(index):
        return read_header(single)[0]
    with open(index, encoding="utf-8") as file:
        places = json.load(file)["weight_map"]
    entries = {}
    for shard in sorted(set(places.values())):
        entries.update(read_header(os.path.join(folder, shard))[0])
    return entries


def read_logits(path):
    header, start = read_header(path)
    entry = header["logits"]
    with open(path, "rb") as file:
        file.seek(start + entry["data_offsets"][0])
        values = array.array("f", file.read(entry["data_offsets"][1] - entry["data_offsets"][0]))
    return values, entry["shape"]


def check_names(folder, config):
    found = read_weights(folder)
    wanted = expected(config)
    dtype = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}[config.get("torch_dtype") or config.get("dtype") or "float32"]
    problems = [f"config.json: {key} is {config[key]}, transformers wants a number with a point" for key in FLOATS if isinstance(config.get(key), int)]
    problems += [f"missing: {name}" for name in sorted(wanted.keys() - found.keys())]
    problems += [f"unexpected: {name}" for name in sorted(found.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & found.keys()):
        if found[name]["shape"] != wanted[name]:
            problems.append(f"{name} has the shape {found[name]['shape']}, transformers expects {wanted[name]}")
        if found[name]["dtype"] != dtype:
            problems.append(f"{name} has the type {found[name]['dtype']}, config.json says {dtype}")
    for problem in problems[:20]:
        print(problem)
    print(f"names, shapes, types: {'OK' if not problems else str(len(problems)) + ' problems'} ({len(found)} tensors)")
    return not problems


def load(folder, transformers):
    try:
        model, info = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    except Exception as error:  # of whatever kind: it is the answer
        print(f"transformers {transformers.__version__} refuses it: {type(error).__name__}: {error}")
        return None
    problems = {key: sorted(map(str, info.get(key) or [])) for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")}
    problems = {key: values for key, values in problems.items() if values}
    print(f"transformers {transformers.__version__} loads it: {'OK' if not problems else problems}")
    return None if problems else model.eval()


def our_logits(folder, ids, edl, torch):
    """The scores of `edl logits`, or None with the reason printed."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "logits.safetensors")
        try:
            done = subprocess.run([edl, "logits", "--model", folder, "--ids", ",".join(map(str, ids)), "--out", path], capture_output=True, text=True)
            if done.returncode != 0:
                raise OSError(done.stderr.strip())
        except OSError as error:
            print(f"scores: not compared, {edl} could not be run: {error}")
            return None
        values, shape = read_logits(path)
    return torch.tensor(values).view(shape)


def check_logits(ours, theirs, what):
    difference, largest = (ours - theirs).abs().max().item(), theirs.abs().max().item()
    same = difference <= TOLERANCE * largest  # false for not-a-number
    print(f"{what}: {'OK' if same else 'DIFFERENT'}, largest difference {difference:.3g} of scores up to {largest:.3g}")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a folder that edl pretrain wrote, or one of its checkpoints/step-N")
    parser.add_argument("--ids", help="token ids to compare scores on; default: sixteen that depend on the vocabulary's size alone")
    parser.add_argument("--edl", default=os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "edl"), help="the program edl")
    arguments = parser.parse_args()
    try:
        with open(os.path.join(arguments.folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        names = check_names(arguments.folder, config)
    except (OSError, ValueError, KeyError, struct.error) as error:
        print(f"{arguments.folder} is no checkpoint: {error!r}", file=sys.stderr)
        return WRONG_USAGE
    if not names:
        return DIFFERENT
    if config["model_type"] not in ("qwen3_moe", "dots1"):
        print(f"not checked further: transformers has no architecture {config['model_type']}")
        return IN_PART
    try:
        import torch
        import transformers
    except ImportError as error:
        print(f"not checked: whether transformers loads it and scores alike ({error}). Type: pip install \"transformers>=4.51\" torch")
        return IN_PART
    ids = [int(i) for i in arguments.ids.split(",")] if arguments.ids else [(7 + 13 * i) % config["vocab_size"] for i in range(min(16, config["max_position_embeddings"]))]
    model = load(arguments.folder, transformers)
    if model is None:
        return DIFFERENT
    ours = our_logits(arguments.folder, ids, arguments.edl, torch)
    if ours is None:
        return IN_PART
    with torch.no_grad():
        alike = check_logits(ours, model(torch.tensor([ids])).logits[0].float(), f"scores of {len(ids)} tokens")
    with tempfile.TemporaryDirectory() as saved:
        model.save_pretrained(saved)
        again = our_logits(saved, ids, arguments.edl, torch)
    alike &= again is not None and check_logits(ours, again, "scores of what transformers saved again")
    return DONE if alike else DIFFERENT


if __name__ == "__main__":
    sys.exit(main())
