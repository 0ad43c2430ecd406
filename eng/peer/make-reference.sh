#!/usr/bin/env bash
# Makes the PyTorch reference numbers that tests/Native/Modeling holds the model, the losses and the AdamW step against.
#
#   eng/peer/make-reference.sh PEER [PYTHON]
#
# PEER is the PyTorch program of the same model (moe_peer.py); PYTHON an interpreter with torch and numpy, Debian's by default
# (python3-torch 1.13, CPU, as committed). Three files come out, all of one optimizer step on fixed data:
#   initial.safetensors  the peer's own --dump at its initial weights, without the divergence loss in the total: there its
#                        gradient in single precision is rounding to four digits (see divergence_double in pack.py)
#   fused.safetensors    the same in widths of whole vectors, which the fused step takes
#   trained.safetensors  weights further from the start (scale_weights.py), where routing differs clearly between domains; all losses
set -euo pipefail
peer=$(realpath "$1")
python=${2:-/usr/bin/python3}
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../tests/Native/Modeling/peer
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
shape=(--layers 2 --dim 16 --heads 2 --kv 1 --ffn 8 --experts 4 --topk 2 --vocab 32 --seq 8 --batch 6 --domains 3 --threads 1)
mkdir -p "$out"
"$python" "$peer" "${shape[@]}" --beta 0 --dump "$work/initial"
"$python" "$here/pack.py" "$peer" "$work/initial" "$out/initial.safetensors"
"$python" "$here/scale_weights.py" "$peer" "${shape[@]}" --beta 0.01 --dump "$work/trained"
"$python" "$here/pack.py" "$peer" "$work/trained" "$out/trained.safetensors"
wide=(--layers 2 --dim 32 --heads 2 --kv 1 --ffn 16 --experts 4 --topk 2 --vocab 40 --seq 7 --batch 5 --domains 3 --threads 1)
"$python" "$here/scale_weights.py" "$peer" "${wide[@]}" --beta 0.01 --dump "$work/fused"
"$python" "$here/pack.py" "$peer" "$work/fused" "$out/fused.safetensors"
