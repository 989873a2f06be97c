#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""expect-band-chunks.py REPORT.json: the schedule of check-band-chunks.mlir on toy.yaml, by hand.

A call has one tile: input and weights come to L1 in 36, the team takes 91 as in expect.py, its store 10.5: 137.5.

    0      chunk 0 comes until 132, chunk 1 until 264                                132, waited 132
    132    first call                                                                269.5
    269.5  chunk 0 comes for the second band until 401.5; the second call            407
    407    band 0 leaves until 511, chunk 1 comes until 643; the third call          544.5
    544.5  chunk 1 is there at 643, waited 98.5; the fourth call                     780.5
    780.5  band 1 leaves, waited 104                                                 884.5
"""
import json
import sys

report = json.load(open(sys.argv[1]))
(layer,) = report["layers"]
found = [layer[k] for k in ("compute_cycles", "fork_cycles", "barrier_cycles", "exposed_cycles", "cycles")]
right = [4 * 76, 4 * 10, 4 * 5, 132 + 98.5 + 104 + 4 * 46.5, 884.5]  # they are told rounded
assert all(abs(a - b) <= 0.5 for a, b in zip(found, right)), found
fetched = layer["from_l3"]
assert fetched == {"bytes": 4 * 32 + 8, "cycles": 4 * 132 + 2 * 104, "exposed_cycles": 335, "hidden_behind_layers": [1]}, fetched
assert (layer["bytes_in"], layer["bytes_out"], layer["transfers"]) == (4 * (32 + 32), 4 * 2, 12), layer
assert report["totals"]["l3_activation_bytes"] == 8, report["totals"]
