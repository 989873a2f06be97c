# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `dyadic run` on the test networks and compares outputs and codes with the exact results, to the bit.

run.py --dyadic PROGRAM [--level qonnx|qint|float32] [--long] [--index FILE] [PATTERN...]
"""

import argparse
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent


def load(path):
    """Arrays of an npy (under the empty name) or npz file."""
    found = np.load(path)
    return {"": found} if isinstance(found, np.ndarray) else dict(found)


def differences(wanted, found):
    """What is wrong between two dictionaries of arrays, in words."""
    wrong = [f"missing {k!r}" for k in wanted.keys() - found.keys()]
    for key in wanted.keys() & found.keys():
        a, b = wanted[key], found[key]
        if a.shape != b.shape:
            wrong.append(f"{key!r}: shape {b.shape}, not {a.shape}")
        elif not np.array_equal(a, b):
            at = tuple(int(i) for i in np.argwhere(a != b)[0])
            count = int((a != b).sum())
            wrong.append(f"{key!r}: {count} of {a.size} differ, first at {at}: {b[at]}, not {a[at]}")
    return wrong


def check(entry, folder, dyadic, level, scratch):
    """Problems of one network; empty if all is equal."""
    inputs = entry["inputs"].items()
    named = [f"{n}={folder / f}" if len(inputs) > 1 else str(folder / f) for n, f in inputs]
    outputs = scratch / ("y.npz" if len(entry["outputs"]) > 1 else "y.npy")
    command = [dyadic, "run", str(folder / f"{entry['name']}.onnx"), f"--level={level}", "-o", str(outputs)]
    command += (
        ["--codes", str(scratch / "codes.npz")]
        + [w for n in named for w in ("--inputs", n)]
        + entry["options"]
    )
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return ["took more than 60 s"]
    if result.returncode:
        return [f"exit {result.returncode}: {result.stderr.strip()[:300]}"]
    wanted = {
        n if len(entry["outputs"]) > 1 else "": np.load(folder / f) for n, f in entry["outputs"].items()
    }
    wrong = differences(wanted, load(outputs))
    if "codes" in entry:
        wrong += differences(load(folder / entry["codes"]), load(scratch / "codes.npz"))
    return wrong


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dyadic", required=True)
    parser.add_argument("--level", default="qonnx")
    parser.add_argument("--long", action="store_true", help="near relatives too")
    parser.add_argument("--index", type=pathlib.Path, default=HERE / "data" / "index.json")
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    entries = json.loads(options.index.read_text())
    chosen = [
        e
        for e in entries
        if any(fnmatch.fnmatch(e["name"], p) for p in options.patterns)
        or (not options.patterns and (options.long or e["tier"] == "short"))
    ]
    failed = refused = 0
    with tempfile.TemporaryDirectory() as scratch:
        for entry in chosen:
            wrong = check(entry, options.index.parent, options.dyadic, options.level, pathlib.Path(scratch))
            if wrong and not entry["required"] and wrong[0].startswith("exit 1:"):
                refused += 1
            elif wrong:
                failed += 1
                print(f"{entry['name']} ({entry['covers']}): " + "; ".join(wrong))
    print(f"{len(chosen) - failed - refused} passed, {failed} failed, {refused} refused as they may be")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
