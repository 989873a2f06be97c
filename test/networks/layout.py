# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shape operators, channel-last graphs, resizing, padding and shape subgraphs."""

import numpy as np
from onnx import numpy_helper

from net import network


def stem(n, channels=4, bits=4, rows=4, columns=6):
    return n.relu(n.conv(n.quant(n.input("x", 3, rows, columns)), channels, pads=[1, 1, 1, 1]), bits)


@network("Flatten of [C,H,W] with every size above 1: the order of the Gemm's columns")
def flatten_gemm(n):
    n.output(n.gemm(n.op("Flatten", stem(n)), 5))


@network("Flatten with axis 2, then MatMul")
def flatten_axis_2(n):
    x = n.op("Reshape", stem(n), n.ints([1, 4, 24]))
    x = n.op("Flatten", x, axis=2)
    n.output(n.relu(n.op("MatMul", x, n.weight(24, 3, axis=1))))


@network("Reshape [1,-1] in place of Flatten")
def reshape_minus_1(n):
    n.output(n.gemm(n.op("Reshape", stem(n), n.ints([1, -1])), 5))


@network("Reshape [0,-1]: the batch is copied")
def reshape_zero(n):
    n.output(n.gemm(n.op("Reshape", stem(n), n.ints([0, -1])), 5))


@network("Reshape with allowzero 1, the batch baked in", opset=20, ir=10)
def reshape_allowzero(n):
    n.output(n.gemm(n.op("Reshape", stem(n), n.ints([1, 96]), allowzero=1), 5))


@network("batch 4 baked into input and Reshape; dyadic compiles batch 1", batch=4)
def batch_4_baked(n):
    x = n.op("Reshape", stem(n), n.ints([4, 96]))
    n.output(n.gemm(x, 5))


@network("batch 3 baked in, the Reshape folds rows into the batch", batch=3)
def batch_3_folded(n):
    x = n.quant(n.input("x", 4, 6))
    x = n.gemm(n.op("Reshape", x, n.ints([12, 6])), 5)
    n.output(n.relu(n.op("Reshape", x, n.ints([3, 4, 5]))))


@network("Reshape of [C,H,W] to another [C,H,W] between Convs")
def reshape_between_convs(n):
    x = n.op("Reshape", stem(n), n.ints([1, 2, 8, 6]))
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Transpose to NHWC, then Flatten and Gemm")
def transpose_flatten(n):
    x = n.op("Transpose", stem(n), perm=[0, 2, 3, 1])
    n.output(n.gemm(n.op("Flatten", x), 5))


@network("Transpose of rows and columns between Convs")
def transpose_rows_columns(n):
    x = n.op("Transpose", stem(n), perm=[0, 1, 3, 2])
    n.output(n.relu(n.conv(x, 3, [3, 1], bits=4), 4))


@network("Transpose as the last node: the C's output is in this order")
def transpose_output(n):
    n.output(n.op("Transpose", stem(n), perm=[0, 2, 3, 1]))


@network("[1,C,H,W] to [1,T,K] by Reshape and Transpose, then a 3-D MatMul (patch embedding)")
def transpose_matmul_3d(n):
    x = n.op("Transpose", n.op("Reshape", stem(n), n.ints([1, 4, 24])), perm=[0, 2, 1])
    n.output(n.quant(n.op("MatMul", x, n.weight(4, 5, axis=1)), 4))


@network("1-D as 2-D: Unsqueeze, Conv of [1,3], Squeeze; axes as attributes", opset=11, ir=6)
def unsqueeze_squeeze_attribute(n):
    x = n.op("Unsqueeze", n.quant(n.input("x", 3, 9)), axes=[2])
    x = n.relu(n.conv(x, 4, [1, 3], pads=[0, 1, 0, 1]), 4)
    n.output(n.op("Squeeze", x, axes=[2]))


@network("Unsqueeze and Squeeze with axes as inputs, negative axis")
def unsqueeze_squeeze_input(n):
    x = n.op("Unsqueeze", n.quant(n.input("x", 3, 9)), n.ints([-2]))
    x = n.relu(n.conv(x, 4, [1, 3], pads=[0, 1, 0, 1]), 4)
    n.output(n.op("Squeeze", x, n.ints([2])))


@network("Squeeze without axes in front of a Gemm", batch=1)
def squeeze_pooled(n):
    x = n.quant(n.op("GlobalAveragePool", stem(n)), 8, signed=False)
    n.output(n.gemm(n.op("Squeeze", x, n.ints([2, 3])), 5))


@network(
    "Shape, Gather, Unsqueeze, Concat, Reshape: x.view(x.size(0), -1) as old exporters write it",
    opset=11,
    ir=6,
)
def shape_subgraph(n):
    x = stem(n)
    size = n.op("Gather", n.op("Shape", x), n.ints(0), axis=0)
    shape = n.op("Concat", n.op("Unsqueeze", size, axes=[0]), n.ints([-1]), axis=0)
    n.output(n.gemm(n.op("Reshape", x, shape), 5))


