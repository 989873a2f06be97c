# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds a small QONNX network node by node and runs each at once, so that scales fit real values."""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import reference

SAMPLES = 6
REGISTRY = {}


def network(covers, name=None, **options):
    """Registers a function that fills a Net; the network's name is the function's unless given."""

    def register(function):
        key = name or function.__name__
        assert key not in REGISTRY, key
        REGISTRY[key] = (function, covers, options)
        return function

    return register


def split_spec(spec):
    """NAME:KEYS of a declared lattice; the name ends at the last colon before the first equals sign."""
    name = spec[: spec.index("=")].rsplit(":", 1)[0]
    return name, spec[len(name) + 1 :]


def f32(value):
    return np.asarray(value, dtype=np.float32)


class Net:
    def __init__(self, name, opset=13, ir=8, domain="onnx.brevitas", domain_version=1, imports=(), **options):
        """Further options: batch; names: plain (Conv_3), none, or a function of op type and count;
        share: equal constants are one; integers: zero points and bit widths are int64."""
        self.name, self.opset, self.domain = name, opset, domain
        self.batch = options.pop("batch", 1)
        self.names = options.pop("names", "plain")
        self.share = options.pop("share", False)
        self.integers = options.pop("integers", False)
        assert not options, options
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        imported = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, v) for d, v in imports]
        if domain and domain_version:
            imported.append(helper.make_opsetid(domain, domain_version))
        self.model = helper.make_model(
            onnx.GraphProto(name=name), ir_version=ir, producer_name="dyadic-tests", opset_imports=imported
        )
        self.graph = self.model.graph
        self.feeds, self.seen, self.specs, self.options = {}, {}, [], []
        # Tensor name -> its arrays, one for each batch of samples; a constant has one for all.
        self.values = {}
        # Bytes of a constant -> its name, when constants are shared.
        self.constants = {}

    # Graph edges

    def declare(self, name, shape, samples, seen=None):
        """samples go to the file; seen is what the graph sees of them, where a declared mean and std come between."""
        self.feeds[name] = samples
        self.seen[name] = samples if seen is None else seen
        self.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        self.values[name] = np.split(self.seen[name], range(self.batch, len(samples), self.batch))
        return name

    def input(self, name, *shape, reach=1.0, dims=None):
        """A float input: zeros, both extremes, then random values a little beyond; dims is the declared shape."""
        x = self.random.uniform(-1.25 * reach, 1.25 * reach, (SAMPLES * self.batch, *shape))
        for i, constant in enumerate((0, reach, -reach)):
            x[i] = constant
        return self.declare(name, dims or [self.batch, *shape], f32(x))

    def lattice(self, name, *shape, bits, scale, signed=False, zero=0, mean=None, std=None):
        """An input without Quant: random codes of a declared lattice; scale is the text of a number or fraction."""
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
        codes = self.random.integers(low, high + 1, (SAMPLES * self.batch, *shape))
        codes[0], codes[1], codes[2] = zero, high, low
        number, over = (str(scale).split("/") + ["1"])[:2]
        real = seen = (codes - zero) * (np.float64(number) / np.float64(over))
        spec = f"{name}:bits={bits},{'signed' if signed else 'unsigned'},scale={scale}" + (
            f",zero={zero}" if zero else ""
        )
        if mean is not None:
            axes = [-1] + [1] * (len(shape) - 1)
            seen = (real - np.array(mean, np.float64).reshape(axes)) / np.array(std, np.float64).reshape(axes)
            spec += ",mean=" + ":".join(map(str, mean)) + ",std=" + ":".join(map(str, std))
        self.specs.append(spec)
        return self.declare(name, [self.batch, *shape], f32(real), f32(seen))

    def const(self, value, name=None, dtype=np.float32):
        array = np.array(value, dtype=dtype)
        key = (array.tobytes(), array.shape, array.dtype.str)
        if self.share and not name and key in self.constants:
            return self.constants[key]
        name = name or f"c{len(self.graph.initializer)}"
        self.constants[key] = name
        self.graph.initializer.append(numpy_helper.from_array(array, name))
        self.values[name] = [array]
        return name

    def ints(self, value, name=None):
        return self.const(value, name, np.int64)

    def output(self, *names, name=None, kind=TensorProto.FLOAT):
        for n in names:
            if name:
                self.rename(n, name)
                n = name
            shape = list(self.value(n).shape)
            self.graph.output.append(helper.make_tensor_value_info(n, kind, shape))

    def rename(self, old, new):
        for node in self.graph.node:
            for names in (node.input, node.output):
                for i, n in enumerate(names):
                    if n == old:
                        names[i] = new
        self.values[new] = self.values.pop(old)

    def value(self, name):
        return self.values[name][0]

    def everything(self, name):
        return np.concatenate([np.atleast_1d(v).reshape(-1) for v in self.values[name]])

    # Nodes

    def op(self, kind, *inputs, domain="", name=None, outputs=1, **attrs):
        """Adds a node, runs it on every batch of samples, returns its output's name (or names)."""
        count = len(self.graph.node)
        if name is None:
            name = (
                ""
                if self.names == "none"
                else f"{kind}_{count}" if self.names == "plain" else self.names(kind, count)
            )
        results = [f"t{count}" + (f"_{i}" if i else "") for i in range(outputs)]
        node = helper.make_node(kind, [i or "" for i in inputs], results, name=name, domain=domain, **attrs)
        self.graph.node.append(node)
        batches = max([len(self.values[i]) for i in inputs if i] or [1])
        found = []
        for b in range(batches):
            values = {i: self.values[i][b if len(self.values[i]) > 1 else 0] for i in inputs if i}
            found.append(reference.run_node(self.model, node, values)[0])
        for r in results:
            self.values[r] = [f[r] for f in found]
        return results[0] if outputs == 1 else results

    def axes_op(self, kind, x, axes, since, **attrs):
        """Unsqueeze, Squeeze, ReduceMean: axes became an input with some opset."""
        if self.opset >= since:
            return self.op(kind, x, self.ints(axes), **attrs)
        return self.op(kind, x, axes=axes, **attrs)

    # Quantisers

    def quant(
        self,
        x,
        bits=8,
        scale=None,
        zero=0.0,
        signed=True,
        narrow=False,
        mode="ROUND",
        name=None,
        fill=0.8,
        kind="Quant",
    ):
        """A Quant node; without a scale, one that spreads the values seen over the range, clipping some."""
        if scale is None:
            levels = max(2.0 ** (bits - 1) - 1, 0.5) if signed else 2.0**bits - 1
            scale = max(np.abs(self.everything(x)).max(), 1e-3) * fill / levels
        integer = np.int64 if self.integers else np.float32
        return self.op(
            kind,
            x,
            self.const(scale),
            self.const(zero, dtype=integer),
            self.const(bits, dtype=integer),
            domain=self.domain,
            name=name,
            signed=int(signed),
            narrow=int(narrow),
            rounding_mode=mode,
        )

    def weight(
        self,
        *shape,
        bits=8,
        scale="channel",
        axis=0,
        zero=0.0,
        signed=True,
        narrow=None,
        mode="ROUND",
        raw=None,
    ):
        """A random float initialiser with a Quant node behind it; scale: channel, tensor, or a value."""
        w = self.random.standard_normal(shape) if raw is None else np.asarray(raw, np.float64)
        narrow = signed if narrow is None else narrow
        levels = max(2.0 ** (bits - 1) - 1, 0.75) if signed else 2.0**bits - 1 - zero
        if isinstance(scale, str):
            others = tuple(a for a in range(w.ndim) if a != axis) if scale == "channel" else None
            scale = np.maximum(np.abs(w).max(axis=others, keepdims=scale == "channel") / levels, 1e-4)
        return self.quant(self.const(w), bits, f32(scale), zero, signed, narrow, mode)

    def bipolar(self, x, scale=1.0):
        return self.op("BipolarQuant", x, self.const(scale), domain=self.domain)

    def trunc(self, x, scale, bits_in, bits_out, zero=0.0, mode="FLOOR", out_scale=None, **attrs):
        more = [] if out_scale is None else [self.const(out_scale)]
        return self.op(
            "Trunc",
            x,
            self.const(scale),
            self.const(zero),
            self.const(float(bits_in)),
            *more,
            self.const(float(bits_out)),
            domain=self.domain,
            rounding_mode=mode,
            **attrs,
        )

    # Layers

    def conv(self, x, outputs, kernel=None, bits=8, group=1, bias=None, weight=None, **attrs):
        """A Conv of random quantised weights; kernel: a number (2-D), a list, or the weight's own, else 3x3."""
        if kernel is None:
            kernel = list(self.value(weight).shape[2:]) if weight else 3
        kernel = [kernel, kernel] if isinstance(kernel, int) else kernel
        channels = self.value(x).shape[1]
        weight = weight or self.weight(outputs, channels // group, *kernel, bits=bits)
        bias = [] if bias is None else [bias if isinstance(bias, str) else self.const(bias)]
        if group != 1:
            attrs["group"] = group
        return self.op("Conv", x, weight, *bias, kernel_shape=kernel, **attrs)

    def batchnorm(self, x, gamma=None, epsilon=1e-5):
        channels = self.value(x).shape[1]
        axes = tuple(a for a in range(self.value(x).ndim) if a != 1)
        seen = np.concatenate(self.values[x])
        gamma = self.random.uniform(0.5, 1.5, channels) if gamma is None else gamma
        terms = [
            gamma,
            self.random.normal(0, 0.3, channels),
            seen.mean(axes) * 0.9,
            seen.var(axes) * 1.1 + 1e-3,
        ]
        return self.op("BatchNormalization", x, *[self.const(t) for t in terms], epsilon=epsilon)

    def relu(self, x, bits=8, **options):
        return self.quant(self.op("Relu", x), bits, signed=False, **options)

    def gemm(self, x, outputs, bits=8, bias=True, **attrs):
        w = self.weight(outputs, self.value(x).shape[1], bits=bits)
        b = [self.const(self.random.normal(0, 0.5, outputs))] if bias else []
        return self.op("Gemm", x, w, *b, transB=1, **attrs)
