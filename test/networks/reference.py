# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a QONNX file one node at a time, as the reference executor does, and collects the integer codes.

Custom operators are the Python package qonnx's own functions; every other node goes to onnxruntime alone.
"""

import collections
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from qonnx.custom_op.general.bipolar_quant import binary_quant
from qonnx.custom_op.general.multithreshold import multithreshold
from qonnx.custom_op.general.quant import quant
from qonnx.custom_op.general.trunc import trunc_v1, trunc_v2

QUANT = {"Quant", "IntQuant"}
TRUNC = {"Trunc", "TruncQuant"}
QUANTISERS = QUANT | TRUNC | {"BipolarQuant", "MultiThreshold"}
CHANNELS_LAST = "qonnx.custom_op.channels_last"
# Modes that exporters write and the executor does not know, with the one that means the same.
ALIASES = {"ROUND_TO_ZERO": "DOWN"}

onnxruntime.set_default_logger_severity(3)
_sessions = {}


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def rounding(attrs):
    mode = attrs.get("rounding_mode", b"ROUND").decode()
    return ALIASES.get(mode.upper(), mode)


def run_standard(node, values, opset):
    """One node of the ONNX standard through onnxruntime, all outputs."""
    names = [n for n in dict.fromkeys(node.input) if n]
    kinds = tuple((n, values[n].dtype.str) for n in names)
    key = (node.SerializeToString(), kinds, opset)
    if key not in _sessions:
        inputs = [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(values[n].dtype), None)
            for n in names
        ]
        outputs = [helper.make_empty_tensor_value_info(n) for n in node.output if n]
        model = helper.make_model(
            helper.make_graph([node], "one", inputs, outputs),
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=8,
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        _sessions[key] = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    results = _sessions[key].run(None, {n: np.asarray(values[n]) for n in names})
    return dict(zip([n for n in node.output if n], results))


def run_channels_last(node, values, opset):
    """Transpose, run, transpose back; the weights of a convolution are channel-last too."""
    first = lambda a: np.ascontiguousarray(np.moveaxis(a, -1, 1))
    inner = onnx.NodeProto()
    inner.CopyFrom(node)
    inner.domain = ""
    count = 2 if node.op_type == "Conv" else 1
    moved = {n: first(values[n]) if i < count else values[n] for i, n in enumerate(node.input) if n}
    return {n: np.moveaxis(a, 1, -1) for n, a in run_standard(inner, moved, opset).items()}


def trunc_version(model, domain):
    return next((o.version for o in model.opset_import if o.domain == domain), 1)


def run_quantiser(model, node, values):
    """The real result of a quantising node and its codes."""
    attrs = attributes(node)
    x, *rest = [values[n] for n in node.input]
    if node.op_type in QUANT:
        scale, zero, bits = rest
        y = quant(x, scale, zero, bits, attrs["signed"], attrs["narrow"], rounding(attrs))
        codes = y / np.float64(scale) + zero
    elif node.op_type == "BipolarQuant":
        y = binary_quant(x, rest[0])
        codes = y / np.float64(rest[0])
    elif node.op_type in TRUNC and trunc_version(model, node.domain) < 2:
        scale, zero, bits_in, bits_out = rest
        y = trunc_v1(x, scale, zero, bits_in, bits_out, rounding(attrs))
        codes = y / np.float64(scale) + zero
    elif node.op_type in TRUNC:
        scale, zero, bits_in, out_scale, bits_out = rest
        y = trunc_v2(
            x,
            scale,
            zero,
            bits_in,
            attrs.get("narrow", 0),
            attrs.get("signed", 1),
            out_scale,
            bits_out,
            rounding(attrs),
        )
        codes = y / np.float64(out_scale) + zero / 2 ** np.round(np.log2(out_scale / scale))
    else:
        layout = attrs.get("data_layout", b"").decode() or {2: "NC", 3: "NWC", 4: "NCHW"}.get(x.ndim, "NC")
        scale, bias = attrs.get("out_scale", 1.0), attrs.get("out_bias", 0.0)
        y = multithreshold(x, rest[0], scale, bias, channels_last=layout.endswith("C") and x.ndim > 2)
        codes = (np.float64(y) - bias) / scale
    return np.asarray(y, dtype=np.float32), np.rint(codes).astype(np.int64)


def run_node(model, node, values):
    """All outputs of one node by name, and the codes if it quantises (else None)."""
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    if node.op_type in QUANTISERS:
        y, codes = run_quantiser(model, node, values)
        return {node.output[0]: y}, codes
    if node.domain == CHANNELS_LAST:
        return run_channels_last(node, values, opset), None
    return run_standard(node, values, opset), None


def code_keys(graph):
    """Each quantiser's key: its node name, or its output's where the name is missing or repeats."""
    count = collections.Counter(n.name for n in graph.node)
    keys = {}
    for node in graph.node:
        name = node.name if node.name and count[node.name] == 1 else node.output[0]
        keys[node.output[0]] = name.removeprefix("/").replace("/", "|")
    return keys


def free_inputs(graph):
    constants = {t.name for t in graph.initializer}
    return [i for i in graph.input if i.name not in constants]


def run_once(model, feed):
    """Outputs and codes for one batch as the file bakes it in."""
    graph = model.graph
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    values.update(feed)
    live, codes, keys = set(feed), {}, code_keys(graph)
    for node in graph.node:
        results, own = run_node(model, node, values)
        values.update(results)
        if live & set(node.input):
            live |= set(node.output)
            if own is not None:
                codes[keys[node.output[0]]] = own
    return {o.name: values[o.name] for o in graph.output}, codes


def joined(parts, samples, batch):
    """One array of all batches without what fills the last one; a sample may have several rows of the first axis."""
    if not parts[0].ndim:
        return np.stack(parts)
    return np.concatenate(parts)[: samples * max(1, len(parts[0]) // batch)]


def run(model, inputs):
    """Outputs and codes for inputs whose first axis counts samples, whatever the baked-in batch."""
    first = free_inputs(model.graph)[0].type.tensor_type.shape.dim[0]
    samples = len(next(iter(inputs.values())))
    batch = first.dim_value or 1
    gathered = collections.defaultdict(list)
    for start in range(0, samples, batch):
        index = np.minimum(np.arange(start, start + batch), samples - 1)
        outputs, codes = run_once(model, {n: x[index] for n, x in inputs.items()})
        for kind, found in (("out", outputs), ("code", codes)):
            for name, array in found.items():
                gathered[kind, name].append(array)
    arrays = {key: joined(parts, samples, batch) for key, parts in gathered.items()}
    pick = lambda wanted: {name: array for (kind, name), array in arrays.items() if kind == wanted}
    return pick("out"), pick("code")


def narrowest(codes):
    """The codes in the narrowest integer type that holds them."""
    for kind in (np.int8, np.uint8, np.int16, np.uint16, np.int32):
        if codes.min() >= np.iinfo(kind).min and codes.max() <= np.iinfo(kind).max:
            return codes.astype(kind)
    return codes


def main():
    if len(sys.argv) != 3:
        sys.exit(
            "usage: reference.py MODEL.onnx X.npy   writes MODEL.y.npy and MODEL.codes.npz (codes of two samples)"
        )
    model = onnx.load(sys.argv[1])
    x = np.load(sys.argv[2])
    outputs, codes = run(model, {free_inputs(model.graph)[0].name: x})
    stem = str(pathlib.Path(sys.argv[1]).with_suffix(""))
    np.save(stem + ".y.npy", next(iter(outputs.values())))
    np.savez_compressed(stem + ".codes.npz", **{key: narrowest(c[:2]) for key, c in codes.items()})


if __name__ == "__main__":
    main()
