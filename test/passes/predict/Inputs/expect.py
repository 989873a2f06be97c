#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""expect.py REPORT.json: the schedule of two-chunks.mlir on toy.yaml, by hand.

A share is one pixel and 2 channels of 16 products: 2 x (16 + 2), 32 bytes gathered at 1/2, and 3/4 of 32 weights read once more, for
the figures hold for blocks of 4: 36 + 16 + 24 = 76. Then the team takes 10 + 76 + 5 = 91.

    0   chunk 0 of 32 bytes begins, 100 + 32                                132, waited 132
    132 chunk 1 begins, until 264; weights to L1 150, input behind them 168  waited 36
    168 team                                                                259; its store until 269.5
    259 input of the second tile                                            277, waited 18
    277 team                                                                368; its store until 378.5, waited 10.5
    378.5 chunk 1 is there; the same again without the first wait: 36 + 91 + 18 + 91 + 10.5 = 246.5     625
"""
import json
import sys

report = json.load(open(sys.argv[1]))
(layer,) = report["layers"]
found = [layer[k] for k in ("compute_cycles", "fork_cycles", "barrier_cycles", "exposed_cycles", "cycles", "transfer_cycles")]
assert found == [4 * 76, 4 * 10, 4 * 5, 132 + 2 * (36 + 18 + 10) + 1, 625, 2 * 132 + 2 * 3 * 18 + 4 * 10 + 2], found
assert layer["from_l3"] == {"bytes": 64, "cycles": 264, "exposed_cycles": 132, "hidden_behind_layers": [1]}, layer["from_l3"]
assert (layer["bytes_in"], layer["bytes_out"], layer["transfers"]) == (2 * (32 + 2 * 32), 4 * 2, 10), layer
assert layer["work_per_core"] == [128, 128] and layer["double_buffered"] == ["output", "weights"], layer
assert (layer["l1_bytes"], layer["l2_bytes"], layer["busy_cores"]) == (240, 136, 2), layer
assert report["totals"]["cold_cycles"] == 625 and report["totals"]["l3_bytes"] == 64, report["totals"]
