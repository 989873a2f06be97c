#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs agree.py on one of the real models in DYADIC_MODELS; skipped (exit code 77) where that is unset.

    model.py NAME [options of agree.py]
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Models whose input carries no quantiser; see the models' README.
LATTICES = {"jet_tagging_w6a6": "global_in:scale=0.015625,bits=8,signed"}

if __name__ == "__main__":
    models, name = os.environ.get("DYADIC_MODELS"), sys.argv[1]
    if not models:
        print("DYADIC_MODELS is not set")
        sys.exit(77)
    lattice = ["--input", LATTICES[name]] if name in LATTICES else []
    stem = os.path.join(models, name)
    os.execv(sys.executable, [sys.executable, os.path.join(HERE, "agree.py"), stem + ".onnx", "--inputs", stem + ".x.npy", *lattice, *sys.argv[2:]])
