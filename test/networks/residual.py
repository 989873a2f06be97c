# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums and concatenations of tensors of equal and of different scales."""

import numpy as np

from net import network


def stem(n, channels=4, bits=8, **options):
    x = n.quant(n.input("x", 3, 4, 5))
    return n.relu(n.conv(x, channels, pads=[1, 1, 1, 1]), bits, **options)


def same(n, x, channels=4, **options):
    return n.conv(x, channels, pads=[1, 1, 1, 1], **options)


@network("both branches quantised with one scale")
def add_equal_scales(n):
    x = n.quant(stem(n), 6, 0.1)
    y = n.quant(same(n, x), 6, 0.1)
    n.output(n.relu(n.op("Add", x, y), 4))


@network("branches of different scales and widths")
def add_different_scales(n):
    x = stem(n, bits=8)
    y = n.quant(same(n, x), 4)
    n.output(n.relu(n.op("Add", x, y), 6))


@network("a Conv's accumulators, unquantised, plus a quantised skip")
def add_accumulators_and_codes(n):
    x = stem(n)
    n.output(n.relu(n.op("Add", same(n, x), x), 4))


@network("accumulators behind BatchNormalization plus a quantised skip, as ResNets are exported")
def add_batchnorm_and_codes(n):
    x = stem(n, bits=4)
    y = n.batchnorm(same(n, x), [1.1, -0.8, 0.6, -1.3])
    n.output(n.relu(n.op("Add", y, x), 4))


@network("two Convs' accumulators, each with a scale for each channel, both unquantised")
def add_two_accumulators(n):
    x = stem(n, bits=4)
    n.output(n.relu(n.op("Add", same(n, x, bits=4), n.conv(x, 4, 1, bits=4)), 4))


@network("two branches with strided shortcut, BatchNormalization on both (a ResNet's downsampling block)")
def add_downsampling_block(n):
    x = stem(n, bits=4)
    a = n.relu(n.batchnorm(n.conv(x, 6, strides=[2, 2], pads=[1, 1, 1, 1], bits=4)), 4)
    a = n.batchnorm(n.conv(a, 6, pads=[1, 1, 1, 1], bits=4))
    b = n.batchnorm(n.conv(x, 6, 1, strides=[2, 2], bits=4))
    n.output(n.relu(n.op("Add", a, b), 4))


@network("a tensor plus itself")
def add_itself(n):
    x = stem(n)
    n.output(n.relu(n.op("Add", x, x), 4))


@network("a chain of two Adds without a Quant between: three terms")
def add_three_terms(n):
    x = stem(n, bits=4)
    a, b = n.quant(same(n, x), 4), n.quant(n.conv(x, 4, 1), 5)
    n.output(n.relu(n.op("Add", n.op("Add", a, b), x), 6))


@network("Sub of two tensors of different scales")
def sub_different_scales(n):
    x = stem(n)
    n.output(n.quant(n.op("Sub", x, n.quant(same(n, x), 6)), 4))


@network("branches with zero points")
def add_zero_points(n):
    x = stem(n, zero=17.0, scale=0.03)
    y = n.quant(same(n, x), 8, signed=False, zero=111.0, scale=0.09)
    n.output(n.quant(n.op("Add", x, y), 8, signed=False, zero=60.0))


@network("16-bit branches and result: multi-limb evaluation")
def add_16_bits(n):
    x = stem(n, bits=16)
    n.output(n.quant(n.op("Add", x, n.quant(same(n, x), 16)), 16))


@network("scales that are powers of two: ties in sums of two")
def add_power_of_two_scales(n):
    x = stem(n, bits=6, scale=0.25)
    n.output(n.quant(n.op("Add", x, n.quant(same(n, x), 6, 0.5)), 5, 1.0))


@network("Add, LeakyRelu, Quant")
def add_leaky_relu(n):
    x = stem(n)
    n.output(n.quant(n.op("LeakyRelu", n.op("Add", n.quant(same(n, x), 5), x), alpha=0.1), 5))


@network("the sum of two scales is the network's output")
def add_output_raw(n):
    x = stem(n)
    n.output(n.op("Add", x, n.quant(same(n, x), 5)))


@network("the sum feeds a Conv without a Quant between (equal scales)")
def add_into_conv(n):
    x = n.quant(stem(n), 5, 0.1)
    y = n.quant(same(n, x), 5, 0.1)
    n.output(n.relu(n.conv(n.op("Add", x, y), 3, bits=4), 4))


