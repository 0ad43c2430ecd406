#!/usr/bin/env python3
"""Training speed beside the PyTorch peer, in interleaved pairs.

  benchmarks/train/compare_peer.py --edl EDL --peer moe_peer.py [--rounds 7] [--steps 10] [--warm-up 40] [--json FILE] -- SHAPE...

EDL is the built program (artifacts/bin/Pipeline/release/edl), SHAPE the flags that both programs take (--layers 4 --dim 256 ...).
First every variant of the peer runs once: threads 1 and 2, fp32 and bf16, plain and with glibc's huge pages and ATen's AVX-512 kernels.
The two fastest then run in every round, one after the other with ours; a round's ratio is ours / the faster of them in that round.
Ours runs in bf16 with as many threads as there are cores, after --warm-up steps that are not timed: .NET compiles its methods again in the
first seconds, beside the threads that train. Printed: medians, ranges, each command.
"""
import argparse, itertools, json, os, statistics, subprocess, sys

TUNED = {"OPENBLAS_CORETYPE": "SkylakeX", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "ATEN_CPU_CAPABILITY": "avx512"}


def run(command, env=None):
    done = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def peak_rss(command, env):
    """Peak resident megabytes of a child, by wait4."""
    child = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return os.wait4(child.pid, 0)[2].ru_maxrss / 1024


def spread(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edl", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has torch")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=40, help="our untimed steps; the peer has 3")
    parser.add_argument("--json")
    parser.add_argument("shape", nargs="*")
    a = parser.parse_args()
    steps = ["--steps", str(a.steps)]
    ours = [a.edl, "bench", "train", *a.shape, *steps, "--skip", str(a.warm_up), "--bf16"]
    variants = {}
    for threads, bf16, tuned in itertools.product((1, 2), (False, True), (False, True)):
        name = f"{threads} threads {'bf16' if bf16 else 'fp32'}{' tuned' if tuned else ''}"
        variants[name] = ([a.python, a.peer, *a.shape, *steps, "--threads", str(threads), *(["--bf16"] if bf16 else [])], TUNED if tuned else {})
    once = {name: run(*variant)["tokens_per_s"] for name, variant in variants.items()}
    for name, speed in sorted(once.items(), key=lambda item: -item[1]):
        print(f"peer, {name:22} {speed:8,.0f} tokens/s (once)")
    best = sorted(once, key=once.get)[-2:]
    mine, theirs, ratios, shares = [], {name: [] for name in best}, [], []
    for _ in range(a.rounds):
        for name in best:
            theirs[name].append(run(*variants[name])["tokens_per_s"])
        result = run(ours)
        mine.append(result["tokens_per_s"])
        shares.append(result["share_of_ceiling"])
        ratios.append(mine[-1] / max(theirs[name][-1] for name in best))
    memory = peak_rss(*variants[best[-1]])
    print(f"\nours      {spread(mine)} tokens/s, {100 * statistics.median(shares):.0f} % ({100 * min(shares):.0f}–{100 * max(shares):.0f}) of "
          f"{result['ceiling_gflops']:,.0f} GFLOP/s, {result['peak_rss_mb']:,.0f} MB")
    for name in best:
        print(f"peer      {spread(theirs[name])} tokens/s, {name}, {memory:,.0f} MB")
    print(f"ratio     {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) over {a.rounds} rounds\n")
    print(" ".join(ours))
    for name in best:
        command, env = variants[name]
        print(" ".join([f"{k}={v}" for k, v in env.items()] + command))
    if a.json:
        with open(a.json, "w") as file:
            json.dump(dict(shape=a.shape, ours=mine, peer=theirs, ratios=ratios, shares=shares, peak_rss_mb=result["peak_rss_mb"], peer_peak_rss_mb=memory), file, indent=1)


if __name__ == "__main__":
    main()
