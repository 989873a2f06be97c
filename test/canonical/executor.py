#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Canonical forms under the Python package qonnx: every code must be the original's.

    executor.py --build FOLDER [--models | --random GENERATOR] [--only NAME[,NAME...]] [--samples N] [--dyadic PROGRAM]

The real networks of DYADIC_MODELS, or a third of those of test/networks and the digits; 3 samples of each; all with DYADIC_FULL. One line for each real network and for each
one that fails, and a total. Exit code 77, skipped, where the package index cannot be reached.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import common
import environment
import npy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--models", action="store_true")
    parser.add_argument("--random", metavar="GENERATOR", help="run random networks that this program draws")
    parser.add_argument("--only")
    parser.add_argument("--samples", type=int, default=1 << 30 if os.environ.get("DYADIC_FULL") else 3)
    parser.add_argument("--dyadic", default=os.path.join(common.SOURCE, "build/dev/bin/dyadic"))
    args = parser.parse_args()
    only = args.only.split(",") if args.only else None
    drawn = tempfile.TemporaryDirectory(prefix="canonical.")
    count = 2000 if os.environ.get("DYADIC_FULL") else 100
    entries = common.models(only) if args.models else common.random(args.random, count, drawn.name) if args.random else common.networks(only)
    python = environment.python(args.build)
    tally = common.Tally()
    with tempfile.TemporaryDirectory(prefix="canonical.") as top:
        names = {}
        for name, model, inputs, options in entries:
            work = os.path.join(top, name.replace(" ", "_"))
            os.makedirs(work)
            try:
                _, _, given, want = common.prepare(args.dyadic, work, model, inputs, options, args.samples)
            except common.NoCodes:
                tally.other += 1
                continue
            except common.Refused as refusal:
                tally.refused(args.dyadic, name, model, options, refusal)
                continue
            npy.write_npz(os.path.join(work, "inputs.npz"), given)
            npy.write_npz(os.path.join(work, "codes.npz"), want)
            names[work] = name
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "execute.py")
        if names:
            with subprocess.Popen([python, "-W", "ignore", script, *names], stdout=subprocess.PIPE, text=True) as running:
                for line in running.stdout:
                    answer = json.loads(line)
                    name = names.pop(answer["folder"])
                    bad = answer.get("error") or answer["wrong"] or answer["missing"] or not answer["compared"]
                    if bad:
                        tally.wrong(name, json.dumps(answer))
                    else:
                        tally.agreed(answer["compared"])
                        if args.models:
                            print("%s: %d codes of %d samples agree, %.2f s" % (name, answer["compared"], answer["samples"], answer["seconds"]))
                    sys.stdout.flush()
        for name in names.values():
            tally.wrong(name, "the executor ended before it")
    return tally.close(" under Python")


if __name__ == "__main__":
    sys.exit(main())
