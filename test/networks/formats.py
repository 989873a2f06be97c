# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""File forms: opsets, IR versions, names, shared and doubled initialisers, domains, external data."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from net import network


def small(n):
    """Conv, BatchNormalization, Relu, Quant, MaxPool, Flatten, Gemm: what every exporter writes."""
    x = n.quant(n.input("x", 2, 6, 6))
    x = n.relu(n.batchnorm(n.conv(x, 4, pads=[1, 1, 1, 1], bits=4)), 4)
    x = n.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    n.output(n.gemm(n.op("Flatten", x), 5, bits=4))


for opset, ir in ((9, 4), (11, 5), (11, 6), (13, 7), (14, 7), (17, 8), (20, 9), (20, 10), (23, 10)):
    network(f"opset {opset}, IR {ir}", name=f"opset_{opset}_ir_{ir}", opset=opset, ir=ir)(small)


@network("IR 3: every initialiser is listed as an input as well", opset=9, ir=3)
def initialisers_as_inputs(n):
    small(n)
    for t in n.graph.initializer:
        n.graph.input.append(helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)))


@network(
    "as Brevitas 0.13 writes it: domain version 2, shared initialisers listed first among the inputs",
    opset=20,
    ir=10,
    domain_version=2,
    share=True,
)
def initialisers_shared(n):
    x = n.quant(n.input("x", 2, 6, 6), 8, scale=8.0 / 127, zero=0.0)
    x = n.op("Relu", n.conv(x, 4, weight=n.weight(4, 2, 3, 3, scale=0.5, bits=4), pads=[1, 1, 1, 1]))
    x = n.quant(x, 8, scale=0.5, zero=8.0, signed=False)
    x = n.op("Reshape", x, n.ints([1, 144]), allowzero=1)
    x = n.op("Sub", x, n.const(0.5))
    n.output(n.op("Gemm", x, n.weight(3, 144, bits=8, scale=0.5), n.const(np.zeros(3)), transB=1))
    typed = [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in n.graph.initializer]
    first = list(n.graph.input)
    del n.graph.input[:]
    n.graph.input.extend(typed + first)


@network("one constant is a scale, a BatchNormalization term and a bias", share=True)
def constants_in_three_roles(n):
    x = n.quant(n.input("x", 4, 4, 4), 8, np.full((4, 1, 1), 0.5))
    ones = n.const(np.full(4, 0.5))
    x = n.conv(x, 4, weight=n.weight(4, 4, 1, 1, scale="tensor"), bias=ones)
    n.output(n.relu(n.op("BatchNormalization", x, ones, ones, ones, ones), 4))


@network("initialisers that nothing uses")
def initialisers_unused(n):
    n.const(np.arange(40.0))
    n.ints([1, 2, 3])
    small(n)


@network("constants as Constant nodes: value, value_float, value_ints")
def constant_nodes(n):
    x = n.input("x", 2, 4, 4)
    tensor = lambda a: n.op("Constant", value=onnx.numpy_helper.from_array(np.asarray(a, np.float32)))
    bits = n.op("Constant", value_float=8.0)
    zero = tensor(0.0)
    quant = lambda v, s: n.op(
        "Quant", v, s, zero, bits, domain=n.domain, signed=1, narrow=0, rounding_mode="ROUND"
    )
    x = quant(x, tensor(0.01))
    w = quant(tensor(n.random.standard_normal((3, 2, 3, 3))), tensor(np.full((3, 1, 1, 1), 0.02)))
    x = n.op("Reshape", n.op("Conv", x, w), n.op("Constant", value_ints=[1, -1]))
    n.output(quant(x, tensor(0.07)))


@network("tensors as float_data and int64_data in place of raw bytes")
def typed_data(n):
    small(n)
    for t in n.graph.initializer:
        array = onnx.numpy_helper.to_array(t)
        t.CopyFrom(helper.make_tensor(t.name, t.data_type, t.dims, array.ravel().tolist()))


@network("value_info for every tensor, doc strings, metadata on nodes and model", opset=20, ir=10)
def metadata(n):
    small(n)
    n.model.doc_string = 'quotes " and */ and ??/ and a trailing backslash \\'
    n.model.metadata_props.add(key="note", value="*/ int x; /*")
    for node in n.graph.node:
        node.doc_string = 'File "model.py", line 1\n*/'
        node.metadata_props.add(
            key="pkg.torch.onnx.stack_trace", value='File "model.py", line 1, in forward\\\n'
        )
        value = n.value(node.output[0])
        n.graph.value_info.append(
            helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, value.shape)
        )


@network("two quantisers and their weights: nodes without names", names="none")
def names_missing(n):
    small(n)


@network("every node has the same name", names=lambda kind, count: "node")
def names_repeated(n):
    small(n)


@network(
    "only two quantisers share a name",
    names=lambda kind, count: "Quant" if kind == "Quant" and count < 4 else f"{kind}.{count}",
)
def names_partly_repeated(n):
    small(n)


@network("names are bare numbers", names=lambda kind, count: str(count))
def names_numbers(n):
    small(n)


@network(
    "names as PyTorch scopes: /features/0/Conv",
    names=lambda kind, count: f"/features/features.{count}/{kind}",
)
def names_slashes(n):
    small(n)


@network(
    "names with ::, as Sequential::net/Conv2d::1", names=lambda kind, count: f"Net::net/{kind}2d::{count}"
)
def names_colons(n):
    small(n)


CLASH = [
    "int",
    "a.b",
    "a_b",
    "a-b",
    "A_B",
    "net_run",
    "*/",
    "??/",
    "x\\",
    "\u00fc\u4f60",
    "main",
    "a b",
    "_",
    "__x",
    "1a",
    "while",
    "NULL",
    "%s",
    '"',
    "'",
    "q" * 200,
]


@network(
    "names that are keywords, collide in C, or end a comment",
    names=lambda kind, count: CLASH[count % len(CLASH)],
)
def names_hostile(n):
    small(n)


@network("tensor names that collide in C and in case", names="none")
def names_tensors_collide(n):
    small(n)
    taken = {"x"} | {o.name for o in n.graph.output}
    for i, node in enumerate(n.graph.node):
        for old in list(node.output):
            if old not in taken:
                n.rename(old, CLASH[i % len(CLASH)] + "/t")


for domain, version in (
    ("onnx.brevitas", 1),
    ("qonnx.custom_op.general", 1),
    ("qonnx.custom_op.general", 2),
    ("brevitas.onnx", 1),
    ("finn.custom_op.general", 1),
):
    network(
        f"Quant from domain {domain} version {version}",
        name=f"domain_{domain.replace('.', '_')}_{version}",
        domain=domain,
        domain_version=version,
    )(small)

network(
    "Quant's domain has no import",
    name="domain_not_imported",
    domain="qonnx.custom_op.general",
    domain_version=0,
)(small)


def save_beside(model, path):
    onnx.save(model, path, save_as_external_data=True, location=path.name + ".data", size_threshold=64)


@network("weights in a side file, as current exporters write by default", opset=20, ir=10, save=save_beside)
def external_data(n):
    small(n)


def save_unused(model, path):
    onnx.save(model, path)
    (path.parent / (path.name + ".data")).write_bytes(bytes(64))


@network("a side file that no tensor refers to", opset=20, ir=10, save=save_unused)
def external_data_unused(n):
    small(n)
