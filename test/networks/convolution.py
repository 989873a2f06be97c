# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions: shapes, groups, padding, biases, scales and widths."""

import functools

import numpy as np

from net import network


def image(n, channels=3, rows=5, columns=6, bits=8, **options):
    return n.quant(n.input("x", channels, rows, columns), bits, **options)


def finish(n, x, bits=8):
    n.output(n.relu(x, bits))


@network("3x3, pad 1, 8 bits, no bias")
def conv_3x3(n):
    finish(n, n.conv(image(n), 4, pads=[1, 1, 1, 1]))


@network("stride 2 on odd and even sizes")
def conv_stride_2(n):
    finish(n, n.conv(image(n), 4, pads=[1, 1, 1, 1], strides=[2, 2]))


@network("1x1, no im2col needed")
def conv_1x1(n):
    finish(n, n.conv(image(n), 5, 1))


@network("1x1 with stride 2: rows and columns are skipped")
def conv_1x1_stride_2(n):
    finish(n, n.conv(image(n), 5, 1, strides=[2, 2]))


@network("every second position of 5-bit codes, whose last column ends within a byte; a sum of equal tiles")
def conv_1x1_stride_2_5_bits(n):
    x = n.relu(n.quant(n.input("x", 12, 8, 8)), 5)
    y = n.quant(n.conv(x, 12, 1, bits=4), 5)
    n.output(n.relu(n.conv(n.relu(n.op("Add", x, y), 5), 8, 1, bits=4, strides=[2, 2]), 5))


@network("depthwise 3x3")
def conv_depthwise(n):
    finish(n, n.conv(image(n, 5), 5, group=5, pads=[1, 1, 1, 1]))


@network("depthwise, two outputs for each input channel")
def conv_depthwise_multiplier_2(n):
    finish(n, n.conv(image(n, 3), 6, group=3, pads=[1, 1, 1, 1], bits=4))


@network("two groups that are not depthwise")
def conv_groups_2(n):
    finish(n, n.conv(image(n, 4), 6, group=2, pads=[1, 1, 1, 1]))


@network("dilation 2 in both directions")
def conv_dilation(n):
    finish(n, n.conv(image(n, rows=7, columns=7), 3, dilations=[2, 2], pads=[2, 2, 2, 2]))


@network("dilation with stride, dilations differ")
def conv_dilation_rectangular(n):
    finish(n, n.conv(image(n, rows=8, columns=9), 3, dilations=[1, 3], strides=[2, 1]))


@network("depthwise with dilation")
def conv_depthwise_dilation(n):
    finish(n, n.conv(image(n, rows=7, columns=7), 3, group=3, dilations=[2, 2], pads=[2, 2, 2, 2]))


@network("four different pads")
def conv_pads_asymmetric(n):
    finish(n, n.conv(image(n), 3, pads=[1, 0, 2, 1]))


@network("auto_pad SAME_UPPER, stride 2: the odd pad goes to the end")
def conv_same_upper(n):
    finish(n, n.conv(image(n, rows=6, columns=7), 3, auto_pad="SAME_UPPER", strides=[2, 2]))


@network("auto_pad SAME_LOWER, even kernel: the odd pad goes to the start")
def conv_same_lower(n):
    finish(n, n.conv(image(n, rows=6, columns=7), 3, [2, 4], auto_pad="SAME_LOWER"))


@network("auto_pad VALID")
def conv_valid(n):
    finish(n, n.conv(image(n), 3, auto_pad="VALID"))


@network("auto_pad NOTSET beside explicit pads")
def conv_notset(n):
    finish(n, n.conv(image(n), 3, auto_pad="NOTSET", pads=[1, 1, 1, 1]))


@network("Conv with no attributes at all: kernel_shape, strides and pads are left out")
def conv_no_attributes(n):
    x = image(n)
    finish(n, n.op("Conv", x, n.weight(4, 3, 3, 3)))


@network("kernel 1x5 and stride 1x2, then 3x1")
def conv_rectangular(n):
    x = n.relu(n.conv(image(n, columns=9), 4, [1, 5], strides=[1, 2], pads=[0, 2, 0, 2]))
    finish(n, n.conv(x, 3, [3, 1]))


@network("kernel as large as the input: one output pixel")
def conv_whole_input(n):
    finish(n, n.conv(image(n, rows=4, columns=4), 4, 4))


@network("kernel larger than the input, carried by padding")
def conv_kernel_beyond_input(n):
    finish(n, n.conv(image(n, rows=3, columns=2), 3, 5, pads=[2, 2, 2, 2]))


@network("stride larger than the kernel")
def conv_stride_beyond_kernel(n):
    finish(n, n.conv(image(n, rows=7, columns=7), 3, 2, strides=[3, 3]))


@network("1-D convolution")
def conv_1d(n):
    x = n.quant(n.input("x", 3, 11))
    finish(n, n.conv(x, 4, [3], pads=[1, 1]))


@network("1-D depthwise, dilated and causal (pads on the left only)")
def conv_1d_causal(n):
    x = n.quant(n.input("x", 4, 12), 4)
    x = n.relu(n.conv(x, 4, [3], group=4, dilations=[2], pads=[4, 0], bits=4), 4)
    finish(n, n.conv(x, 3, [1], bits=4), 4)


@network("1-D with stride and auto_pad SAME_UPPER")
def conv_1d_same_upper(n):
    x = n.quant(n.input("x", 2, 10))
    finish(n, n.conv(x, 3, [4], strides=[3], auto_pad="SAME_UPPER"))


@network("bias as raw float")
def conv_bias_float(n):
    finish(n, n.conv(image(n), 4, bias=n.random.normal(0, 1, 4), pads=[1, 1, 1, 1]))


