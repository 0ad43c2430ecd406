#!/bin/sh
# Checks on a machine with a GPU that the program computes there what it computes on the host, and how fast it trains there.
#
#   eng/gpu-check.sh [--edl FOLDER] [--peer FILE] [--work FOLDER] [--batch N] [--rounds N] [--peak-tflops N]
#
#   --edl FOLDER       a self-contained publish of edl, for machines without .NET; without it, one is published here:
#                      dotnet publish pipeline -c Release -r linux-x64 --self-contained
#   --peer FILE        the PyTorch program of the same model, timed beside ours with and without --compile
#   --work FOLDER      what is built and written (default: artifacts/gpu-check)
#   --batch N          sequences a step (default 2)
#   --rounds N         how often each program is timed, in turns (default 3)
#   --peak-tflops N    the card's peak in dense bfloat16 (default 989, an H100 SXM)
#
# Needed: a GPU with its driver, a PyTorch 2.x with CUDA (its libtorch and headers are built against; PYTHON names the interpreter,
# LIBTORCH another libtorch), cmake, g++. No nvcc. What was done stands in FOLDER/report.txt; exit code 0 only where every number holds.
set -eu

fail() {
    echo "gpu-check: $1" >&2
    echo "           $2" >&2
    exit 1
}

here=$(cd "$(dirname "$0")/.." && pwd)
edl='' peer='' work=$here/artifacts/gpu-check batch=2 rounds=3 peak=989
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || fail "$1 needs a value, or is no option" "See the head of $0."
    case $1 in
    --edl) edl=$2 ;;
    --peer) peer=$2 ;;
    --work) work=$2 ;;
    --batch) batch=$2 ;;
    --rounds) rounds=$2 ;;
    --peak-tflops) peak=$2 ;;
    *) fail "there is no option $1" "See the head of $0." ;;
    esac
    shift 2
done
smi=${NVIDIA_SMI:-nvidia-smi}
python=${PYTHON:-python3}

# What must be there, before anything is built.
gpus=$("$smi" --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>&1) ||
    fail "no GPU: $smi $(command -v "$smi" >/dev/null 2>&1 && echo 'fails' || echo 'is not there')" \
        "Run this on a machine with an NVIDIA GPU and its driver; on any other, training runs on the CPU."
"$python" -c 'import sys' 2>/dev/null || fail "no Python: $python does not run" "Install one with PyTorch, or name it: PYTHON=/path/to/python $0"
torch=$("$python" -c 'import torch; print(torch.__version__, torch.version.cuda or "none", torch.cuda.is_available(), torch.__path__[0])' 2>/dev/null) ||
    fail "no PyTorch: $python cannot import torch" "Type: $python -m pip install torch, or name another interpreter: PYTHON=/path/to/python $0"
# shellcheck disable=SC2086
set -- $torch
[ "$2" != none ] || fail "PyTorch $1 has no CUDA part" "Install a CUDA build of it, or name another interpreter: PYTHON=/path/to/python $0"
[ "$3" = True ] || fail "PyTorch $1 (CUDA $2) sees no GPU, though $smi does" "Look at the driver's version and at CUDA_VISIBLE_DEVICES."
LIBTORCH=${LIBTORCH:-$4}
export LIBTORCH
command -v cmake >/dev/null && command -v g++ >/dev/null || fail "cmake or g++ is missing" "Type: apt-get install -y --no-install-recommends cmake g++ make"
[ -z "$peer" ] || [ -f "$peer" ] || fail "there is no file $peer" "Name the PyTorch program, or leave --peer out."
[ -z "$edl" ] || [ -x "$edl/edl" ] || fail "$edl holds no program edl" "Publish it: dotnet publish pipeline -c Release -r linux-x64 --self-contained -o $edl"
mkdir -p "$work"
work=$(cd "$work" && pwd)

# The program, with the native library of this machine's libtorch.
if [ -z "$edl" ]; then
    command -v dotnet >/dev/null || fail "no .NET to publish the program with" \
        "Publish it elsewhere, carry it here and name it: $0 --edl FOLDER (dotnet publish pipeline -c Release -r linux-x64 --self-contained -o FOLDER)"
    edl=$work/publish
    dotnet publish "$here/pipeline" -c Release -r linux-x64 --self-contained -v q --nologo -o "$edl" || fail "the program cannot be published" "See the lines above."
