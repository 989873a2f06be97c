# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the runtime for two machines and holds its call chains against the catalogue's stack bounds."""
import glob
import os
import re
import subprocess
import sys

source, work = sys.argv[1:]
text = open(os.path.join(source, "dialects/plat/Catalogue.cpp")).read()
bounds = {m[0]: int(m[1]) for m in re.findall(r'\{"\w+",\s*"(dyadic_\w+_run)",[^}]*?(\d+)\}', text)}
files = sorted(glob.glob(os.path.join(source, "runtime-c/core/*.c")) + glob.glob(os.path.join(source, "runtime-c/kernels/*.c")))
machines = {
    "m4": "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -std=c99",
    "rv32": "riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -misa-spec=2.2 --specs=picolibc.specs -std=c99",
}


def chains(folder):
    """Deepest stack below each function, from GCC's own call graph; wide division and its helper left out."""
    frames, calls = {}, {}
    for name in glob.glob(os.path.join(folder, "*.ci")):
        ci = open(name).read()
        for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*)"', ci):
            size = re.search(r"(\d+) bytes \(", label)
            if size:
                frames[title] = int(size.group(1))
        for a, b in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', ci):
            calls.setdefault(a, set()).add(b)
    def depth(f, path=()):
        if f in path or "dyadic_wide_eval" in f:
            return 0
        return frames.get(f, 0) + max([depth(g, path + (f,)) for g in calls.get(f, ())], default=0)
    return {f: depth(f) for f in frames}


worst = {}
for machine, compiler in machines.items():
    folder = os.path.join(work, machine)
    os.makedirs(folder)
    subprocess.run(compiler.split() + ["-O2", "-fcallgraph-info=su", "-I", os.path.join(source, "runtime-c/include"), "-c", *files], cwd=folder, check=True)
    for f, bytes_ in chains(folder).items():
        worst[f] = max(worst.get(f, 0), bytes_)
good = bool(bounds)
for symbol, bound in sorted(bounds.items()):
    print("%s: %d of %d" % (symbol[len("dyadic_"):-len("_run")], worst[symbol], bound))
    good &= worst[symbol] <= bound
print("bounds hold" if good else "a bound is too small")
