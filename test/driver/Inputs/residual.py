# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes residual.onnx and residual.x.npy beside itself: a stem and a residual block, most bytes at its start (needs onnx)."""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = os.path.dirname(os.path.abspath(__file__))
SIZE, CHANNELS = 16, 4
random = np.random.default_rng(1)
constants, nodes = [], []


def const(value):
    name = "c%d" % len(constants)
    constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
    return name


def op(kind, *inputs, **attributes):
    output = "t%d" % len(nodes)
    nodes.append(helper.make_node(kind, list(inputs), [output], name="%s_%d" % (kind, len(nodes)), **attributes))
    return output


def quant(x, scale, signed):
    return op("Quant", x, const(scale), const(0.0), const(8.0), domain="onnx.brevitas", signed=signed, narrow=0,
              rounding_mode="ROUND")


def conv(x, inputs, outputs, kernel, stride, group=1):
    weights = quant(const(random.standard_normal((outputs, inputs // group, kernel, kernel))), 0.03, 1)
    return op("Conv", x, weights, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4, group=group)


x = quant("x", 1 / 127, 1)
x = quant(op("Relu", conv(x, 3, CHANNELS, 3, 2)), 0.05, 0)
y = quant(op("Relu", conv(x, CHANNELS, CHANNELS, 3, 1, CHANNELS)), 0.1, 0)
y = quant(conv(y, CHANNELS, CHANNELS, 1, 1), 0.2, 1)
x = quant(op("Relu", op("Add", x, y)), 0.2, 0)
x = op("Flatten", op("GlobalAveragePool", x), axis=1)
weights = quant(const(random.standard_normal((10, CHANNELS))), 0.03, 1)
y = op("Gemm", quant(x, 0.05, 0), weights, transB=1)
graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
                          [helper.make_tensor_value_info(y, TensorProto.FLOAT, [1, 10])], constants)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("onnx.brevitas", 1)])
model.ir_version = 8
onnx.save(model, os.path.join(FOLDER, "residual.onnx"))
codes = np.random.default_rng(2).integers(-128, 128, (2, 3, SIZE, SIZE))
np.save(os.path.join(FOLDER, "residual.x.npy"), codes.astype(np.int8))
