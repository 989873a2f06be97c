# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Maximum, average and global pooling, truncation, means."""

import numpy as np

from net import network


def image(n, channels=3, rows=6, columns=7, bits=8, **options):
    return n.quant(n.input("x", channels, rows, columns), bits, **options)


def positive(n, bits=4, **options):
    return n.relu(n.conv(image(n, **options), 4, pads=[1, 1, 1, 1]), bits)


@network("2x2 with stride 2; the odd column is dropped")
def maxpool_2x2(n):
    n.output(n.op("MaxPool", positive(n), kernel_shape=[2, 2], strides=[2, 2]))


@network("3x3, stride 2, pad 1 on signed values: padding never wins")
def maxpool_padded_signed(n):
    x = n.quant(n.op("Add", n.conv(image(n), 4), n.const(-6.0)), 4)
    x = n.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    n.output(n.relu(n.conv(x, 3, 2, bits=4), 4))


@network("ceil_mode 1")
def maxpool_ceil(n):
    n.output(n.op("MaxPool", positive(n), kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1))


@network("dilation 2")
def maxpool_dilation(n):
    n.output(n.op("MaxPool", positive(n), kernel_shape=[2, 2], dilations=[2, 2], strides=[1, 1]))


@network("auto_pad SAME_UPPER")
def maxpool_same_upper(n):
    n.output(n.op("MaxPool", positive(n), kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"))


@network("no strides given: stride 1")
def maxpool_default_stride(n):
    n.output(n.op("MaxPool", positive(n), kernel_shape=[2, 3]))


@network("1-D")
def maxpool_1d(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 11)), 4, [3]), 4)
    n.output(n.op("MaxPool", x, kernel_shape=[2], strides=[2]))


@network("on accumulators, in front of BatchNormalization with negative gammas: must not move behind them")
def maxpool_before_negative_gamma(n):
    x = n.op("MaxPool", n.conv(image(n), 4, pads=[1, 1, 1, 1]), kernel_shape=[2, 2], strides=[2, 2])
    n.output(n.quant(n.batchnorm(x, [1.0, -1.0, 0.7, -0.6]), 4))


@network("on the output of the input's Quant, zero point not 0")
def maxpool_zero_point(n):
    x = image(n, signed=False, zero=9.0, scale=0.012)
    x = n.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0])
    n.output(n.relu(n.conv(x, 3, 2, pads=[1, 1, 1, 1])))


def average(n, **attrs):
    n.output(n.quant(n.op("AveragePool", positive(n), **attrs), 4, signed=False))


@network("2x2 with stride 2")
def avgpool_2x2(n):
    average(n, kernel_shape=[2, 2], strides=[2, 2])


@network("3x3, pads, count_include_pad 0: divisors differ at the border")
def avgpool_exclude_pad(n):
    average(n, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=0)


@network("3x3, pads, count_include_pad 1")
def avgpool_include_pad(n):
    average(n, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)


@network("asymmetric pads, count_include_pad 0")
def avgpool_asymmetric_pads(n):
    average(n, kernel_shape=[3, 2], pads=[2, 0, 0, 1], count_include_pad=0)


@network("ceil_mode 1, count_include_pad 0")
def avgpool_ceil(n):
    average(n, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)


@network(
    "ceil_mode 1, pads, count_include_pad 1: positions beyond the declared pads do not count", opset=20, ir=9
)
def avgpool_ceil_include_pad(n):
    average(n, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 0], ceil_mode=1, count_include_pad=1)


@network("auto_pad SAME_UPPER")
def avgpool_same_upper(n):
    average(n, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")


@network("1-D")
def avgpool_1d(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 11)), 4, [3]), 4)
    n.output(n.quant(n.op("AveragePool", x, kernel_shape=[3], strides=[3]), 4, signed=False))


@network("the average of a zero-point tensor, padded with real 0")
def avgpool_zero_point(n):
    x = image(n, signed=False, zero=77.0, scale=0.012)
    n.output(n.quant(n.op("AveragePool", x, kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1), 8))


@network("the average is the network's output: integers with scale s/k^2")
def avgpool_output_raw(n):
    n.output(n.op("AveragePool", positive(n), kernel_shape=[2, 2], strides=[2, 2]))


@network("the average feeds a Conv without a Quant between")
def avgpool_into_conv(n):
    x = n.op("AveragePool", positive(n), kernel_shape=[2, 2], strides=[2, 2])
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("GlobalAveragePool, Quant, Flatten, Gemm")
def global_average_quant(n):
    x = n.quant(n.op("GlobalAveragePool", positive(n)), 8, signed=False)
    n.output(n.gemm(n.op("Flatten", x), 5, bits=4))


@network("GlobalAveragePool of a 1-D tensor")
def global_average_1d(n):
    x = n.relu(n.conv(n.quant(n.input("x", 3, 11)), 4, [3]), 4)
    n.output(n.quant(n.op("GlobalAveragePool", x), 8, signed=False))


@network("the average of a clipped BatchNormalization that no quantiser rounds")
def global_pool_clipped(n):
    x = n.batchnorm(n.conv(n.quant(n.input("x", 4, 2, 2)), 4, 1))
    x = n.op("Clip", x, n.const(0.0), n.const(1.0))
    n.output(n.quant(n.op("ReduceMean", x, axes=[-1, -2], keepdims=0)))