def quantised_bias(n, bits, scale):
    """A bias through its own Quant; scale may depend on the scales of input and weight as exporters make it."""
    x = image(n, scale=0.011)
    w = n.weight(4, 3, 3, 3, scale=np.array([0.013, 0.0171, 0.009, 0.02]).reshape(4, 1, 1, 1))
    b = n.quant(n.const(n.random.normal(0, 0.5, 4)), bits, scale)
    finish(n, n.conv(x, 4, weight=w, bias=b, pads=[1, 1, 1, 1]))


@network("bias through a Quant of 32 bits, scale s_x * s_w per channel")
def conv_bias_32_bits(n):
    quantised_bias(n, 32, np.float32(0.011) * np.array([0.013, 0.0171, 0.009, 0.02], np.float32))


@network("bias through a Quant of 16 bits, scale s_x * s_w per channel")
def conv_bias_16_bits(n):
    quantised_bias(n, 16, np.float32(0.011) * np.array([0.013, 0.0171, 0.009, 0.02], np.float32))


@network("bias through a Quant of 8 bits with a scale of its own, shape [1]")
def conv_bias_8_bits(n):
    quantised_bias(n, 8, np.array([0.0173]))


@network("bias through a Quant of 8 bits with a scalar scale of its own")
def conv_bias_scalar_scale(n):
    quantised_bias(n, 8, 0.0119)


@network("bias as an Add of a [1,C,1,1] constant behind the Conv")
def conv_bias_add(n):
    x = n.conv(image(n), 4)
    finish(n, n.op("Add", x, n.const(n.random.normal(0, 1, (1, 4, 1, 1)))))


@network("one scale for all weights")
def conv_weight_scale_tensor(n):
    finish(n, n.conv(image(n), 4, weight=n.weight(4, 3, 3, 3, scale="tensor")))


@network("unsigned 8-bit weights with a zero point")
def conv_weight_zero_point(n):
    w = n.weight(4, 3, 3, 3, scale=0.017, zero=121.0, signed=False)
    finish(n, n.conv(image(n), 4, weight=w, pads=[1, 1, 1, 1]))


@network("zero points on weights and on activations, with padding")
def conv_both_zero_points(n):
    x = image(n, scale=0.0087, zero=117.0, signed=False)
    w = n.weight(4, 3, 3, 3, scale=0.017, zero=3.0)
    finish(n, n.conv(x, 4, weight=w, pads=[1, 1, 1, 1]))


@network("weights quantised, then transposed to (O, I, kh, kw)")
def conv_weight_transposed(n):
    w = n.op("Transpose", n.weight(3, 3, 3, 4, axis=3), perm=[3, 2, 0, 1])
    finish(n, n.conv(image(n), 4, weight=w))


@network("one weight Quant feeds two Convs")
def conv_weight_shared(n):
    w = n.weight(3, 3, 3, 3, bits=4)
    x = n.relu(n.conv(image(n), 3, weight=w, pads=[1, 1, 1, 1]), 4)
    finish(n, n.conv(x, 3, weight=w, pads=[1, 1, 1, 1], strides=[2, 2]), 4)


@network("channels of zero weights: constant, also at the borders, and gone from the next layer")
def conv_constant_channels(n):
    raw = n.random.standard_normal((5, 3, 3, 3))
    raw[1] = raw[3] = 0
    x = n.conv(
        image(n), 5, weight=n.weight(5, 3, 3, 3, raw=raw), bias=[0.3, 0.9, -0.2, -0.4, 0.1], pads=[1, 1, 1, 1]
    )
    x = n.relu(x, 4)
    finish(n, n.conv(x, 4, bits=4, pads=[1, 1, 1, 1]), 4)


@network("channels that the activation saturates for every input")
def conv_saturated_channels(n):
    x = n.conv(image(n), 4, bias=[0.1, 90.0, -90.0, 0.2], pads=[1, 1, 1, 1])
    x = n.relu(x, 4, scale=0.21)
    finish(n, n.conv(x, 3, bits=4, pads=[1, 1, 1, 1]), 4)


@network("16-bit activations in and out")
def conv_act_16_bits(n):
    x = n.relu(n.conv(image(n, bits=16), 4, pads=[1, 1, 1, 1]), 16)
    x = n.conv(x, 3, bits=4)
    n.output(n.quant(x, 16))


@network("16-bit weights and activations: 32-bit accumulators cannot hold the sums")
def conv_16_by_16_bits(n):
    finish(n, n.conv(image(n, bits=16), 3, bits=16), 16)


@network("raw accumulators as the output, a scale for each channel and a float bias")
def conv_output_raw(n):
    n.output(n.conv(image(n), 4, bias=n.random.normal(0, 1, 4)))


@network("three layers that narrow: 8, 4, 2 bits")
def conv_8_4_2_bits(n):
    x = n.relu(n.conv(image(n), 4, bits=8, pads=[1, 1, 1, 1]), 4)
    x = n.relu(n.conv(x, 4, bits=4, pads=[1, 1, 1, 1]), 2)
    finish(n, n.conv(x, 4, bits=2), 8)


def width(n, bits):
    x = n.quant(n.input("x", 3, 5, 5), bits)
    x = n.relu(n.conv(x, 5, bits=bits), bits)
    x = n.quant(n.conv(x, 3, 1, bits=bits), bits)
    n.output(n.conv(x, 2, 2, bits=bits))


for bits in range(1, 9):
    network(f"{bits}-bit weights, {bits}-bit signed and unsigned activations", name=f"conv_width_{bits}")(
        functools.partial(width, bits=bits)
    )
