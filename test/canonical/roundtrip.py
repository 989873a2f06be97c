#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Canonical forms are QONNX: dyadic reads each and finds the very codes of the original, at levels qonnx and qint.

    roundtrip.py [--models | --random GENERATOR] [--only NAME[,NAME...]] [--samples N] [--dyadic PROGRAM]

The real networks of DYADIC_MODELS, or a third of those of test/networks and the digits; 3 samples of each; all with DYADIC_FULL.
One line for each network that fails or is refused, and a total. A refusal for size is counted, any other refusal of a
network that dyadic compiles fails.
"""
import argparse
import array
import os
import sys
import tempfile

import common
import npy


def one(program, work, model, inputs, options, samples):
    """Codes compared; raises for a difference."""
    file, said, given, want = common.prepare(program, work, model, inputs, options, samples)
    flags = []
    for i, (name, (shape, values)) in enumerate(given.items()):
        path = os.path.join(work, "codes%d.npy" % i)
        npy.write_npy(path, shape, array.array("q", values))
        flags += ["--inputs", "%s=%s" % (name, path)]
    batch = [o for k, v in zip(options, options[1:]) if k == "--batch" for o in (k, v)]
    steps = {s["key"]: s for s in said["steps"]}
    compared = 0
    for level in ("qonnx", "qint"):
        found = os.path.join(work, level + ".npz")
        outputs = os.path.join(work, "z.npz")
        common.dyadic(program, "run", file, *batch, *flags, "-o", outputs, "--level", level, "--codes", found)
        # An output without a quantiser may be numbered otherwise; its reals are the integers.
        have = {**npy.read_npz(found), **npy.read_npz(outputs)}
        for key, (_, values) in want.items():
            if key not in have:
                continue
            # What MultiThreshold calls its code is the number of thresholds.
            scale, bias = (steps[key]["out_scale"], steps[key]["out_bias"]) if key in steps else (1, 0)
            mine = [v * scale + bias for v in have[key][1]]
            if mine != list(values):
                wrong = [i for i, (a, b) in enumerate(zip(mine, values)) if a != b]
                raise AssertionError("level %s, %s: %d of %d codes differ, first [%d]: %d, not %d" %
                                     (level, key, len(wrong), len(values), wrong[0], mine[wrong[0]], values[wrong[0]])
                                     if wrong else "level %s, %s: %d codes, not %d" % (level, key, len(mine), len(values)))
            compared += len(values)
    if not compared:
        raise AssertionError("no code of the original is found in the canonical form")
    return compared


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
    tally = common.Tally()
    for name, model, inputs, options in entries:
        with tempfile.TemporaryDirectory(prefix="canonical.") as work:
            try:
                tally.agreed(one(args.dyadic, work, model, inputs, options, args.samples))
            except common.NoCodes:
                tally.other += 1
            except common.Refused as refusal:
                tally.refused(args.dyadic, name, model, options, refusal)
            except Exception as wrong:
                tally.wrong(name, wrong if isinstance(wrong, AssertionError) else repr(wrong))
        sys.stdout.flush()
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