@network("a shape subgraph with Mul, Slice and Cast: H * W computed", opset=13)
def shape_subgraph_arithmetic(n):
    x = stem(n)
    size = n.op("Shape", x)
    tail = n.op("Slice", size, n.ints([2]), n.ints([4]), n.ints([0]))
    area = n.op("Mul", n.op("Gather", tail, n.ints([0])), n.op("Gather", tail, n.ints([1])))
    shape = n.op("Concat", n.ints([1]), n.ints([4]), n.op("Cast", n.op("Cast", area, to=1), to=7), axis=0)
    x = n.op("Transpose", n.op("Reshape", x, shape), perm=[0, 2, 1])
    n.output(n.quant(n.op("MatMul", x, n.weight(4, 3, axis=1)), 4))


@network("Resize nearest x2, asymmetric, floor, empty roi", opset=11, ir=6)
def resize_roi(n):
    x = n.op(
        "Resize",
        stem(n),
        n.const(np.zeros(0)),
        n.const([1, 1, 2, 2]),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    n.output(n.relu(n.conv(x, 3, bits=4, pads=[1, 1, 1, 1]), 4))


@network("Resize nearest x2 without roi, scales by factor only in width as well", opset=13)
def resize_no_roi(n):
    x = n.op(
        "Resize",
        stem(n),
        None,
        n.const([1, 1, 2, 2]),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("Resize nearest with sizes in place of scales, half_pixel and round_prefer_floor defaults", opset=13)
def resize_sizes(n):
    x = n.op("Resize", stem(n), None, None, n.ints([1, 4, 8, 12]), mode="nearest")
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("Upsample nearest of opset 9", opset=9, ir=4)
def upsample_opset_9(n):
    x = n.op("Upsample", stem(n), n.const([1, 1, 2, 2]), mode="nearest")
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("Resize is the last node")
def resize_output(n):
    n.output(
        n.op(
            "Resize",
            stem(n),
            None,
            n.const([1, 1, 2, 2]),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
    )


@network("Pad with pads as an input, in front of a Conv without pads")
def pad_input(n):
    x = n.op("Pad", stem(n), n.ints([0, 0, 1, 2, 0, 0, 0, 1]), n.const(0.0), mode="constant")
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Pad whose pads are computed by a constant subgraph, as PyTorch writes ConstantPad1d")
def pad_subgraph(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 9)), 4, [3]), 4)
    few = n.ints([2, 0])
    rest = n.op("ConstantOfShape", n.ints([4]), value=numpy_helper.from_array(np.array([0], np.int64)))
    pairs = n.op("Reshape", n.op("Concat", few, rest, axis=0), n.ints([-1, 2]))
    pairs = n.op("Slice", pairs, n.ints([-1]), n.ints([-(2**63) + 1]), n.ints([0]), n.ints([-1]))
    pads = n.op("Reshape", n.op("Transpose", pairs, perm=[1, 0]), n.ints([-1]))
    x = n.op("Pad", x, n.op("Cast", pads, to=7), n.const(0.0), mode="constant")
    n.output(n.relu(n.conv(x, 3, [3], bits=4), 4))


@network("Pad with pads as an attribute", opset=9, ir=4)
def pad_attribute(n):
    x = n.op("Pad", stem(n), pads=[0, 0, 1, 1, 0, 0, 1, 1], mode="constant", value=0.0)
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Pad of a tensor with a zero point: real 0 is the zero point's code")
def pad_zero_point(n):
    x = n.quant(n.input("x", 3, 4, 5), 8, signed=False, zero=118.0, scale=0.009)
    x = n.op("Pad", x, n.ints([0, 0, 0, 1, 0, 0, 1, 0]), mode="constant")
    n.output(n.relu(n.conv(x, 4), 4))


@network("Pad by reflection, rows and columns, more on one side")
def pad_reflect(n):
    x = n.op("Pad", stem(n), n.ints([0, 0, 2, 1, 0, 0, 1, 3]), mode="reflect")
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Pad that repeats the edge in front of the first Quant, and one that wraps around", opset=19, ir=9)
def pad_edge_and_wrap(n):
    x = n.quant(n.op("Pad", n.input("x", 3, 4, 5), n.ints([1, 2, 0, 1]), None, n.ints([2, 3]), mode="edge"))
    x = n.op("Pad", n.relu(n.conv(x, 4), 4), n.ints([0, 0, 1, -1, 0, 0, 0, 2]), mode="wrap")
    n.output(n.relu(n.conv(x, 3, [2, 2], bits=4), 4))


@network("Pad of the channels: a residual network's shortcut without weights")
def pad_channels(n):
    x = n.quant(n.input("x", 3, 5, 6))
    a = n.op("Pad", n.relu(n.conv(x, 3, 1), 4), n.ints([0, 1, 0, 0, 0, 2, 0, 0]), n.const(0.0))
    n.output(n.relu(n.conv(a, 4, bits=4), 4), n.relu(n.op("Add", a, n.conv(x, 6, 1)), 4))


