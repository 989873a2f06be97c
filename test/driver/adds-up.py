#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""adds-up.py FILE...: whether parts of cycles add up, layers to totals, and shares of cores to all work."""
import json
import sys

PARTS = ["compute_cycles", "fork_cycles", "barrier_cycles", "exposed_cycles"]

for name in sys.argv[1:]:
    report = json.load(open(name))
    layers, totals = report["layers"], report["totals"]
    assert totals["cycles"] == sum(totals[p] for p in PARTS), name
    for key in PARTS + ["cycles", "transfer_cycles", "macs"]:
        assert totals[key] == sum(l[key] for l in layers), (name, key)
    assert totals["cold_cycles"] == totals["cycles"] + totals["load_cycles"], name
    assert totals["resident_bytes"] == sum(l["resident_bytes"] for l in layers), name
    assert totals["l3_bytes"] == sum(l["from_l3"]["bytes"] for l in layers if l["from_l3"]), name
    assert abs(sum(l["share"] for l in layers) - 1) < 1e-4, name
    for l in layers:
        assert l["cycles"] == sum(l[p] for p in PARTS), (name, l["layer"])
        if l["tiled"] and l["macs"]:
            assert sum(l["work_per_core"]) == l["macs"], (name, l["layer"])
        assert l["most_work"] >= l["least_work"] and 1 <= l["busy_cores"] <= l["cores"], (name, l["layer"])
        assert l["cycles"] > 0 and l["l2_bytes"] > 0, (name, l["layer"])
    if report["clock_hz"]:
        seconds = totals["cycles"] / report["clock_hz"]["value"]
        assert abs(report["latency"]["steady_seconds"] - seconds) < 1e-12, name
