# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs canonical forms under the Python package qonnx and compares every code. Needs qonnx, onnxruntime, numpy.

    execute.py FOLDER...

Each folder holds canonical.onnx, inputs.npz (integer codes by input name) and codes.npz (by key, samples first). One JSON
object per folder on standard output.
"""
import json
import pathlib
import sys
import time

import numpy as np
import onnxruntime
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx

onnxruntime.set_default_logger_severity(3)


def run(folder):
    model = ModelWrapper(str(folder / "canonical.onnx"))
    inputs, want = dict(np.load(folder / "inputs.npz")), dict(np.load(folder / "codes.npz"))
    shapes = {i.name: tuple(model.get_tensor_shape(i.name)) for i in model.graph.input}
    name, shape = next(iter(shapes.items()))
    batch = shape[0] if shape else 1
    samples = inputs[name].shape[0]
    seconds, compared, wrong, missing, found = 0.0, 0, {}, [], {}
    for first in range(0, samples - samples % batch, batch):
        feed = {n: inputs[n][first:first + batch].astype(np.float32).reshape(s) for n, s in shapes.items()}
        begin = time.monotonic()
        values = execute_onnx(model, feed, return_full_exec_context=True)
        seconds += time.monotonic() - begin
        for key in want:
            if key in values:
                found.setdefault(key, []).append(np.asarray(values[key], dtype=np.float64).ravel())
    for key, codes in want.items():
        if key not in found:
            missing.append(key)
            continue
        mine, theirs = np.concatenate(found[key]), codes.ravel()
        theirs = theirs[:mine.size]
        compared += mine.size
        differ = np.flatnonzero(mine != theirs)
        if differ.size:
            wrong[key] = "%d of %d, first [%d]: %r, not %d" % (differ.size, mine.size, differ[0], mine[differ[0]], theirs[differ[0]])
    return {"samples": samples, "compared": compared, "wrong": wrong, "missing": missing, "seconds": round(seconds, 3)}


for path in sys.argv[1:]:
    try:
        answer = run(pathlib.Path(path))
    except Exception as failure:  # of one network; the others go on
        answer = {"error": "%s: %s" % (type(failure).__name__, str(failure)[-600:])}
    print(json.dumps({"folder": path, **answer}), flush=True)
