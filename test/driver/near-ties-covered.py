#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every near-tie and every exact tie that samples of the test networks touch stands in `dyadic validate --near-ties`.

    near-ties-covered.py DYADIC DATA [STRIDE]     every STRIDE-th network of DATA/index.json (1)
"""
import json
import os
import subprocess
import sys
import tempfile


def channel_of(shape, index):
    """ONNX axis 1 of an element within one sample; `shape` has samples first."""
    inner = 1
    for extent in shape[2:]:
        inner *= extent
    return index // inner % shape[1] if len(shape) > 1 else 0


def shapes_of(archive):
    """name -> shape of a codes npz."""
    import ast
    import zipfile
    shapes = {}
    with zipfile.ZipFile(archive) as z:
        for name in z.namelist():
            data = z.read(name)
            shapes[name[:-4]] = ast.literal_eval(data[10:10 + int.from_bytes(data[8:10], "little")].decode())["shape"]
    return shapes


def main():
    dyadic, data, stride = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1
    index = json.load(open(os.path.join(data, "index.json")))[::stride]
    checked = ties = undecided = 0
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for entry in index:
            model = os.path.join(data, entry["name"] + ".onnx")
            inputs = [part for name, file in entry["inputs"].items() for part in ("--inputs", name + "=" + os.path.join(data, file))]
            static = subprocess.run([dyadic, "validate", model, *entry["options"], "--near-ties", "--json"], stdout=subprocess.PIPE, text=True)
            run = subprocess.run([dyadic, "run", model, *entry["options"], *inputs, "-o", folder + "/y.npz", "--near-ties"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if static.returncode == 1 and not entry["required"]:
                continue
            if static.returncode or run.returncode:
                wrong.append("%s: exit codes %d and %d %s" % (entry["name"], static.returncode, run.returncode, json.loads(static.stdout).get("error", "")))
                continue
            nodes = {n["node"]: n for n in json.loads(static.stdout)["nodes"]}
            shapes = shapes_of(os.path.join(data, entry["codes"]))
            checked += 1
            undecided += sum(n["verdict"] == "undecided" for n in nodes.values())
            for line in run.stdout.splitlines()[1:-1]:
                key, _, at, code, other = line.split("\t")[:5]
                node, k = nodes[key], max(int(code), int(other))
                if node["verdict"] in ("input", "undecided"):
                    continue
                ties += 1
                channel = channel_of(shapes[key], int(at))
                if not any(r["channel"] == channel and r["k_first"] <= k <= r["k_last"] for r in node["rows"]):
                    wrong.append("%s: %s channel %d threshold %d is not listed: %s" % (entry["name"], key, channel, k, line))
    for text in wrong[:40]:
        print(text)
    print("%d networks, %d near-ties of samples looked up, %d nodes undecided, %d wrong" % (checked, ties, undecided, len(wrong)))
    return 4 if wrong or not ties else 0


if __name__ == "__main__":
    sys.exit(main())
