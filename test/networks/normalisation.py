# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""BatchNormalization and activations between an accumulator and the next Quant."""

import numpy as np

from net import network


def convolved(n, outputs=6, **options):
    return n.conv(n.quant(n.input("x", 3, 5, 6)), outputs, pads=[1, 1, 1, 1], **options)


def signs(n, channels, low=0.5, high=1.5):
    """Gammas of both signs."""
    return n.random.uniform(low, high, channels) * np.where(np.arange(channels) % 2, -1, 1)


@network("BatchNormalization after Conv")
def batchnorm_after_conv(n):
    n.output(n.relu(n.batchnorm(convolved(n)), 4))


@network("negative gammas: thresholds run downwards")
def batchnorm_negative_gamma(n):
    n.output(n.quant(n.batchnorm(convolved(n), signs(n, 6)), 4))


@network("a gamma of zero and a tiny one: channels become constant or nearly so")
def batchnorm_zero_gamma(n):
    x = n.relu(n.batchnorm(convolved(n), [1.0, 0.0, -0.8, 1e-6, -0.0, 1.2]), 4)
    n.output(n.relu(n.conv(x, 4, bits=4), 4))


@network("BatchNormalization after MatMul, rank 2")
def batchnorm_after_matmul(n):
    x = n.op("MatMul", n.quant(n.input("x", 12)), n.weight(12, 7, scale="tensor"))
    n.output(n.relu(n.batchnorm(x, signs(n, 7)), 4))


@network("BatchNormalization after Gemm with bias")
def batchnorm_after_gemm(n):
    n.output(n.quant(n.batchnorm(n.gemm(n.quant(n.input("x", 12)), 7), signs(n, 7)), 4))


@network("BatchNormalization after a 1-D Conv")
def batchnorm_after_conv_1d(n):
    n.output(n.relu(n.batchnorm(n.conv(n.quant(n.input("x", 3, 9)), 5, [3])), 4))


@network("a large epsilon and conv bias in front")
def batchnorm_epsilon(n):
    n.output(n.relu(n.batchnorm(convolved(n, bias=n.random.normal(0, 1, 6)), epsilon=0.001), 4))


@network("two BatchNormalizations in a row")
def batchnorm_twice(n):
    n.output(n.quant(n.batchnorm(n.batchnorm(convolved(n), signs(n, 6)), signs(n, 6)), 4))


@network("BatchNormalization of a quantised tensor: no accumulator in front")
def batchnorm_after_quant(n):
    x = n.relu(convolved(n), 4)
    n.output(n.quant(n.batchnorm(x, signs(n, 6)), 4))


@network("BatchNormalization in front of the Conv, behind the first Quant's input")
def batchnorm_before_first_quant(n):
    x = n.quant(n.batchnorm(n.input("x", 3, 5, 6), [0.7, -1.1, 1.3]))
    n.output(n.relu(n.conv(x, 4)))


@network("BatchNormalization at the very end: integer output with scale and offset for each channel")
def batchnorm_output_raw(n):
    n.output(n.batchnorm(convolved(n), signs(n, 6)))


@network("BatchNormalization, then a bipolar quantiser: one threshold for each channel")
def batchnorm_bipolar(n):
    n.output(n.bipolar(n.batchnorm(convolved(n, bits=1), signs(n, 6))))


@network("BatchNormalization spelt as Mul and Add of [1,C,1,1] constants")
def batchnorm_as_mul_add(n):
    x = n.op("Mul", convolved(n), n.const(signs(n, 6).reshape(1, 6, 1, 1)))
    n.output(n.relu(n.op("Add", x, n.const(n.random.normal(0, 1, (1, 6, 1, 1)))), 4))


@network("Sub of a mean and Div by a deviation, scalars and [1,C,1,1]")
def normalise_sub_div(n):
    x = n.op("Sub", convolved(n), n.const(n.random.normal(0, 1, (1, 6, 1, 1))))
    n.output(n.relu(n.op("Div", x, n.const(1.7)), 4))


@network("Relu without a Quant of its own before MaxPool and Quant")
def relu_then_maxpool(n):
    x = n.op("MaxPool", n.op("Relu", convolved(n)), kernel_shape=[2, 2], strides=[2, 2])
    n.output(n.quant(x, 4, signed=False))


@network("Relu on a signed quantised tensor")
def relu_after_quant(n):
    x = n.op("Relu", n.quant(convolved(n), 4))
    n.output(n.relu(n.conv(x, 3, bits=4), 4))


@network("Relu with a signed Quant behind it: half of the codes are never used")
def relu_signed_quant(n):
    n.output(n.quant(n.op("Relu", convolved(n)), 4))


@network("Relu, the output of the network")
def relu_output_raw(n):
    n.output(n.op("Relu", convolved(n)))


@network("LeakyRelu: two segments, signed Quant")
def leaky_relu(n):
    n.output(n.quant(n.op("LeakyRelu", convolved(n), alpha=0.1), 8))


@network("LeakyRelu with alpha 13/128 behind negative gammas")
def leaky_relu_negative_gamma(n):
    n.output(n.quant(n.op("LeakyRelu", n.batchnorm(convolved(n), signs(n, 6)), alpha=0.1015625), 4))


@network("LeakyRelu without alpha (0.01), power-of-two scales: ties in both segments")
def leaky_relu_ties(n):
    x = n.quant(n.input("x", 2, 4, 4), 8, 1 / 16)
    x = n.conv(x, 3, weight=n.weight(3, 2, 3, 3, bits=4, scale=0.25))
    n.output(n.quant(n.op("LeakyRelu", x, alpha=0.125), 6, 0.25))


@network("LeakyRelu of a quantised tensor, requantised")
def leaky_relu_after_quant(n):
    x = n.quant(convolved(n), 6)
    n.output(n.quant(n.op("LeakyRelu", x), 4, mode="FLOOR"))


@network("LeakyRelu into 16 bits, power-of-two scales: ties in both segments, too many codes to list")
def leaky_relu_16_bits_ties(n):
    x = n.quant(n.input("x", 2, 4, 4), 8, 1 / 16)
    x = n.conv(x, 3, weight=n.weight(3, 2, 3, 3, bits=8, scale=1 / 128))
    n.output(n.quant(n.op("LeakyRelu", x, alpha=0.375), 16, 1 / 512))


@network("PRelu of 16-bit activations into 16 bits: sums of 30 bits, no line of 64 bits on the steeper side")
def prelu_of_16_bits(n):
    x = n.conv(n.quant(n.input("x", 12, 4, 4), 16), 4)
    x = n.op("PRelu", n.batchnorm(x, signs(n, 4)), n.const(n.random.uniform(0.05, 0.7, (4, 1, 1))))
    n.output(n.quant(x, 16))


@network("Clip of LeakyRelu into 10 bits, a scale for each channel: ties, and levels that are no end of the codes")
def leaky_relu_clipped_10_bits(n):
    x = n.quant(n.input("x", 2, 4, 4), 8, 1 / 16)
    x = n.conv(x, 3, weight=n.weight(3, 2, 3, 3, bits=8, scale=1 / 128))
    x = n.op("Clip", n.op("LeakyRelu", x, alpha=0.375), n.const(-0.25), n.const(1.75))
    n.output(n.quant(x, 10, np.array([1 / 512, 1 / 256, 1 / 1024]).reshape(1, 3, 1, 1)))


@network("Clip to [0, 6] between Conv and Quant", required=False)
def clip_relu6(n):
    n.output(n.quant(n.op("Clip", convolved(n), n.const(0.0), n.const(6.0)), 4, signed=False))
