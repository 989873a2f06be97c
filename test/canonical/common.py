# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model's canonical form, the integers that go in, and the integers of the original to compare with."""
import array
import fractions
import json
import os
import subprocess
import sys

import npy

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(SOURCE, "test/networks/data")
DIGITS = os.path.join(SOURCE, "examples/digits")
MODELS = ("mobilenet_v1_w8a8", "mobilenet_v1_w4a4", "mobilenet_v1_mixed", "mlp_w8a8", "tfc_w1a1", "tfc_w2a2", "jet_tagging_w6a6")
LATTICES = {"jet_tagging_w6a6": "global_in:scale=0.015625,bits=8,signed"}


class NoCodes(Exception):
    """The codes of an input are not among the tapped ones, as with a padding or a transposition before the first quantiser."""


class Refused(Exception):
    """dyadic said no; the exit code and what it said."""

    def __init__(self, code, text):
        super().__init__("exit %d: %s" % (code, text))
        self.code, self.text = code, text


class Tally:
    """What came of the networks: they agree, fail, are too large for float32, or hold no integers to compare."""

    def __init__(self):
        self.good = self.compared = self.failed = self.large = self.other = 0

    def agreed(self, compared):
        self.good += 1
        self.compared += compared

    def wrong(self, name, why):
        self.failed += 1
        print("%s: %s" % (name, why))

    def refused(self, program, name, model, options, refusal):
        """Right for want of room, and where `check` refuses as well."""
        if refusal.code == 3:
            self.large += 1
            return
        try:
            dyadic(program, "check", model, *options)
        except Refused:
            self.other += 1
            return
        self.wrong(name, refusal)

    def close(self, where=""):
        """Prints the sums; the exit code."""
        print("%d networks agree in %d codes%s, %d failed; %d too large for float32, %d without integers to compare" %
              (self.good, self.compared, where, self.failed, self.large, self.other))
        return 4 if self.failed or not self.good else 0


def networks(pattern=None):
    """(name, model, {input: npy}, options) of digits and of every third small network; of all with DYADIC_FULL."""
    step = 1 if pattern or os.environ.get("DYADIC_FULL") else 3
    for e in json.load(open(os.path.join(DATA, "index.json")))[::step]:
        if pattern is None or e["name"] in pattern:
            inputs = {n: os.path.join(DATA, f) for n, f in e["inputs"].items()}
            yield e["name"], os.path.join(DATA, e["name"] + ".onnx"), inputs, e["options"]
    if pattern is None or "digits" in pattern:
        yield "digits", os.path.join(DIGITS, "digits.onnx"), {"": os.path.join(DIGITS, "digits_x.npy")}, []


def models(pattern=None):
    """The same of the real networks; ends the program as skipped where there are none."""
    folder = os.environ.get("DYADIC_MODELS")
    if not folder:
        print("skipped: DYADIC_MODELS is not set")
        sys.exit(77)
    for name in MODELS if pattern is None else pattern:
        options = ["--input", LATTICES[name]] if name in LATTICES else []
        yield name, os.path.join(folder, name + ".onnx"), {"": os.path.join(folder, name + ".x.npy")}, options


def random(generator, count, work):
    """The same of random networks, whose inputs are named by their numbers. One whose batch was chosen is left out: some
    tensors of it do not begin with the batch."""
    subprocess.run([generator, "--seed", "1", "--count", str(count), "-o", work], check=True)
    for number in range(1, count + 1):
        stem = os.path.join(work, str(number))
        options = [o for o in open(stem + ".options").read().split("\n") if o]
        inputs = {}
        while os.path.exists("%s.%d.npy" % (stem, len(inputs))):
            inputs[len(inputs)] = "%s.%d.npy" % (stem, len(inputs))
        if "--batch" not in options:
            yield "random network %d" % number, stem + ".onnx", inputs, options


def dyadic(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(done.returncode, done.stderr.strip()[-1500:] or done.stdout[-1500:])
    return done.stdout


def first(path, samples, out):
    """Writes the first samples of an npy file."""
    shape, values = npy.parse_npy(open(path, "rb").read())
    keep = min(shape[0], samples)
    npy.write_npy(out, (keep, *shape[1:]), values[:len(values) // shape[0] * keep])


def lattice_codes(options, name, path):
    """Codes of an input without a quantiser: of its declared lattice, or the integers that it takes."""
    shape, values = npy.parse_npy(open(path, "rb").read())
    spec = next((o for o in options if o.startswith(name + ":")), None)
    if spec and values.typecode in "fd":
        keys = dict(part.split("=") for part in spec[len(name) + 1:].split(",") if "=" in part)
        scale, zero = fractions.Fraction(keys["scale"]), fractions.Fraction(keys.get("zero", "0"))
        values = [round(fractions.Fraction(v) / scale + zero) for v in values]  # of the reals, before mean and std
    elif values.typecode in "fd":
        raise NoCodes()
    return shape, array.array("q", [int(v) for v in values])


def prepare(program, work, model, inputs, options, samples):
    """(canonical file, what dyadic said of it, {input: (shape, codes)}, {key: (shape, codes)} of the original)."""
    file = os.path.join(work, "canonical.onnx")
    said = json.loads(dyadic(program, "canonical", model, "-o", file, "--json", *options))
    cut = {}
    if 0 in inputs:
        inputs = {entry["name"]: inputs[i] for i, entry in enumerate(said["inputs"])}
    for name, path in inputs.items():
        cut[name] = os.path.join(work, "x%d.npy" % len(cut))
        first(path, samples, cut[name])
    codes = os.path.join(work, "codes.npz")
    flags = [f for n, p in cut.items() for f in ("--inputs", n + "=" + p if n else p)]
    try:
        dyadic(program, "run", model, *options, *flags, "-o", os.path.join(work, "y.npz"), "--codes", codes)
    except Refused:  # an input that no output depends on
        raise NoCodes()
    want = npy.read_npz(codes)
    given = {}
    for entry in said["inputs"]:
        name = entry["name"]
        path = cut.get(name) or cut[""]
        shape, values = want[entry["key"]] if entry["key"] else lattice_codes(options, name, path)
        given[name] = npy.parse_npy(open(path, "rb").read())[0], values
    return file, said, given, want
