# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles the runtime for two machines and holds its call chains against the catalogue's stack bounds; of a tiled network NAME net
the chain from net_run to a core's work against the bound in Figures.cpp."""
import glob
import os
import re
import subprocess
import sys

source, work, tiled = sys.argv[1:]
text = open(os.path.join(source, "dialects/plat/Catalogue.cpp")).read()
bounds = {m[0]: int(m[1]) for m in re.findall(r'\{"\w+",\s*"(dyadic_\w+_run)",[^}]*?,\s*(\d+)(?:,\s*"dyadic_\w+_part",\s*\w+(?:,\s*"dyadic_\w+_segment")?)?\}', text)}
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


worst, callers = {}, 0
FORK = 64  # of a port's dyadic_team_fork
for machine, compiler in machines.items():
    folder = os.path.join(work, machine)
    os.makedirs(folder)
    subprocess.run(compiler.split() + ["-O2", "-fcallgraph-info=su", "-I", os.path.join(source, "runtime-c/include"), "-c", *files], cwd=folder, check=True)
    for f, bytes_ in chains(folder).items():
        f = f.replace("_part", "_run").replace("_segment", "_run")
        worst[f] = max(worst.get(f, 0), bytes_)
    os.makedirs(folder + "/net")
    subprocess.run(compiler.split() + ["-O2", "-fcallgraph-info=su", "-I", tiled, "-I", os.path.join(tiled, "runtime"), "-c", *glob.glob(tiled + "/*.c")],
                   cwd=folder + "/net", check=True)
    net = chains(folder + "/net")
    callers = max(callers, net["net_run"] + max(b for f, b in net.items() if f.endswith(":work")) + FORK)
good = bool(bounds)
for symbol, bound in sorted(bounds.items()):
    print("%s: %d of %d" % (symbol[len("dyadic_"):-len("_run")], worst[symbol], bound))
    good &= worst[symbol] <= bound
bound = int(re.search(r"tiledFrames = (\d+)", open(os.path.join(source, "codegen/Figures.cpp")).read()).group(1))
print("callers: %d of %d" % (callers, bound))
good &= callers <= bound
print("bounds hold" if good else "a bound is too small")