@network("Pad before MaxPool: the zeros take part in the maximum")
def pad_before_maxpool(n):
    x = n.quant(n.op("Sub", n.conv(n.quant(n.input("x", 3, 4, 6)), 4), n.const(5.0)), 4)
    x = n.op("Pad", x, n.ints([0, 0, 1, 1, 0, 0, 1, 1]))
    n.output(n.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]))


@network("Pad in front of the first Quant")
def pad_before_first_quant(n):
    x = n.quant(n.op("Pad", n.input("x", 3, 4, 5), n.ints([0, 0, 1, 1, 0, 0, 1, 1])))
    n.output(n.relu(n.conv(x, 4), 4))


@network("DepthToSpace, mode CRD, at the end", required=False)
def depth_to_space_crd(n):
    n.output(n.op("DepthToSpace", stem(n), blocksize=2, mode="CRD"))


@network("DepthToSpace, mode DCR, between Convs", required=False)
def depth_to_space_dcr(n):
    x = n.op("DepthToSpace", stem(n, 8), blocksize=2, mode="DCR")
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network(
    "QKeras: an NHWC input, Transposes around each Conv, no import for the Quant domain, Conv without pads",
    domain="qonnx.custom_op.general",
    domain_version=0,
    integers=True,
)
def qkeras_nhwc(n):
    x = n.input("x", 6, 6, 2)
    for _ in range(2):
        w = n.op("Transpose", n.weight(3, 3, n.value(x).shape[3], 4, bits=6, scale=1 / 16), perm=[3, 2, 0, 1])
        x = n.op("Transpose", n.quant(x, 6, 1 / 16) if x == "x" else x, perm=[0, 3, 1, 2])
        x = n.op("Conv", x, w, auto_pad="VALID", strides=[1, 1], dilations=[1, 1], group=1)
        x = n.op("Transpose", x, perm=[0, 2, 3, 1])
        x = n.op("Add", x, n.quant(n.const(n.random.normal(0, 0.5, 4)), 6, 1 / 32))
        x = n.quant(n.op("Relu", x), 6, 1 / 16, signed=False)
    x = n.op("Reshape", x, n.ints([-1, 16]))
    n.output(n.op("Softmax", n.op("MatMul", x, n.weight(16, 5, bits=6, scale=1 / 16))))


@network(
    "QKeras: depthwise and MaxPool between Transposes, SAME padding",
    domain="qonnx.custom_op.general",
    domain_version=0,
    integers=True,
)
def qkeras_depthwise(n):
    x = n.op("Transpose", n.quant(n.input("x", 5, 5, 3), 8, 1 / 64), perm=[0, 3, 1, 2])
    x = n.conv(x, 3, group=3, bits=4, auto_pad="SAME_UPPER", strides=[2, 2])
    x = n.quant(n.op("Relu", n.op("Transpose", x, perm=[0, 2, 3, 1])), 4, 1 / 8, signed=False)
    x = n.op(
        "MaxPool",
        n.op("Transpose", x, perm=[0, 3, 1, 2]),
        kernel_shape=[2, 2],
        strides=[1, 1],
        auto_pad="VALID",
    )
    n.output(n.op("Transpose", x, perm=[0, 2, 3, 1]))


LAST = "qonnx.custom_op.channels_last"


@network(
    "channels_last Conv, BatchNormalization and MaxPool; weights are (O, kh, kw, I)",
    imports=[(LAST, 1)],
    domain="qonnx.custom_op.general",
)
def channels_last_conv(n):
    x = n.quant(n.input("x", 5, 6, 3))
    x = n.op(
        "Conv",
        x,
        n.weight(4, 3, 3, 3),
        domain=LAST,
        kernel_shape=[3, 3],
        pads=[1, 1, 1, 1],
        strides=[1, 1],
        dilations=[1, 1],
        group=1,
    )
    terms = [n.const(n.random.uniform(0.5, 1.5, 4)) for _ in range(4)]
    x = n.op("BatchNormalization", x, *terms, domain=LAST, epsilon=1e-5)
    x = n.relu(x, 4)
    n.output(n.op("MaxPool", x, domain=LAST, kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0]))


@network("Identity, Dropout and Cast to float along the data path")
def identity_nodes(n):
    x = n.op("Identity", stem(n))
    x = n.op("Dropout", n.op("Cast", x, to=1))
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Slice and Split of channels, each part with its own Conv", required=False)
def slice_and_split(n):
    x = stem(n, 6)
    a, b = n.op("Split", x, n.ints([2, 4]), axis=1, outputs=2)
    c = n.op("Slice", b, n.ints([1]), n.ints([3]), n.ints([1]))
    n.output(n.relu(n.op("Add", n.conv(a, 3, 1), n.conv(c, 3, 1)), 4))


@network("channel shuffle: Reshape, Transpose, Reshape", required=False)
def channel_shuffle(n):
    x = n.op("Reshape", stem(n, 6), n.ints([1, 2, 3, 4, 6]))
    x = n.op("Reshape", n.op("Transpose", x, perm=[0, 2, 1, 3, 4]), n.ints([1, 6, 4, 6]))
    n.output(n.relu(n.conv(x, 6, group=2, bits=4), 4))
