#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Traces the MobileNets on eight cores: cores share small outputs evenly, and the Chrome trace holds all that was done.

    trace.py [--dyadic PROGRAM] [-o FOLDER]

In layers with outputs of 2x2 the core with most multiply-accumulates has at most 1.34 times those of the core with
fewest, as counted where they are done. -o keeps the Chrome traces. Exit code 77: DYADIC_MODELS is not set.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MOST = 1.34
CORES = 8
# Network, whose plan, who runs it, what --set says.
RUNS = [
    ("mobilenet_v1_w8a8", "gap8", "host", []),
    ("mobilenet_v1_w8a8", "gap8", "host", ["l1.buffer_bytes=16000"]),
    ("mobilenet_v1_w8a8", "rv32-cluster", "rv32-cluster", ["l1.buffer_bytes=16000", "l2.bytes=256000"]),
    ("mobilenet_v1_w4a4", "pulp-open", "rv32-cluster", []),
    ("mobilenet_v1_w4a4", "gap8", "host", ["l1.buffer_bytes=16000", "l1.double_buffering=false"]),
    ("mobilenet_v1_mixed", "gap8", "rv32-cluster", ["l2.bytes=320000"]),
    ("mobilenet_v1_mixed", "rv32-cluster", "host", ["l1.buffer_bytes=32000", "l2.bytes=256000"]),
]


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, **options)
    assert done.returncode == 0, (command[:6], done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def traced(dyadic, network, target, runner, sets, work):
    """What the program printed, and the manifest."""
    net, port = os.path.join(work, "net"), os.path.join(ROOT, "runtime-c/ports", runner)
    model = os.path.join(os.environ["DYADIC_MODELS"], network + ".onnx")
    run([dyadic, "compile", model, "--target", target, "-o", net] + [word for s in sets for word in ("--set", s)])
    sources = [f for f in glob.glob(net + "/*.c") + glob.glob(net + "/runtime/*.c") if not f.endswith("dyadic_machine.c")]
    program = os.path.join(work, "program")
    run([os.path.join(ROOT, "scripts/cross"), runner, "-O1", "-DNET_TRACE=1", "-DDYADIC_TRACE=1", "-I" + net, "-I" + net + "/runtime",
         "-I" + port, os.path.join(HERE, "trace.c"), os.path.join(port, "dyadic_machine.c"), *sources, "-o", program]
        + (["-pthread"] if runner == "host" else []))
    with open(os.path.join(net, "net_manifest.json")) as file:
        return run([os.path.join(ROOT, "scripts/emulate"), runner, program], timeout=600), json.load(file)


def checkShares(text, manifest):
    """The worst share of a layer with outputs of 2x2."""
    worst, small = 0.0, 0
    done = {}
    for line in run([os.path.join(ROOT, "scripts/trace-to-chrome"), "--macs"], input=text).splitlines():
        layer, macs = re.match(r"layer (\d+): ([\d ]+), largest", line).groups()
        done[int(layer)] = [int(n) for n in macs.split()]
    for layer in manifest["layers"]:
        if not layer["macs"]:
            continue
        shares = done[layer["layer"]]
        assert sum(shares) == layer["macs"], (layer["layer"], shares, layer["macs"])
        if layer["output"].startswith("1x2x2x"):
            small += 1
            assert len(shares) == CORES and min(shares) > 0, (layer["layer"], shares)
            worst = max(worst, max(shares) / min(shares))
    assert small >= 8 and worst <= MOST, (small, worst)
    return worst


def checkPicture(text, folder, name):
    """Every event has its row, its begin and its length; tiles lie in their layers, in the order of time."""
    manifest = os.path.join(folder, "net/net_manifest.json")
    picture = run([os.path.join(ROOT, "scripts/trace-to-chrome"), "--hz", "10000000", "--manifest", manifest], input=text)
    events = json.loads(picture)["traceEvents"]
    rows = {e["tid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    spans = [e for e in events if e["ph"] == "X"]
    assert len(spans) + 2 * len(rows) == len(events)
    transfers = {name for name in rows.values() if re.match(r"(fetch|store)( \d+)?$", name)}
    assert {"core %d" % n for n in range(CORES)} | {"wait", "tile", "layer"} | transfers == set(rows.values()), rows
    for row in rows:
        around = []  # the ends of what has not ended yet: a viewer draws what lies within, nothing that sticks out
        for e in sorted((e for e in spans if e["tid"] == row), key=lambda e: (e["ts"], -e["dur"])):
            end = e["ts"] + e["dur"]
            while around and around[-1] <= e["ts"] + 1e-6:
                around.pop()
            assert not around or end <= around[-1] + 1e-6, e
            around.append(end)
    layers = {}
    for e in spans:
        assert e["ts"] >= 0 and e["dur"] >= 0 and e["tid"] in rows and e["pid"] == 0, e
        number = int(re.match(r"layer (\d+)", e["name"]).group(1))
        if e["cat"] == "layer":
            assert e["args"]["node"].startswith("/"), e
            layers.setdefault(number, []).append((e["ts"], e["ts"] + e["dur"]))  # one for each chunk of its weights
    for e in spans:
        if e["cat"] == "tile":
            mine = layers[int(re.match(r"layer (\d+)", e["name"]).group(1))]
            assert any(begin <= e["ts"] + 1e-6 and e["ts"] + e["dur"] <= end + 1e-6 for begin, end in mine), e
    ends = [span for n in sorted(layers) for span in sorted(layers[n])]
    assert all(a[1] <= b[0] + 1e-6 for a, b in zip(ends, ends[1:])), ends
    if name:
        with open(name, "w") as file:
            file.write(picture)
    return len(spans)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dyadic", default=os.environ.get("DYADIC", os.path.join(ROOT, "build/dev/bin/dyadic")))
    parser.add_argument("-o", dest="folder")
    options = parser.parse_args()
    if "DYADIC_MODELS" not in os.environ:
        print("trace: skipped, DYADIC_MODELS is not set")
        return 77
    for number, (network, target, runner, sets) in enumerate(RUNS):
        with tempfile.TemporaryDirectory() as work:
            text, manifest = traced(options.dyadic, network, target, runner, sets, work)
            worst = checkShares(text, manifest)
            name = options.folder and os.path.join(options.folder, "trace-%d.json" % number)
            print("%s of %s on %s %s: largest / smallest %.3f in layers of 2x2, %d events"
                  % (network, target, runner, " ".join(sets), worst, checkPicture(text, work, name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