fi
found=$(sh "$here/src/Native/libtorch.sh") || fail "no libtorch to build against in $LIBTORCH" "It needs include/, lib/ and share/cmake/, as pip's torch has them."
sh "$here/src/Native/build.sh" "$work/native" "$(echo "$found" | cut -d'|' -f1)" "$(echo "$found" | cut -d'|' -f2)" >"$work/build.log" 2>&1 || {
    tail -n 20 "$work/build.log" >&2
    fail "the native library does not build against libtorch $(echo "$found" | cut -d'|' -f3)" "The whole output: $work/build.log"
}
rm -rf "$work/run"
cp -r "$edl" "$work/run"
cp "$work/native/libedl_native.so" "$work/run/"
echo "$found" >"$work/run/libtorch.stamp"
run=$work/run/edl

{
    echo "GPU: $gpus"
    echo "PyTorch $1, CUDA $2; libtorch: $found"
    uname -srm
} | tee "$work/report.txt"

# Numbers: a pass that never comes back fails too.
echo "== numbers against the host" | tee -a "$work/report.txt"
timeout 900 "$run" bench device --device cuda --json >"$work/device.json" 2>"$work/device.err" && numbers=0 || numbers=$?
cat "$work/device.json" "$work/device.err" | tee -a "$work/report.txt"
[ "$numbers" -ne 124 ] || fail "the check did not come back within 900 s" "The last line of $work/report.txt says how far it came."

# Speed: 3B-A0.3B as in the recipe edl-3b, with as many of its 20 layers as fit: 18 bytes a weight (143 M a layer, 101 M in embedding and head),
# 0.3 GiB a layer and 3.6 GiB at the head for the activations of a sequence.
free=$("$smi" --query-gpu=memory.free --format=csv,noheader,nounits | head -n 1)
layers=$(awk -v mib="$free" -v b="$batch" 'BEGIN { n = int((mib / 1024 * 0.85 - 1.7 - 3.6 * b) / (2.4 + 0.3 * b)); print (n > 20 ? 20 : n) }')
[ "$layers" -ge 1 ] || fail "$free MiB of free GPU memory hold not one layer" "Free the card, or lower --batch."
shape="--layers $layers --dim 768 --heads 6 --kv 2 --ffn 960 --experts 64 --topk 4 --vocab 65536 --seq 4096 --batch $batch --steps 10"
echo "== speed: $shape --bf16, $layers of 20 layers" | tee -a "$work/report.txt"
: >"$work/speed.jsonl"
measure() { # name, command …
    name=$1
    shift
    if line=$(timeout 1800 "$@" 2>"$work/speed.err" | tail -n 1) && [ -n "$line" ]; then
        echo "{\"program\": \"$name\", \"result\": $line}" | tee -a "$work/speed.jsonl" "$work/report.txt"
    else
        tail -n 5 "$work/speed.err" | tee -a "$work/report.txt" >&2
        fail "$name did not run to its end" "The whole output: $work/speed.err"
    fi
}
round=0
while [ "$round" -lt "$rounds" ]; do
    # shellcheck disable=SC2086
    measure edl "$run" bench train $shape --device cuda --bf16 --peak-tflops "$peak"
    if [ -n "$peer" ]; then
        # shellcheck disable=SC2086
        measure peer "$python" "$peer" $shape --device cuda --bf16
        # shellcheck disable=SC2086
        measure peer-compile "$python" "$peer" $shape --device cuda --bf16 --compile
    fi
    round=$((round + 1))
done
"$python" - "$work/speed.jsonl" <<'PYTHON' | tee -a "$work/report.txt"
import json, statistics, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
speed = {}
for run in runs:
    speed.setdefault(run["program"], []).append(run["result"]["tokens_per_s"])
ours = statistics.median(speed["edl"])
for name, values in speed.items():
    print(f"{name}: median {statistics.median(values):,.0f} tokens/s ({min(values):,} to {max(values):,}); edl is {ours / statistics.median(values):.2f} times it")
print("mfu of edl:", statistics.median(run["result"]["mfu"] for run in runs if run["program"] == "edl"))
PYTHON
[ "$numbers" -eq 0 ] || fail "numbers on the GPU lie outside their bounds" "See $work/device.json."
echo "gpu-check: every number holds; $work/report.txt" | tee -a "$work/report.txt"
