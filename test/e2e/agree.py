#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a model, runs the C on emulated machines and compares every output and every tapped code.

    agree.py MODEL --inputs X.npy [--input SPEC] [--impl mac|lut] [--on host,cortex-m4,rv32imc] [--samples N]

The law is `dyadic run --level=qonnx` on the same samples. Prints one line per machine; exit code 4 on a mismatch.
"""
import argparse
import array
import ast
import fractions
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
TYPES = {"|i1": "b", "|u1": "B", "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q", "<f4": "f", "<f8": "d"}


def parse_npy(data):
    """(shape, array.array) of an npy file's bytes."""
    assert data[:6] == b"\x93NUMPY", "not an npy file"
    begin, size = (10, struct.unpack("<H", data[8:10])[0]) if data[6] == 1 else (12, struct.unpack("<I", data[8:12])[0])
    header = ast.literal_eval(data[begin:begin + size].decode())
    values = array.array(TYPES[header["descr"]])
    values.frombytes(data[begin + size:])
    return header["shape"], values


def write_npy(path, shape, values):
    header = repr({"descr": {v: k for k, v in TYPES.items()}[values.typecode], "fortran_order": False, "shape": tuple(shape)})
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes())


def read_npz(path):
    with zipfile.ZipFile(path) as archive:
        return {name[:-4]: parse_npy(archive.read(name)) for name in archive.namelist()}


def count(shape):
    n = 1
    for extent in shape:
        n *= extent
    return n


def container(port):
    """typecode of net_input_i_t or net_output_i_t."""
    low, high = port["code_min"], port["code_max"]
    for code, bits in (("b" if low < 0 else "B", 8), ("h" if low < 0 else "H", 16), ("i", 32), ("q", 64)):
        top = bits if code in "BH" else bits - 1
        if low >= -(1 << (bits - 1)) and high < 1 << top:
            return code
    raise SystemExit("no container")


def call(*command, **kwargs):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    if done.returncode != 0:
        raise SystemExit("failed: %s\n%s" % (" ".join(str(c) for c in command), done.stdout))
    return done.stdout


def is_real(port, values):
    """Whether the harness quantises this input itself: it is given reals and the C has a quantiser for it."""
    return values.typecode in "fd" and port["quantiser"]


def input_codes(port, values):
    """The codes of an input without a quantiser in C: given as such, or those of the declared lattice."""
    if values.typecode not in "fd":
        return values
    scale = fractions.Fraction(port["scale_exact"])
    known = {}
    return [known.setdefault(v, round(fractions.Fraction(v) / scale + fractions.Fraction(port["zero"]))) for v in values]


def nearest_float32(x):
    """The float32 nearest to an exact fraction, ties to even."""
    if x == 0:
        return 0.0
    exponent = abs(x).numerator.bit_length() - x.denominator.bit_length()
    unit = fractions.Fraction(2) ** max(exponent - 24, -149)
    while abs(x) / unit >= 1 << 24:
        unit *= 2
    return float(round(x / unit) * unit)


