#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fix-fits.py EXPLORE.json MODEL: each fix of each infeasible point makes it feasible."""
import json
import subprocess
import sys

explored = json.load(open(sys.argv[1]))
tried = 0
for point in explored["points"]:
    if point["feasible"]:
        continue
    assert point["fixes"], point
    for fix in point["fixes"]:
        line = ["dyadic", "report", sys.argv[2], "--target", explored["target"], "--json"]
        for path, value in point["setting"].items():
            line += ["--set", "%s=%s" % (path, value)]
        line += fix.split(" (")[0].split()
        done = subprocess.run(line, stdout=subprocess.PIPE)
        assert done.returncode == 0, (line, done.stdout)
        tried += 1
assert tried > 0
