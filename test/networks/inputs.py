# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The edges of a network: preprocessing, declared lattices, several inputs and outputs, Softmax and ArgMax."""

import numpy as np
from onnx import TensorProto

from net import network


def follow(n, x):
    n.output(n.quant(n.conv(x, 4), 4))


def per_channel(values):
    return np.array(values).reshape(1, len(values), 1, 1)


@network("2x - 1 in front of the first Quant")
def preprocess_mul_sub(n):
    x = n.op("Sub", n.op("Mul", n.input("x", 3, 4, 5), n.const(2.0)), n.const([1.0]))
    follow(n, n.quant(x))


@network("(x - mean) / std for each channel in front of the first Quant")
def preprocess_mean_std(n):
    x = n.op("Sub", n.input("x", 3, 4, 5), n.const(per_channel([0.485, 0.456, 0.406])))
    x = n.op("Div", x, n.const(per_channel([0.229, 0.224, 0.225])))
    follow(n, n.quant(x, scale=0.03))


@network("Relu in front of the first Quant")
def preprocess_relu(n):
    follow(n, n.quant(n.op("Relu", n.input("x", 3, 4, 5)), 8, signed=False))


@network("Reshape, Transpose and a per-channel Mul with a negative factor in front of the first Quant")
def preprocess_shapes(n):
    x = n.op("Transpose", n.op("Reshape", n.input("x", 60), n.ints([1, 4, 5, 3])), perm=[0, 3, 1, 2])
    follow(n, n.quant(n.op("Mul", x, n.const(per_channel([0.7, -1.3, 2.1])))))


@network("the input reaches two Quants with equal parameters")
def input_two_equal_quants(n):
    x = n.input("x", 3, 4, 5)
    a, b = n.conv(n.quant(x, 8, 0.011), 4), n.conv(n.quant(x, 8, 0.011), 4)
    n.output(n.relu(n.op("Add", a, b), 4))


@network("the input reaches two different Quants: its lattice must be declared")
def input_two_different_quants(n):
    x = n.lattice("x", 3, 4, 5, bits=8, scale="1/255")
    a, b = n.conv(n.quant(x, 8, 0.011), 4), n.conv(n.quant(x, 4, 0.09, signed=False), 4)
    n.output(n.relu(n.op("Add", a, b), 4))


@network("no Quant on the input: lattice of 8 bits, scale 1/255")
def lattice_unsigned(n):
    follow(n, n.lattice("x", 3, 4, 5, bits=8, scale="1/255"))


@network("no Quant on the input: signed lattice with a zero point and a decimal scale")
def lattice_zero_point(n):
    follow(n, n.lattice("x", 3, 4, 5, bits=8, signed=True, scale="0.0078125", zero=-5))


@network("no Quant on the input: the same mean and std for all channels")
def lattice_mean_std(n):
    follow(n, n.lattice("x", 1, 5, 6, bits=8, scale="1/255", mean=["0.1307"], std=["0.3081"]))


@network("no Quant on the input: mean and std for each channel, depthwise Conv")
def lattice_mean_std_per_channel(n):
    x = n.lattice(
        "x", 3, 4, 5, bits=8, scale="1/255", mean=["0.485", "0.456", "0.406"], std=["0.229", "0.224", "0.225"]
    )
    n.output(n.relu(n.conv(x, 3, group=3), 4))


@network("no Quant on the input: 6-bit lattice into MatMul, Softmax at the end")
def lattice_matmul(n):
    x = n.relu(
        n.op("MatMul", n.lattice("x", 9, bits=6, signed=True, scale="0.0625"), n.weight(9, 6, axis=1)), 6
    )
    n.output(n.op("Softmax", n.op("MatMul", x, n.weight(6, 4, axis=1)), axis=-1))


@network("no Quant on the input, and a Relu and a MaxPool before the first weights")
def lattice_maxpool(n):
    x = n.lattice("x", 2, 6, 6, bits=7, signed=True, scale="3/128")
    x = n.op("MaxPool", n.op("Relu", x), kernel_shape=[2, 2], strides=[1, 1])
    follow(n, x)


