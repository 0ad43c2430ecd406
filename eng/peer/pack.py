"""Packs the peer's dump into one safetensors file, written by hand: pack.py PEER FOLDER FILE.

Beside what the peer says in single precision, the file gets the peer's divergence loss in double on the same router probabilities
(divergence_double): while domains route alike, the terms of the JSD cancel to below the rounding of single precision."""
import json, pathlib, runpy, struct, sys
import numpy as np
import torch

peer, folder, target = runpy.run_path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
kinds = {np.dtype("float32"): "F32", np.dtype("float64"): "F64", np.dtype("int64"): "I64"}
losses = json.loads((folder / "losses.json").read_text())
arguments = losses.pop("args")
arguments.pop("dump")
routers = [torch.from_numpy(np.load(folder / f"router.{layer}.npy")).double() for layer in range(arguments["layers"])]
domains = torch.from_numpy(np.load(folder / "domains.npy"))
losses["divergence_double"] = peer["edl"](routers, domains, arguments["batch"]).item()
header, body = {"__metadata__": {"arguments": json.dumps(arguments), "losses": json.dumps(losses)}}, b""
for path in sorted(folder.glob("*.npy")):
    array = np.ascontiguousarray(np.load(path))
    data = array.tobytes()
    header[path.stem] = {"dtype": kinds[array.dtype], "shape": array.shape, "data_offsets": [len(body), len(body) + len(data)]}
    body += data
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
target.write_bytes(struct.pack("<Q", len(text)) + text + body)