@network("Add broadcasts a [1,C,1,1] tensor (a squeeze branch)")
def add_broadcast_channels(n):
    x = stem(n)
    y = n.quant(n.op("GlobalAveragePool", x), 6)
    n.output(n.relu(n.op("Add", x, y), 4))


@network("three residual blocks one after another")
def residual_chain(n):
    x = stem(n, bits=4)
    for _ in range(3):
        y = n.relu(n.batchnorm(same(n, x, bits=4)), 4)
        y = n.quant(n.batchnorm(same(n, y, bits=4)), 4)
        x = n.relu(n.op("Add", x, y), 4)
    n.output(x)


@network("an inverted bottleneck: 1x1 up, depthwise, 1x1 down, Add without activation")
def inverted_bottleneck(n):
    x = n.quant(stem(n), 8)
    y = n.relu(n.batchnorm(n.conv(x, 8, 1)), 8)
    y = n.relu(n.batchnorm(n.conv(y, 8, group=8, pads=[1, 1, 1, 1])), 8)
    y = n.quant(n.batchnorm(n.conv(y, 4, 1)), 8)
    n.output(n.quant(n.op("Add", x, y), 8))


@network("Concat of equal scales")
def concat_equal_scales(n):
    x = stem(n)
    parts = [n.relu(same(n, x, c), 4, scale=0.3) for c in (2, 3)]
    n.output(n.relu(same(n, n.op("Concat", *parts, axis=1), bits=4), 4))


@network("Concat of different scales, then one Quant")
def concat_different_scales(n):
    x = stem(n)
    parts = [n.relu(same(n, x, c), b) for c, b in ((2, 4), (3, 6))]
    n.output(n.relu(same(n, n.quant(n.op("Concat", *parts, axis=1), 5, signed=False), bits=4), 4))


@network("Concat of different scales straight into a Conv")
def concat_into_conv(n):
    x = stem(n)
    parts = [n.relu(same(n, x, c), b) for c, b in ((2, 4), (3, 6))]
    n.output(n.relu(same(n, n.op("Concat", *parts, axis=1), bits=4), 4))


@network("Concat of accumulators, then BatchNormalization, Relu and Quant")
def concat_accumulators(n):
    x = stem(n)
    x = n.op("Concat", same(n, x, 2), n.conv(x, 3, 1), axis=1)
    n.output(n.relu(n.batchnorm(x), 4))


@network("Concat of a tensor with its own later version (dense block)")
def concat_dense_block(n):
    x = stem(n, 2, bits=4)
    for _ in range(2):
        y = n.relu(n.batchnorm(same(n, x, 2, bits=4)), 4, scale=0.5)
        x = n.quant(n.op("Concat", x, y, axis=1), 4, 0.5, signed=False)
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network("Concat of rank 2 along axis -1, different zero points")
def concat_rank_2(n):
    x = n.quant(n.input("x", 9))
    a = n.quant(n.gemm(x, 4), 8, signed=False, zero=100.0, scale=0.05)
    b = n.quant(n.gemm(x, 3), 8, signed=False, zero=31.0, scale=0.07)
    n.output(n.quant(n.op("Concat", a, b, axis=-1), 8))


@network("Concat along the rows")
def concat_rows(n):
    x = stem(n)
    parts = [n.relu(same(n, x), 4, scale=0.4), n.relu(n.conv(x, 4, 1), 4, scale=0.4)]
    n.output(n.relu(same(n, n.op("Concat", *parts, axis=2), bits=4), 4))


@network("Concat of a tensor with itself, bits 3: parts that end inside a byte")
def concat_itself_packed(n):
    x = stem(n, 3, bits=3)
    n.output(n.relu(n.conv(n.op("Concat", x, x, x, axis=1), 3, 1, bits=3), 3))


@network("Concat is the network's output, parts of different scales")
def concat_output(n):
    x = stem(n)
    n.output(n.op("Concat", n.relu(same(n, x, 2), 4), n.relu(same(n, x, 3), 6), axis=1))


@network("two quantised tensors multiplied", required=False)
def mul_two_tensors(n):
    x = stem(n, bits=4)
    n.output(n.relu(n.op("Mul", x, n.relu(same(n, x), 4)), 4))


@network("a quantised tensor scaled by constants: scalar Mul, per-channel Div")
def mul_by_constants(n):
    x = n.op("Mul", stem(n), n.const(0.37))
    x = n.op("Div", x, n.const(np.array([1.5, -2.5, 0.7, 3.0]).reshape(1, 4, 1, 1)))
    n.output(n.quant(x, 5))