@network("two inputs of different shapes")
def two_inputs(n):
    a = n.gemm(n.quant(n.input("a", 7), 8), 5)
    b = n.gemm(n.op("Flatten", n.quant(n.input("b", 2, 3), 4)), 5)
    n.output(n.relu(n.op("Add", a, b), 4))


@network("two inputs, one quantised in the graph and one with a declared lattice")
def two_inputs_one_lattice(n):
    a = n.gemm(n.quant(n.input("image", 7), 8), 5)
    b = n.gemm(n.lattice("sensor:0", 4, bits=10, scale="1/1023"), 5)
    n.output(n.relu(n.op("Add", a, b), 4))


@network("two outputs: a quantised feature map and raw logits")
def two_outputs(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 4, 5)), 4), 4)
    n.output(x, n.gemm(n.op("Flatten", x), 5))


@network("three outputs, one of them consumed further, with names that meet in C")
def three_outputs(n):
    x = n.relu(n.conv(n.quant(n.input("x.1", 3, 4, 5)), 4), 4)
    y = n.relu(n.conv(x, 4, 1), 4)
    z = n.quant(n.conv(y, 2, 1), 4)
    n.output(x, name="out.1")
    n.output(y, name="out_1")
    n.output(z, name="out 1")


@network("the output is a Quant directly on the input")
def quant_only(n):
    n.output(n.quant(n.input("x", 3, 4), 4))


@network("Softmax at the end, axis 1")
def softmax_output(n):
    n.output(n.op("Softmax", n.gemm(n.quant(n.input("x", 9)), 5), axis=1))


@network("Softmax after a Quant of the logits")
def softmax_after_quant(n):
    n.output(n.op("Softmax", n.quant(n.gemm(n.quant(n.input("x", 9)), 5), 6)))


@network("Softmax of opset 11 without axis (1, flattening)", opset=11, ir=6)
def softmax_opset_11(n):
    n.output(n.op("Softmax", n.gemm(n.quant(n.input("x", 9)), 5)))


@network("ArgMax at the end, keepdims 0")
def argmax_output(n):
    n.output(
        n.op("ArgMax", n.gemm(n.quant(n.input("x", 9)), 5, bias=False), axis=1, keepdims=0),
        kind=TensorProto.INT64,
    )


@network("ArgMax over channels of a feature map, keepdims 1; codes tie often and the first wins")
def argmax_channels_ties(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 4, 5)), 4), 2)
    n.output(n.op("ArgMax", x, axis=1), kind=TensorProto.INT64)


@network("ArgMax of logits with a scale for each channel: integers of different scales compared")
def argmax_per_channel_scale(n):
    x = n.op("Gemm", n.quant(n.input("x", 9)), n.weight(5, 9), n.const(n.random.normal(0, 0.5, 5)), transB=1)
    n.output(n.op("ArgMax", x, axis=-1, keepdims=0), kind=TensorProto.INT64)


@network("logits and their ArgMax as two outputs")
def argmax_and_logits(n):
    x = n.gemm(n.quant(n.input("x", 9)), 5)
    n.output(x)
    n.output(n.op("ArgMax", x, axis=1, keepdims=0), kind=TensorProto.INT64)


@network("symbolic batch N in the input's type")
def batch_symbolic(n):
    follow(n, n.quant(n.input("x", 3, 4, 5, dims=["N", 3, 4, 5])))


@network("symbolic rows and columns, given by --dim")
def dims_symbolic(n):
    n.options += ["--dim", "height=4", "--dim", "width=5"]
    follow(n, n.quant(n.input("x", 3, 4, 5, dims=["batch", 3, "height", "width"])))


@network("a rank-1 sample: input [1,K]")
def input_vector(n):
    n.output(n.relu(n.gemm(n.quant(n.input("x", 5), 3), 4), 4))


@network(
    "as a QuantTensor is exported: scale, zero point and bit width are outputs beside the values",
    required=False,
)
def constant_outputs(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 4, 5)), 4), 4)
    n.output(x, n.graph.node[-1].input[1], n.graph.node[-1].input[2])
