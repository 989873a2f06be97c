#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `dyadic validate` on points of the grid: networks x machines x sizes of L1 and L2 x cores x buffering.

    points.py [--dyadic PROGRAM] [--all] [--shard i/n] [--list]

Without --all a covering set of 40 points, one for each network and machine: any two values of two figures meet, and every
machine meets every value. Each point must compile and compute every code of every tensor exactly. Networks other than the
digits are in DYADIC_MODELS, and are skipped where that is not set.
"""
import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "test/canonical"))
import npy  # noqa: E402

NETWORKS = ["mobilenet_v1_w8a8", "mobilenet_v1_w4a4", "mobilenet_v1_mixed", "mlp_w8a8", "digits"]
CLUSTERS = [["gap8", "pulp-open@rv32-cluster", "host"], ["pulp-open", "gap8@rv32-cluster", "rv32-cluster"]]
BOARDS = ["cortex-m7", "cortex-m55"]
L1 = ["l1.bytes=64000", "l1.buffer_bytes=32000", "l1.buffer_bytes=16000"]
L2 = ["l2.bytes=512000", "l2.bytes=320000", "l2.bytes=256000"]
BUFFERING = [[], ["l1.double_buffering=false", "l2.double_buffering=false"]]
CORES = [2, 4, 8]
SAMPLES = 2  # the second one finds what the first one left


def settings(l1, l2, single, cores=None):
    """What --set says of them; the host has no L1 of its own."""
    chosen = ["l1.bytes=64000", L1[l1], L2[l2], *BUFFERING[single]]
    return list(dict.fromkeys(chosen)) + (["cluster.cores=%d" % CORES[cores]] if cores is not None else [])


def covering():
    """(network, machines, settings): an orthogonal array over ten rows, two for each network."""
    for i, network in enumerate(NETWORKS):
        for r in (2 * i, 2 * i + 1):
            machines = CLUSTERS[(r + (i < 2)) % 2]
            yield network, machines, settings(r % 3, r // 3 % 3, r % 2, (2 * r + r // 3) % 3)
        yield network, BOARDS, settings(i % 3, 2 * i % 3, i % 2)


def everything():
    for network, l1, l2, single in itertools.product(NETWORKS, range(3), range(3), range(2)):
        for cores in range(3):
            yield network, CLUSTERS[0] + CLUSTERS[1], settings(l1, l2, single, cores)
        yield network, BOARDS, settings(l1, l2, single)


def samples(network, folder):
    """The model and a file with its first samples, or nothing."""
    models = os.environ.get("DYADIC_MODELS")
    if network != "digits" and not models:
        return None
    stem = os.path.join(SOURCE, "examples/digits/digits_x" if network == "digits" else os.path.join(models, network + ".x"))
    path = os.path.join(folder, network + ".npy")
    with open(stem + ".npy", "rb") as file:
        shape, values = npy.parse_npy(file.read())
    npy.write_npy(path, (SAMPLES, *shape[1:]), values[:SAMPLES * len(values) // shape[0]])
    return (os.path.join(SOURCE, "examples/digits/digits.onnx") if network == "digits" else os.path.join(models, network + ".onnx")), path


def run(dyadic, network, machines, chosen, folder):
    """Why the points fail, or None."""
    model, inputs = samples(network, folder)
    command = [dyadic, "validate", model, "--inputs", inputs, "--on", ",".join(machines), "--json"]
    for figure in chosen:
        command += ["--set", figure]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return "exit code %d: %s" % (done.returncode, (json.loads(done.stdout)["error"] if done.stdout else done.stderr)[:1500])
    ran = json.loads(done.stdout)["machines"]
    wrong = [m["machine"] for m in ran if m["mismatches"] or not m["compared"]]
    return "wrong or nothing on " + ", ".join(wrong) if wrong or len(ran) != len(machines) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dyadic", default=os.environ.get("DYADIC", os.path.join(SOURCE, "build/dev/bin/dyadic")))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    part, parts = map(int, args.shard.split("/"))
    rows = list(everything() if args.all else covering())[part - 1::parts]
    points = failures = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        for network, machines, chosen in rows:
            name = "%s on %s with %s" % (network, ",".join(machines), " ".join(chosen))
            if args.list:
                print(name)
                continue
            if network != "digits" and not os.environ.get("DYADIC_MODELS"):
                skipped += len(machines)
                continue
            why = run(args.dyadic, network, machines, chosen, folder)
            points += len(machines)
            if why:
                failures += 1
                print("%s: %s" % (name, why))
            elif sys.stdout.isatty() or args.all:
                print("%s: every code is exact" % name)
            sys.stdout.flush()
    print("%d points, %d rows failed, %d points skipped: DYADIC_MODELS is not set" % (points, failures, skipped) if skipped else
          "%d points, %d rows failed" % (points, failures))
    return 4 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