@network("GlobalAveragePool straight into Gemm")
def global_average_into_gemm(n):
    n.output(n.gemm(n.op("Flatten", n.op("GlobalAveragePool", positive(n))), 5, bits=4))


@network("GlobalAveragePool, Trunc version 1")
def global_average_trunc_v1(n):
    x = n.relu(n.conv(image(n, rows=4, columns=4), 4, pads=[1, 1, 1, 1]), 4, scale=0.41)
    x = n.trunc(n.op("GlobalAveragePool", x), np.float32(0.41) / np.float32(16), 8, 4)
    n.output(n.gemm(n.op("Flatten", x), 5, bits=4))


@network("GlobalAveragePool, Trunc version 2", domain="qonnx.custom_op.general", domain_version=2)
def global_average_trunc_v2(n):
    x = n.relu(n.conv(image(n, rows=4, columns=4), 4, pads=[1, 1, 1, 1]), 4, scale=0.41)
    x = n.trunc(
        n.op("GlobalAveragePool", x), np.float32(0.41) / np.float32(16), 8, 4, out_scale=0.41, signed=0
    )
    n.output(n.gemm(n.op("Flatten", x), 5, bits=4))


@network(
    "3x3 AveragePool, Trunc version 2: the scale changes by 16/9", domain="onnx.brevitas", domain_version=2
)
def avgpool_trunc_v2_3x3(n):
    x = n.relu(n.conv(image(n), 4, pads=[1, 1, 1, 1]), 8, scale=0.031)
    x = n.op("AveragePool", x, kernel_shape=[3, 3], strides=[3, 3])
    x = n.trunc(
        x,
        np.float32(0.031) / np.float32(9),
        12,
        8,
        out_scale=np.float32(0.031) * np.float32(16 / 9),
        signed=0,
    )
    n.output(n.relu(n.conv(x, 3, 1)))


@network("Trunc version 1, half-even, on signed values", domain="qonnx.custom_op.general")
def avgpool_trunc_v1_round(n):
    x = n.quant(n.conv(image(n), 4, pads=[1, 1, 1, 1]), 6, scale=0.5)
    x = n.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    n.output(n.trunc(x, 0.125, 8, 6, mode="ROUND"))


@network(
    "Trunc version 2 whose clip bites, narrow, mode CEIL", domain="qonnx.custom_op.general", domain_version=2
)
def trunc_v2_clips(n):
    x = n.quant(n.conv(image(n), 4), 8, scale=0.25)
    n.output(n.trunc(x, 0.25, 8, 4, mode="CEIL", out_scale=1.0, signed=1, narrow=1))


@network("Trunc's input width is a constant Log, Div, Ceil subgraph")
def trunc_width_subgraph(n):
    x = n.relu(n.conv(image(n, rows=4, columns=4), 4, pads=[1, 1, 1, 1]), 4, scale=0.41)
    x = n.op("GlobalAveragePool", x)
    most = n.op("Mul", n.const(15.0), n.const(16.0))
    width = n.op("Ceil", n.op("Div", n.op("Log", most), n.op("Log", n.const(2.0))))
    x = n.op(
        "Trunc",
        x,
        n.const(np.float32(0.41) / np.float32(16)),
        n.const(0.0),
        width,
        n.const(4.0),
        domain=n.domain,
        rounding_mode="FLOOR",
    )
    n.output(n.gemm(n.op("Flatten", x), 5, bits=4))


@network("Brevitas' TruncAvgPool2d: Pad of nothing, AveragePool, Mul by k*k, Trunc")
def avgpool_mul_trunc(n):
    x = n.relu(n.conv(image(n), 4, pads=[1, 1, 1, 1]), 4, scale=0.41)
    x = n.op("Pad", x, n.ints([0] * 8), n.const(0.0), mode="constant")
    x = n.op("AveragePool", x, kernel_shape=[3, 3], strides=[3, 3], pads=[0, 0, 0, 0])
    x = n.trunc(n.op("Mul", x, n.const(9.0)), 0.41, 8, 4, mode="FLOOR")
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("Pad in front of AveragePool, as older exporters write a padded pooling: the zeros count")
def avgpool_of_padding(n):
    x = n.op("Pad", positive(n), n.ints([0, 0, 1, 1, 0, 0, 1, 1]), n.const(0.0))
    n.output(n.quant(n.op("AveragePool", x, kernel_shape=[3, 3]), 5, signed=False))


@network("ReduceMean over [2,3] as an attribute, keepdims 0")
def reduce_mean_attribute(n):
    x = n.op("ReduceMean", positive(n), axes=[2, 3], keepdims=0)
    n.output(n.gemm(n.quant(x, 8, signed=False), 5))


@network("ReduceMean with axes [-1,-2] as an input, keepdims 1", opset=20, ir=10)
def reduce_mean_input(n):
    x = n.op("ReduceMean", positive(n), n.ints([-1, -2]), keepdims=1)
    n.output(n.gemm(n.op("Flatten", n.quant(x, 8, signed=False)), 5))
