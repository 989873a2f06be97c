# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates a QONNX file in exact rational arithmetic: semantics S, written apart from dyadic to judge it.

A tensor is an array of Fractions. Constants are folded in float32 by the reference executor; a quantised constant keeps
its exact value through data movement. Meant for small networks: it is slow and plain.
"""

import collections
import math
from fractions import Fraction

import numpy as np
from onnx import numpy_helper

import pools
import reference
from reference import attributes

MOVES = {"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast", "Concat", "Slice",
         "Split", "Gather", "Expand", "Tile", "Resize", "Upsample", "DepthToSpace", "Pad"}  # fmt: skip


def fractions(array):
    """Float or integer array to Fractions, each float taken exactly."""
    array = np.asarray(array)
    out = np.empty(array.size, object)
    out[:] = [Fraction(v) for v in array.ravel().tolist()]
    return out.reshape(array.shape)


def nearest_float32(value):
    """The float32 nearest to a Fraction, ties to even."""
    if value == 0:
        return np.float32(0)
    exponent = max(
        math.floor(math.log2(abs(value.numerator))) - math.floor(math.log2(value.denominator)) - 26, -149
    )
    while abs(value) >= Fraction(2) ** (exponent + 24):
        exponent += 1
    while exponent > -149 and abs(value) < Fraction(2) ** (exponent + 23):
        exponent -= 1
    return np.float32(math.ldexp(round(value / Fraction(2) ** exponent), exponent))


def floats(array):
    return np.array([nearest_float32(v) for v in array.ravel()], np.float32).reshape(array.shape)


def rounded(array):
    """What a file holds: float32 nearest to each exact value; index results of ArgMax stay integers."""
    return floats(array) if array.dtype == object else array


def half_away(v):
    return int(math.copysign(math.floor(abs(v) + Fraction(1, 2)), v))


ROUND = {
    "ROUND": round,
    "HALF_EVEN": round,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "DOWN": math.trunc,
    "ROUND_TO_ZERO": math.trunc,
    "UP": lambda v: math.ceil(v) if v > 0 else math.floor(v),
    "HALF_UP": half_away,
    "HALF_DOWN": lambda v: int(math.copysign(math.ceil(abs(v) - Fraction(1, 2)), v)),
}


def rounding(attrs):
    return ROUND[attrs.get("rounding_mode", b"ROUND").decode().upper()]


def limits(attrs, bits):
    """MIN and MAX as the float32 values that the executor clips with."""
    b, narrow = np.float32(bits.item()), attrs.get("narrow", 0)
    if attrs.get("signed", 1):
        low, high = -(np.float32(2) ** (b - 1)) + narrow, np.float32(2) ** (b - 1) - 1
    else:
        low, high = np.float32(0), np.float32(2) ** b - 1 - narrow
    return Fraction(float(np.float32(low))), Fraction(float(np.float32(high)))


def each(function, *arrays):
    arrays = np.broadcast_arrays(*arrays)
    out = np.empty(arrays[0].size, object)
    out[:] = [function(*v) for v in zip(*[a.ravel() for a in arrays])]
    return out.reshape(arrays[0].shape)


def dot(a, b):
    """Matrix product of Fractions through integers over common denominators."""
    da = math.lcm(1, *{v.denominator for v in a.ravel()})
    db = math.lcm(1, *{v.denominator for v in b.ravel()})
    whole = lambda m, d: each(lambda v: v.numerator * (d // v.denominator), m)
    return each(lambda v: Fraction(v, da * db), np.matmul(whole(a, da), whole(b, db)))


class Evaluator:
    """One batch through the graph; exact holds Fractions, folded the float32 constants."""

    def __init__(self, model):
        self.model, self.graph = model, model.graph
        self.opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        self.keys = reference.code_keys(self.graph)

    def run(self, feed):
        self.folded = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        for name in feed:
            self.folded.pop(name, None)
        self.exact, self.live, codes = dict(feed), set(feed), {}
        self.before = {}  # quantiser's output -> exact values before rounding
        for node in self.graph.node:
            if node.op_type == "Shape":
                self.folded[node.output[0]] = np.array(self.value(node.input[0]).shape)
            elif self.live & set(node.input):
                self.live |= set(node.output)
                results, own = self.step(node)
                self.exact.update(results)
                if own is not None:
                    codes[self.keys[node.output[0]]] = own
            else:
                self.exact.update(self.fold(node))
        return {o.name: self.value(o.name) for o in self.graph.output}, codes

    def fold(self, node):
        """A constant node: float32 as the executor has it, and the exact value of what is still a quantised constant."""
        results, codes = reference.run_node(self.model, node, self.folded)
        self.folded.update(results)
        if codes is not None and node.op_type in reference.QUANT | {"BipolarQuant"}:
            scale = fractions(self.folded[node.input[1]])
            zero = fractions(self.folded[node.input[2]]) if node.op_type != "BipolarQuant" else Fraction(0)
            return {node.output[0]: (fractions(codes) - zero) * scale}
        if node.op_type in MOVES and any(i in self.exact for i in node.input):
            return self.move(node)
        return {}

    def value(self, name):
        if name not in self.exact:
            self.exact[name] = fractions(self.folded[name])
        return self.exact[name]

    def step(self, node):
        """Results of a node that depends on the input, and its codes if it quantises."""
        attrs = attributes(node)
        if node.op_type in reference.QUANTISERS:
            y, codes = getattr(self, "do_" + self.quantiser(node))(node, attrs)
            return {node.output[0]: y}, codes.astype(np.int64)
        if node.op_type in MOVES:
            return self.move(node), None
        inputs = [self.value(i) if i else None for i in node.input]
        if node.domain == reference.CHANNELS_LAST:
            count = 2 if node.op_type == "Conv" else 1
            inputs = [np.moveaxis(x, -1, 1) if i < count else x for i, x in enumerate(inputs)]
            return {
                node.output[0]: np.moveaxis(getattr(self, "do_" + node.op_type)(attrs, *inputs), 1, -1)
            }, None
        if node.op_type in ("ReduceMean", "Clip", "BatchNormalization"):
            inputs = inputs[:1] + [self.folded[i] if i else None for i in node.input[1:]]
        return {node.output[0]: getattr(self, "do_" + node.op_type)(attrs, *inputs)}, None

    def quantiser(self, node):
        if node.op_type in reference.TRUNC:
            return f"Trunc{min(reference.trunc_version(self.model, node.domain), 2)}"
        return "Quant" if node.op_type in reference.QUANT else node.op_type

    # Data movement: the executor moves indices, the Fractions follow.

    def move(self, node):
        pool, values = [Fraction(0)], dict(self.folded)
        for position, name in enumerate(node.input):
            if name and (name in self.exact or (position == 0 or node.op_type == "Concat")):
                x = self.value(name)
                values[name] = np.arange(len(pool), len(pool) + x.size, dtype=np.float32).reshape(x.shape)
                pool.extend(x.ravel())
        pool = np.array(pool, object)
        moved = reference.run_standard(node, values, self.opset)
        return {n: pool[np.asarray(i, np.int64)] for n, i in moved.items()}

    # Quantisers

    def do_Quant(self, node, attrs):
        scale, zero = (fractions(self.folded[i]) for i in node.input[1:3])
        bits = self.folded[node.input[3]]
        v = self.before[node.output[0]] = self.value(node.input[0]) / scale + zero
        if bits == 1 and attrs["signed"]:
            codes = each(lambda a: 1 if a >= 0 else -1, v)
        else:
            (low, high), nearest = limits(attrs, bits), rounding(attrs)
            codes = each(lambda a: nearest(min(max(a, low), high)), v)
        return (codes - zero) * scale, codes

    def do_BipolarQuant(self, node, attrs):
        v = self.before[node.output[0]] = self.value(node.input[0])
        codes = each(lambda a: 1 if a >= 0 else -1, v)
        return codes * fractions(self.folded[node.input[1]]), codes

    def do_Trunc1(self, node, attrs):
        scale, zero = (fractions(self.folded[i]) for i in node.input[1:3])
        bits_in, bits_out = (Fraction(float(self.folded[i].item())) for i in node.input[3:5])
        whole = each(round, self.value(node.input[0]) / scale + zero)
        codes = each(lambda a: rounding(attrs)(a / Fraction(2) ** (bits_in - bits_out)), whole)
        return (codes - zero) * scale, codes

    def do_Trunc2(self, node, attrs):
        scale, zero = (fractions(self.folded[i]) for i in node.input[1:3])
        out_scale, bits = self.folded[node.input[4]], self.folded[node.input[5]]
        shift = np.rint(np.log2(out_scale / self.folded[node.input[1]])).item()
        factor = Fraction(2) ** int(shift)
        (low, high), nearest = limits({"signed": 1, "narrow": 0, **attrs}, bits), rounding(attrs)
        whole = each(round, self.value(node.input[0]) / scale + zero)
        codes = each(lambda a: nearest(min(max(a / factor, low), high)), whole)
        return (codes - zero / factor) * fractions(out_scale), codes

    def do_MultiThreshold(self, node, attrs):
        x, rows = self.value(node.input[0]), fractions(self.folded[node.input[1]])
        layout = attrs.get("data_layout", b"").decode() or {2: "NC", 3: "NWC", 4: "NCHW"}.get(x.ndim, "NC")
        axis = x.ndim - 1 if layout.endswith("C") and x.ndim > 2 else 1
        out = np.moveaxis(np.zeros(x.shape, object), axis, 0)
        for c, channel in enumerate(np.moveaxis(x, axis, 0)):
            out[c] = each(lambda v: sum(v >= t for t in rows[c % len(rows)]), channel)
        codes = np.moveaxis(out, 0, axis)
        return codes * Fraction(attrs.get("out_scale", 1.0)) + Fraction(attrs.get("out_bias", 0.0)), codes

    # Arithmetic

    def do_Add(self, attrs, a, b):
        return a + b

    def do_Sub(self, attrs, a, b):
        return a - b

    def do_Mul(self, attrs, a, b):
        return a * b

    def do_Div(self, attrs, a, b):
        return a / b

    def do_Relu(self, attrs, x):
        return each(lambda v: max(v, Fraction(0)), x)

    def do_LeakyRelu(self, attrs, x):
        alpha = Fraction(float(np.float32(attrs.get("alpha", 0.01))))
        return each(lambda v: v if v >= 0 else alpha * v, x)

    def do_PRelu(self, attrs, x, slope):
        return np.where(x >= 0, x, x * slope)

    def do_Clip(self, attrs, x, low=None, high=None):
        bounds = [
            attrs.get("min") if low is None else low.item(),
            attrs.get("max") if high is None else high.item(),
        ]
        low, high = (None if b is None else Fraction(float(b)) for b in bounds)
        return each(lambda v: max(v if high is None else min(v, high), v if low is None else low), x)

    def do_BatchNormalization(self, attrs, x, gamma, beta, mean, var):
        one, epsilon = np.float32(1), np.float32(attrs.get("epsilon", 1e-5))
        a = (one / np.sqrt(np.float32(var + epsilon))) * gamma
        b = beta - mean * a
        shape = [-1] + [1] * (x.ndim - 2)
        return x * fractions(a).reshape(shape) + fractions(b).reshape(shape)

    def do_MatMul(self, attrs, a, b):
        return dot(a, b)

    def do_Gemm(self, attrs, a, b, c=None):
        a, b = a.T if attrs.get("transA") else a, b.T if attrs.get("transB") else b
        y = dot(a, b) * Fraction(attrs.get("alpha", 1.0))
        return y if c is None else y + c * Fraction(attrs.get("beta", 1.0))

    def do_Conv(self, attrs, x, w, bias=None):
        kernel, groups = w.shape[2:], attrs.get("group", 1)
        columns = pools.windows(x, kernel, attrs, Fraction(0))  # batch, channel, out..., kernel positions
        batch, out = x.shape[0], columns.shape[2:-1]
        results = []
        for g in range(groups):
            part = columns[:, g * w.shape[1] : (g + 1) * w.shape[1]]
            part = np.moveaxis(part, 1, -2).reshape(batch * math.prod(out), -1)
            rows = w[g * (w.shape[0] // groups) : (g + 1) * (w.shape[0] // groups)]
            results.append(dot(part, rows.reshape(len(rows), -1).T).reshape(batch, *out, len(rows)))
        y = np.moveaxis(np.concatenate(results, -1), -1, 1)
        return y if bias is None else y + bias.reshape([-1] + [1] * len(kernel))

    # Pooling

    def do_MaxPool(self, attrs, x):
        found = pools.windows(x, attrs["kernel_shape"], attrs, None, pooling=True)
        return pools.reduce(found, lambda w: max(v for v in w if v is not None))

    def do_AveragePool(self, attrs, x):
        found = pools.windows(x, attrs["kernel_shape"], attrs, None, pooling=True)
        counted = pools.windows(*pools.padded_ones(x, attrs), None, pooling=True)
        total = pools.reduce(found, lambda w: sum((v for v in w if v is not None), Fraction(0)))
        return total / pools.reduce(counted, lambda w: sum(v for v in w if v is not None))

    def do_GlobalAveragePool(self, attrs, x):
        return self.mean(x, tuple(range(2, x.ndim)), True)

    def do_ReduceMean(self, attrs, x, axes=None):
        return self.mean(x, tuple(attrs["axes"] if axes is None else axes), bool(attrs.get("keepdims", 1)))

    def mean(self, x, axes, keep):
        return x.sum(axis=axes, keepdims=keep) / Fraction(math.prod(x.shape[a] for a in axes))

    # The last nodes

    def do_ArgMax(self, attrs, x):
        axis = attrs.get("axis", 0)
        best = np.apply_along_axis(lambda row: max(range(len(row)), key=lambda i: row[i]), axis, x)
        return np.expand_dims(best, axis) if attrs.get("keepdims", 1) else best

    def do_Softmax(self, attrs, x):
        """Correctly rounded as far as 40 digits decide."""
        import mpmath

        mpmath.mp.dps = 60
        axis = attrs.get("axis", 1 if self.opset < 13 else -1)
        exp = each(lambda v: mpmath.exp(mpmath.mpf(v.numerator) / v.denominator), x)
        whole = lambda v: Fraction(int(mpmath.nint(v * mpmath.mpf(2) ** 160)), 2**160)
        return each(whole, exp / exp.sum(axis=axis, keepdims=True))


def run(model, inputs, batch=None):
    """Outputs as exact Fractions, and codes; the first axis of inputs counts samples. Inputs are floats or Fractions.

    The baked-in batch may be overridden where no Reshape repeats it."""
    first = reference.free_inputs(model.graph)[0].type.tensor_type.shape.dim[0]
    samples = len(next(iter(inputs.values())))
    batch = batch or first.dim_value or 1
    gathered = collections.defaultdict(list)
    exact = {n: x if x.dtype == object else fractions(x) for n, x in inputs.items()}
    for start in range(0, samples, batch):
        index = np.minimum(np.arange(start, start + batch), samples - 1)
        outputs, codes = Evaluator(model).run({n: x[index] for n, x in exact.items()})
        for kind, found in (("out", outputs), ("code", codes)):
            for name, array in found.items():
                gathered[kind, name].append(array)
    joined = {key: reference.joined(parts, samples, batch) for key, parts in gathered.items()}
    pick = lambda wanted: {name: array for (kind, name), array in joined.items() if kind == wanted}
    return pick("out"), pick("code")


def on_lattice(x, spec):
    """Real samples as the exact values that the graph sees through the lattice that a SPEC declares."""
    keys = dict(p.split("=") for p in spec.split(",") if "=" in p)
    axes = [-1] + [1] * (x.ndim - 2)
    listed = lambda key, default: np.array(
        [Fraction(v) for v in keys.get(key, default).split(":")], object
    ).reshape(axes)
    scale, zero, mean, std = (
        Fraction(keys["scale"]),
        Fraction(keys.get("zero", "0")),
        listed("mean", "0"),
        listed("std", "1"),
    )
    codes = each(round, fractions(x) / scale + zero)
    return ((codes - zero) * scale - mean) / std