def reals_of(port, found):
    """What a port's codes stand for, rounded once to float32."""
    scale, offset = ([fractions.Fraction(v) for v in (port[k] if isinstance(port[k], list) else [port[k]])] for k in ("scale_exact", "offset_exact"))
    period = count(port["shape"][port["axis"] + 1:])
    return [nearest_float32((c - fractions.Fraction(port["zero"])) * scale[i // period % len(scale)] + offset[i // period % len(offset)])
            for i, c in enumerate(found)]


def compare(folder, manifest, codes, outputs_by_name, samples):
    """Number of codes compared and of mismatches, and the first mismatch in words."""
    compared, wrong, first = 0, 0, ""
    outputs = open(os.path.join(folder, "outputs.bin"), "rb").read()
    at = 0
    for s in range(samples):
        for port in manifest["outputs"]:
            key = port["key"] or port["name"]
            values = (codes[key] if port["head"] else outputs_by_name[port["name"]] if port["name"] in outputs_by_name
                      else next(iter(outputs_by_name.values())))[1] if not port["head"] or key in codes else None
            n = count(port["shape"])
            found = array.array(container(port))
            found.frombytes(outputs[at:at + n * found.itemsize])
            at += n * found.itemsize
            compared += n
            if values is None:
                continue  # logits behind a head, whose integers the evaluator did not give
            expected = values[s * n:(s + 1) * n]  # may be cut short where a sample has several rows of axis 0
            found = reals_of(port, found) if not port["head"] else found
            if len(values) < samples * n:
                found, n = found[:len(expected)], len(expected)
            if list(found) != list(expected):
                bad = [i for i in range(n) if i >= len(found) or i >= len(expected) or found[i] != expected[i]]
                wrong += len(bad)
                first = first or "output %s sample %d index %d: %s, not %s" % (key, s, bad[0], list(found)[bad[0]:bad[0] + 1], expected[bad[0]] if bad[0] < len(expected) else None)
    outputs_of = {port[k]: count(port["shape"]) for port in manifest["outputs"] for k in ("key", "name")}
    taps = open(os.path.join(folder, "taps.bin"), "rb").read()
    at, seen, sample = 0, {}, 0
    while at < len(taps):
        length = struct.unpack("<I", taps[at:at + 4])[0]
        key = taps[at + 4:at + 4 + length].decode()
        at += 4 + length
        if key not in codes and key in outputs_of:
            at += 4 * outputs_of[key]
            continue
        if key not in codes:
            raise SystemExit("tapped %r, which the evaluator does not know" % key)
        values = codes[key][1]
        n = full = outputs_of.get(key, len(values) // samples)
        sample = seen.get(key, 0)
        seen[key] = sample + 1
        expected = values[sample * n:(sample + 1) * n]
        if expected.typecode != "i":
            expected = array.array("i", [v - (1 << 32) if v & 0x80000000 else v for v in (e & 0xFFFFFFFF for e in expected)])
        n = min(n, len(expected))
        compared += n
        if taps[at:at + 4 * n] != expected.tobytes():
            found = array.array("i")
            found.frombytes(taps[at:at + 4 * n])
            bad = [i for i in range(n) if found[i] != expected[i]]
            wrong += len(bad)
            first = first or "%s sample %d index %d: %d, not %d" % (key, sample, bad[0], found[bad[0]], expected[bad[0]])
        at += 4 * full
    missing = [key for key in codes if seen.get(key, 0) != samples]
    if missing:
        wrong += len(missing)
        first = first or "never tapped: " + ", ".join(missing)
    return compared, wrong, first


def given_for(port, reals):
    return reals.get(port["name"], next(iter(reals.values())))[1]


def write_inputs(work, manifest, reals, samples):
    """inputs.bin: sample by sample, input by input, reals as float32 or codes as the C API takes them."""
    ports = []
    for port in manifest["inputs"]:
        values = given_for(port, reals)
        ports.append(array.array("f", values) if is_real(port, values) else array.array(container(port), input_codes(port, values)))
    with open(os.path.join(work, "inputs.bin"), "wb") as f:
        for s in range(samples):
            for values in ports:
                n = len(values) // samples
                f.write(values[s * n:(s + 1) * n].tobytes())
    return ["-DREAL_%d=1" % i for i, values in enumerate(ports) if values.typecode == "f"]


def compile_c(dyadic, model, options, folder):
    """The emitted folder of a model and its manifest."""
    call("rm", "-rf", folder)
    call(dyadic, "compile", model, *options, "--target", "host", "-o", folder)
    return json.load(open(os.path.join(folder, "net_manifest.json")))


def sources(folder):
    return [os.path.join(root, name) for root in (folder, os.path.join(folder, "runtime")) for name in sorted(os.listdir(root)) if name.endswith(".c")]


def run_on(target, folder, work, files, *flags):
    """Builds the harness with these files and runs it; returns what it said."""
    program = os.path.join(work, target + ".elf")
    call(os.path.join(SOURCE, "scripts/cross"), target, *flags, "-DNET_TAP=1", "-I", folder, "-I", os.path.join(folder, "runtime"),
         "-o", program, os.path.join(HERE, "harness.c"), *files)
    for name in ("outputs.bin", "taps.bin"):
        if os.path.exists(os.path.join(work, name)):
            os.remove(os.path.join(work, name))
    return call(os.path.join(SOURCE, "scripts/emulate"), target, program, cwd=work)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--inputs", action="append", required=True)
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--impl", default="mac")
    parser.add_argument("--on", default="host,cortex-m4,rv32imc")
    parser.add_argument("--samples", type=int)
    parser.add_argument("--dyadic", default=os.path.join(SOURCE, "build/dev/bin/dyadic"))
    parser.add_argument("--keep", help="folder to work in")
    args = parser.parse_args()

    work = args.keep or tempfile.mkdtemp(prefix="agree.")
    os.makedirs(work, exist_ok=True)
    spec = [part for s in args.input for part in ("--input", s)]
    reals, inputs = {}, []
    for number, given in enumerate(args.inputs):
        name, path = given.rsplit("=", 1) if "=" in given and not os.path.exists(given) else ("", given)
        shape, values = parse_npy(open(path, "rb").read())
        samples = min(args.samples or shape[0], shape[0])
        shape = (samples,) + tuple(shape[1:])
        values = values[:count(shape)]
        cut = os.path.join(work, "x%d.npy" % number)
        write_npy(cut, shape, values)
        reals[name] = (shape, values)
        inputs += ["--inputs", name + "=" + cut if name else cut]
    call(args.dyadic, "run", args.model, *inputs, *spec, "-o", os.path.join(work, "y.npz"), "--codes", os.path.join(work, "codes.npz"))
    codes, outputs = read_npz(os.path.join(work, "codes.npz")), read_npz(os.path.join(work, "y.npz"))

    folder = os.path.join(work, "net")
    manifest = compile_c(args.dyadic, args.model, [*spec, "--impl", args.impl], folder)
    flags = write_inputs(work, manifest, reals, samples)
    failed = False
    for target in args.on.split(","):
        said = run_on(target, folder, work, sources(folder), "-O2", *flags)
        compared, wrong, first = compare(work, manifest, codes, outputs, samples)
        print("%s %s %s: %d samples, %d codes, %d mismatches%s" % (os.path.basename(args.model), args.impl, target, samples, compared, wrong,
                                                                    " (first: %s)" % first if first else ""))
        sys.stdout.flush()
        failed |= wrong != 0 or "samples %d " % samples not in said
    if not args.keep:
        call("rm", "-rf", work)
    return 4 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
