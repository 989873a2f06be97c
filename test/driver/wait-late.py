# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Moves the wait right before one layer's run to before the next one's: wait-late.py FILE.mlir EARLIER LATER > OUT."""
import sys

lines = open(sys.argv[1]).read().splitlines()
runs = {name: next(i for i, line in enumerate(lines) if "plat.run @%s " % name in line) for name in sys.argv[2:4]}
wait = runs[sys.argv[2]] - 1
if "plat.await_chunk" not in lines[wait]:
    raise SystemExit("no chunk is awaited before " + sys.argv[2])
lines.insert(runs[sys.argv[3]], lines[wait])
del lines[wait]
print("\n".join(lines))
