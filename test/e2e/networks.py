#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the C of every network in test/networks/data and compares outputs and tapped codes with the stored ones.

    networks.py [--on host] [--impl mac] [--tier short] [--only NAME[,NAME...]] [--jobs N]

One line for each network that fails, and a total. A network that is not required may be refused (exit code 1 of dyadic).
"""
import argparse
import concurrent.futures
import json
import os
import sys
import tempfile

import agree

DATA = os.path.join(agree.SOURCE, "test/networks/data")


def library(work):
    """The whole runtime, compiled once for the host."""
    root = os.path.join(agree.SOURCE, "runtime-c")
    files = [os.path.join(root, part, f) for part in ("core", "kernels") for f in sorted(os.listdir(os.path.join(root, part))) if f.endswith(".c")]
    agree.call("cc", "-std=c99", "-O1", "-I", os.path.join(root, "include"), "-c", *files, cwd=work)
    archive = os.path.join(work, "libdyadic.a")
    agree.call("ar", "rcs", archive, *[os.path.basename(f)[:-1] + "o" for f in files], cwd=work)
    return archive


def load(name):
    return agree.parse_npy(open(os.path.join(DATA, name), "rb").read())


def one(entry, args, top, archive):
    """None, or why the network failed."""
    work = os.path.join(top, entry["name"])
    os.makedirs(work, exist_ok=True)
    folder = os.path.join(work, "net")
    try:
        manifest = agree.compile_c(args.dyadic, os.path.join(DATA, entry["name"] + ".onnx"), [*entry["options"], "--impl", args.impl], folder)
    except SystemExit as refusal:
        return None if not entry["required"] else "refused: " + str(refusal)[:600]
    codes = agree.read_npz(os.path.join(DATA, entry["codes"]))
    reals = {name: load(file) for name, file in entry["inputs"].items()}
    outputs = {name: load(file) for name, file in entry["outputs"].items()}
    samples = next(iter(reals.values()))[0][0]
    try:
        flags = agree.write_inputs(work, manifest, reals, samples)
        for target in args.on.split(","):
            files = agree.sources(folder)
            if target == "host":
                files = [f for f in files if os.path.dirname(f) == folder] + [archive]
            said = agree.run_on(target, folder, work, files, "-O1" if target == "host" else "-O2", *flags)
            compared, wrong, first = agree.compare(work, manifest, codes, outputs, samples)
            if wrong or "samples %d " % samples not in said:
                return "%s: %d of %d codes differ, %s" % (target, wrong, compared, first or said)
    except (SystemExit, Exception) as failure:
        return repr(failure)[:1500]
    agree.call("rm", "-rf", work)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="host")
    parser.add_argument("--impl", default="mac")
    parser.add_argument("--tier", default="long", choices=["short", "long"])
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--dyadic", default=os.path.join(agree.SOURCE, "build/dev/bin/dyadic"))
    args = parser.parse_args()
    index = json.load(open(os.path.join(DATA, "index.json")))
    entries = [e for e in index if (args.tier == "long" or e["tier"] == "short") and (not args.only or e["name"] in args.only.split(","))]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="networks.") as top:
        archive = library(top)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for entry, why in zip(entries, pool.map(lambda e: one(e, args, top, archive), entries)):
                if why:
                    failures += 1
                    print("%s (%s): %s" % (entry["name"], entry["covers"], why))
                    sys.stdout.flush()
    print("%d networks on %s with --impl %s: %d failed" % (len(entries), args.on, args.impl, failures))
    return 4 if failures or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
