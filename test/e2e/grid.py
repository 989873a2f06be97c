#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Explores the real networks on clusters: what holds for every prediction and every plan of L2.

    grid.py [--dyadic PROGRAM]

More cores take fewer cycles at each size of L2, a smaller L2 never fewer; each equality names the transfers that are
hidden, and behind which layers. L2 takes at most 2 % more than the least possible. A point that does not fit says what would.
Exit code 77: DYADIC_MODELS is not set.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NETWORKS = ["mobilenet_v1_w8a8", "mobilenet_v1_w4a4", "mobilenet_v1_mixed", "mlp_w8a8", "tfc_w2a2", "tfc_w1a1"]
RUNS = [("gap8", []), ("gap8", ["l1.buffer_bytes=16000"]), ("pulp-open", ["l1.buffer_bytes=32000"]),
        ("rv32-cluster", ["l1.double_buffering=false", "l2.double_buffering=false"])]
CORES, L2 = [2, 4, 8], [512000, 320000, 256000, 200000, 128000]
MOST = 1.02  # times the least possible
NEAR = {200000: 0.999}  # first fetches and what stays in L1 come after the choice of weights, which cannot weigh them


def explore(dyadic, network, target, sets, folder):
    model = os.path.join(os.environ["DYADIC_MODELS"], network + ".onnx")
    command = [dyadic, "explore", model, "--target", target, "-o", folder]
    for path, values in (("cluster.cores", CORES), ("l2.bytes", L2)):
        command += ["--sweep", path + "=" + ",".join(map(str, values))]
    subprocess.run(command + [word for s in sets for word in ("--set", s)], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "explore.json")) as file:
        return json.load(file)["points"]


def hides(point):
    """Every fetch from L3 that nobody waits for stands behind layers."""
    fetches = [l["from_l3"] for l in point["layers"] if l["from_l3"]]
    return all(f["hidden_behind_layers"] or f["exposed_cycles"] >= f["cycles"] for f in fetches)


def check(points):
    """What does not hold."""
    grid, faults, equal = {}, [], 0
    for point in points:
        key = int(point["setting"]["cluster.cores"]), int(point["setting"]["l2.bytes"])
        if not point["feasible"]:
            if not point["fixes"] or not point["obstacles"] or "bytes" not in point["obstacles"][0]["message"]:
                faults.append("%s does not fit, without a way out" % (key,))
            continue
        grid[key] = point["prediction"]
        totals = grid[key]["totals"]
        if totals["l2"]["bytes"] > MOST * totals["l2_least_bytes"]:
            faults.append("%s takes %d bytes of L2, %d are possible" % (key, totals["l2"]["bytes"], totals["l2_least_bytes"]))
    cycles = {key: p["totals"]["cycles"] for key, p in grid.items()}
    for few, many in zip(CORES, CORES[1:]):
        faults += ["L2 of %d: %d cores take %d cycles, %d take %d" % (l2, few, cycles[few, l2], many, cycles[many, l2])
                   for l2 in L2 if (few, l2) in cycles and (many, l2) in cycles and cycles[many, l2] >= cycles[few, l2]]
    for large, small in zip(L2, L2[1:]):
        for cores in CORES:
            if (cores, small) in cycles and cycles[cores, small] < cycles[cores, large] * NEAR.get(small, 1):
                faults.append("%d cores: fewer cycles with L2 of %d than of %d" % (cores, small, large))
            elif cycles.get((cores, small)) == cycles[cores, large]:
                equal += 1
                if not hides(grid[cores, small]):
                    faults.append("%d cores: nothing is named that hides what L2 of %d fetches" % (cores, small))
    return faults, len(grid), equal


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dyadic", default=os.environ.get("DYADIC", os.path.join(SOURCE, "build/dev/bin/dyadic")))
    dyadic = parser.parse_args().dyadic
    if "DYADIC_MODELS" not in os.environ:
        print("grid: skipped, DYADIC_MODELS is not set")
        return 77
    failed = 0
    for network in NETWORKS:
        for target, sets in RUNS:
            with tempfile.TemporaryDirectory() as work:
                faults, plans, equal = check(explore(dyadic, network, target, sets, os.path.join(work, "grid")))
            print("%s on %s %s: %d plans, %d equalities" % (network, target, " ".join(sets), plans, equal))
            for fault in faults:
                print("  " + fault)
            failed += len(faults)
    return 4 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
