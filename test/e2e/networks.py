#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `dyadic validate` on every network in test/networks/data.

    networks.py [--on host] [--impl mac] [--tier short] [--only NAME[,NAME...]] [--jobs N]

One line for each network that fails, and a total. A network that is not required may be refused (exit code 1 of dyadic).
With --impl lut those networks count whose products fit tables; the others are left out, and few may not remain.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(SOURCE, "test/networks/data")
CCACHE = "/usr/lib/ccache"  # the runtime's files are the same for all networks


LEAST_WITH_TABLES = 50


def reads_tables(entry, args):
    """Whether --impl lut has tables to read: not where one would be too large, or nothing multiplies."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([args.dyadic, "compile", os.path.join(DATA, entry["name"] + ".onnx"), *entry["options"], "--target", args.on,
                               "--impl", "lut", "-o", os.path.join(folder, "net")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.returncode == 0 and re.search(r"\b[1-9]\d* read tables", done.stdout) is not None


def one(entry, args, environment):
    """Why the network failed, or None; and how many elements were compared."""
    inputs = [part for name, file in entry["inputs"].items() for part in ("--inputs", name + "=" + os.path.join(DATA, file))]
    command = [args.dyadic, "validate", os.path.join(DATA, entry["name"] + ".onnx"), *entry["options"], *inputs,
               "--on", args.on, "--impl", args.impl, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode == 1 and not entry["required"]:
        return None, 0
    if done.returncode != 0:
        return ("exit code %d: %s" % (done.returncode, json.loads(done.stdout)["error"] if done.stdout else done.stderr))[:1500], 0
    machines = json.loads(done.stdout)["machines"]
    empty = [m["machine"] for m in machines if m["compared"] == 0 or m["mismatches"] != 0]
    return ("nothing compared on " + ", ".join(empty) if empty else None), sum(m["compared"] for m in machines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="host")
    parser.add_argument("--impl", default="mac")
    parser.add_argument("--tier", default="long", choices=["short", "long"])
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--dyadic", default=os.path.join(SOURCE, "build/dev/bin/dyadic"))
    args = parser.parse_args()
    index = json.load(open(os.path.join(DATA, "index.json")))
    entries = [e for e in index if (args.tier == "long" or e["tier"] == "short") and (not args.only or e["name"] in args.only.split(","))]
    if args.impl == "lut":
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            entries = [e for e, reads in zip(entries, pool.map(lambda e: reads_tables(e, args), entries)) if reads]
        if not args.only and len(entries) < LEAST_WITH_TABLES:
            print("only %d networks read tables" % len(entries))
            return 4
    failures = compared = 0
    with tempfile.TemporaryDirectory(prefix="networks.") as top:
        environment = dict(os.environ, TMPDIR=top)
        if os.path.isdir(CCACHE):
            environment.update(PATH=CCACHE + os.pathsep + os.environ["PATH"], CCACHE_DIR=os.path.join(top, "ccache"))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for entry, (why, count) in zip(entries, pool.map(lambda e: one(e, args, environment), entries)):
                compared += count
                if why:
                    failures += 1
                    print("%s (%s): %s" % (entry["name"], entry["covers"], why))
                    sys.stdout.flush()
        left = [f for f in os.listdir(top) if f != "ccache"]
        if left:
            failures += 1
            print("left behind: " + ", ".join(left))
    print("%d networks on %s with --impl %s: %d elements compared, %d failed" % (len(entries), args.on, args.impl, compared, failures))
    return 4 if failures or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
