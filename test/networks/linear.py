# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MatMul and Gemm: ranks, transposes, biases, wide sums."""

import numpy as np

from net import network


def vector(n, length=12, bits=8, **options):
    return n.quant(n.input("x", length), bits, **options)


@network("MatMul with weights as [K,N], one scale")
def matmul_plain(n):
    n.output(n.relu(n.op("MatMul", vector(n), n.weight(12, 7, scale="tensor"))))


@network("MatMul with weights as [K,N], a scale for each output [1,N]")
def matmul_scale_per_output(n):
    n.output(n.relu(n.op("MatMul", vector(n), n.weight(12, 7, axis=1))))


@network("weights [O,K] with scales [O,1], Transpose, MatMul, Add of a bias")
def matmul_transposed_weight(n):
    w = n.op("Transpose", n.weight(7, 12), perm=[1, 0])
    x = n.op("Add", n.op("MatMul", vector(n), w), n.const(n.random.normal(0, 0.5, 7)))
    n.output(n.relu(x))


@network("the bias is the first operand of Add")
def matmul_bias_first(n):
    x = n.op("MatMul", vector(n), n.weight(12, 7, scale="tensor"))
    n.output(n.relu(n.op("Add", n.const(n.random.normal(0, 0.5, (1, 7))), x)))


@network("3-D MatMul [1,T,K] x [K,N] with Add of a bias")
def matmul_3d(n):
    x = n.quant(n.input("x", 5, 8))
    w = n.op("Transpose", n.weight(6, 8), perm=[1, 0])
    x = n.relu(n.op("Add", n.op("MatMul", x, w), n.const(n.random.normal(0, 0.5, 6))), 4)
    w = n.op("Transpose", n.weight(4, 6, bits=4), perm=[1, 0])
    n.output(n.quant(n.op("MatMul", x, w)))


@network("4-D MatMul over the last axis")
def matmul_4d(n):
    n.output(n.quant(n.op("MatMul", n.quant(n.input("x", 2, 3, 8)), n.weight(8, 5, axis=1))))


@network("MatMul by three matrices, one for each head: [3,T,K] x [3,K,N], a scale for each output")
def matmul_by_head(n):
    x = n.quant(n.input("x", 3, 5, 6), 6)
    n.output(n.relu(n.op("MatMul", x, n.weight(3, 6, 4, axis=2)), 5))


@network("one input times two by two matrices; raw matrices times columns whose zero is no code's")
def matmul_by_stack(n):
    x = n.quant(n.input("x", 1, 6, 3), 6, zero=3.0)
    left = n.const(n.random.normal(0, 0.5, (2, 1, 4, 6)))
    n.output(n.quant(n.op("MatMul", left, x), 7), n.op("MatMul", n.weight(1, 2, 2, 5, 6, axis=3), x))


@network("MatMul by a vector: the last axis goes")
def matmul_vector(n):
    w = n.quant(n.const(n.random.standard_normal(9)), 4)
    n.output(n.quant(n.op("MatMul", n.quant(n.input("x", 4, 9)), w), 6))


@network("MatMul with bipolar weights and activations")
def matmul_bipolar(n):
    x = n.bipolar(n.input("x", 16))
    w = n.bipolar(n.const(n.random.standard_normal((16, 8))), 0.25)
    n.output(n.bipolar(n.batchnorm(n.op("MatMul", x, w))))


@network("Gemm with transB and a float bias")
def gemm_transposed(n):
    n.output(n.relu(n.gemm(vector(n), 7)))


@network("Gemm without transB, bias [1,N]")
def gemm_plain(n):
    b = n.const(n.random.normal(0, 1, (1, 7)))
    n.output(n.relu(n.op("Gemm", vector(n), n.weight(12, 7, axis=1), b)))


@network("Gemm without bias")
def gemm_no_bias(n):
    n.output(n.relu(n.gemm(vector(n), 7, bias=False)))


@network("Gemm whose bias is one number")
def gemm_scalar_bias(n):
    n.output(n.relu(n.op("Gemm", vector(n), n.weight(7, 12), n.const([0.4]), transB=1)))


@network("Gemm with alpha 0.75 and beta 1.5")
def gemm_alpha_beta(n):
    n.output(n.relu(n.gemm(vector(n), 7, alpha=0.75, beta=1.5)))


