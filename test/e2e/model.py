#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `dyadic validate` on one of the real models in DYADIC_MODELS; skipped (exit code 77) where that is unset.

    model.py --dyadic PROGRAM NAME [options of dyadic validate]
"""
import os
import sys

# Models whose input carries no quantiser; see the models' README.
LATTICES = {"jet_tagging_w6a6": "global_in:scale=0.015625,bits=8,signed"}

if __name__ == "__main__":
    models, dyadic, name = os.environ.get("DYADIC_MODELS"), sys.argv[2], sys.argv[3]
    if not models:
        print("DYADIC_MODELS is not set")
        sys.exit(77)
    lattice = ["--input", LATTICES[name]] if name in LATTICES else []
    stem = os.path.join(models, name)
    os.execv(dyadic, [dyadic, "validate", stem + ".onnx", "--inputs", stem + ".x.npy", "--expect", stem + ".y.npy",
                      "--on", "host,cortex-m4,rv32imc", *lattice, *sys.argv[4:]])