@network("Gemm whose bias comes through a Quant of 16 bits, scale s_x * s_w per output")
def gemm_bias_16_bits(n):
    x = vector(n, scale=0.012)
    scales = np.linspace(0.011, 0.02, 7, dtype=np.float32)
    w = n.weight(7, 12, scale=scales.reshape(7, 1))
    b = n.quant(n.const(n.random.normal(0, 0.5, 7)), 16, np.float32(0.012) * scales)
    n.output(n.relu(n.op("Gemm", x, w, b, transB=1)))


@network("three layers of 8, 4 and 2 bits; raw accumulators at the end")
def mlp_8_4_2_bits(n):
    x = n.relu(n.gemm(vector(n), 10, bits=8), 4)
    x = n.relu(n.gemm(x, 9, bits=4), 2)
    n.output(n.gemm(x, 5, bits=2))


@network("sums beyond 2^31: 16-bit activations, 8-bit weights, 600 inputs")
def matmul_beyond_32_bits(n):
    x = n.quant(n.input("x", 600), 16, signed=False, scale=0.75 / 65535, zero=0.0)
    raw = np.abs(n.random.standard_normal((600, 2))) + 2
    n.output(n.quant(n.op("MatMul", x, n.weight(600, 2, raw=raw, scale="tensor")), 8, signed=False))


@network("raw sums beyond 2^31 as an output, and a Quant of 32 bits on them: 64-bit codes, which no tap shows")
def codes_beyond_32_bits(n):
    x = n.quant(n.input("x", 600), 16, signed=False, scale=0.75 / 65535, zero=0.0)
    raw = np.abs(n.random.standard_normal((600, 2))) + 2
    y = n.op("MatMul", x, n.weight(600, 2, raw=raw, scale="tensor"))
    n.output(y, n.quant(y, 32, signed=False))


@network("sums just below 2^31: 16-bit activations, 8-bit weights, 250 inputs")
def matmul_just_32_bits(n):
    x = n.quant(n.input("x", 250), 16, signed=False, scale=1.0 / 65535)
    raw = n.random.choice([-1.0, 1.0], (250, 2))
    n.output(n.quant(n.op("MatMul", x, n.weight(250, 2, raw=raw, scale="tensor")), 16))


@network("a single input and a single output")
def matmul_1_by_1(n):
    n.output(n.relu(n.op("MatMul", vector(n, 1), n.weight(1, 1, scale="tensor"))))


@network("bits of weights and activations that differ, lengths that fill no byte")
def matmul_odd_lengths(n):
    x = n.relu(n.gemm(vector(n, 7, 3), 5, bits=7), 5)
    x = n.relu(n.gemm(x, 3, bits=3), 6)
    n.output(n.quant(n.gemm(x, 1, bits=5), 3))


@network("one weight Quant feeds two MatMuls")
def matmul_weight_shared(n):
    w = n.weight(8, 8, bits=4, scale="tensor")
    x = n.relu(n.op("MatMul", vector(n, 8), w), 4)
    n.output(n.relu(n.op("MatMul", x, w), 4))


@network("the same weights as they are and transposed")
def matmul_weight_both_ways(n):
    w = n.weight(8, 6, bits=4, scale="tensor")
    x = n.relu(n.op("MatMul", vector(n, 8), w), 4)
    n.output(n.relu(n.op("MatMul", x, n.op("Transpose", w, perm=[1, 0])), 4))


@network("3-D input flattened by Gemm's exporter: Reshape to rows, Gemm, Reshape back")
def gemm_between_reshapes(n):
    x = n.op("Reshape", n.quant(n.input("x", 4, 6)), n.ints([-1, 6]))
    n.output(n.relu(n.op("Reshape", n.gemm(x, 5), n.ints([1, 4, 5]))))


@network("positions are added to tokens, and no quantiser stands between them and the product")
def matmul_positions(n):
    x = n.quant(n.input("x", 5, 6), 6)
    x = n.op("Add", x, n.quant(n.const(n.random.normal(0, 0.5, (1, 5, 6))), 6))
    n.output(n.quant(n.op("MatMul", x, n.weight(6, 4, axis=1)), 5))
