# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantisers: rounding modes, zero points, ranges, scales, thresholds, and quantisers in unusual places."""

import functools

import numpy as np

from net import network


def image(n, channels=3, bits=8, **options):
    return n.quant(n.input("x", channels, 4, 5), bits, **options)


def ties(n, mode):
    """Power-of-two scales, so that a quarter of all values lie half-way or on a code."""
    x = n.quant(n.input("x", 2, 4, 4), 6, 1 / 32, mode=mode)
    x = n.conv(x, 3, weight=n.weight(3, 2, 2, 2, bits=4, scale=0.25, mode=mode))
    x = n.quant(x, 5, 1 / 32, mode=mode)
    n.output(n.quant(n.conv(x, 2, weight=n.weight(2, 3, 1, 1, bits=3, scale=0.5)), 4, 1 / 16, mode=mode))


MODES = {
    "round": "ROUND",
    "half_even": "HALF_EVEN",
    "ceil": "CEIL",
    "floor": "FLOOR",
    "up": "UP",
    "down": "DOWN",
    "half_up": "HALF_UP",
    "half_down": "HALF_DOWN",
    "lowercase": "floor",
    "round_to_zero": "ROUND_TO_ZERO",
}
for key, mode in MODES.items():
    note = (
        {"note": "the executor does not know ROUND_TO_ZERO; its results are those of DOWN"}
        if mode == "ROUND_TO_ZERO"
        else {}
    )
    network(
        f"rounding mode {mode} with power-of-two scales: exact ties everywhere",
        name=f"quant_mode_{key}",
        **note,
    )(functools.partial(ties, mode=mode))


def arbitrary(n, mode):
    x = image(n, mode=mode)
    x = n.quant(n.conv(x, 4, pads=[1, 1, 1, 1]), 6, zero=3.0, mode=mode)
    n.output(n.quant(n.conv(x, 3), 4, mode=mode))


for key in ("ceil", "floor", "up", "down", "half_up", "half_down"):
    network(
        f"rounding mode {MODES[key]} with arbitrary scales and a zero point",
        name=f"quant_mode_{key}_zero_point",
    )(functools.partial(arbitrary, mode=MODES[key]))


@network("asymmetric unsigned 8 bits; the Conv pads with the zero point")
def zero_point_unsigned(n):
    x = image(n, signed=False, scale=0.0092, zero=131.0)
    x = n.quant(n.conv(x, 4, pads=[1, 1, 1, 1]), 8, scale=0.07, signed=False, zero=99.0)
    n.output(n.quant(n.conv(x, 3, pads=[0, 1, 1, 0]), 8, signed=False, zero=127.0, scale=0.11))


@network("negative zero point on a signed tensor")
def zero_point_negative(n):
    x = image(n, scale=0.0061, zero=-41.0)
    n.output(n.quant(n.conv(x, 4, pads=[1, 1, 1, 1]), 4, zero=-3.0))


@network("fractional zero point: padding is real 0 and has no code")
def zero_point_fractional(n):
    x = image(n, signed=False, scale=0.0092, zero=130.5)
    n.output(n.quant(n.conv(x, 4, pads=[1, 1, 1, 1]), 4, zero=0.25))


@network("zero point beyond the range of codes")
def zero_point_outside(n):
    x = image(n, bits=4, signed=False, scale=0.05, zero=-3.0)
    n.output(n.quant(n.conv(x, 4, pads=[1, 1, 1, 1]), 4, signed=False, zero=21.0, scale=0.09))


@network("zero point of a Gemm's input")
def zero_point_gemm(n):
    x = n.quant(n.input("x", 10), 8, signed=False, scale=0.0092, zero=120.0)
    n.output(n.gemm(x, 6))


@network("narrow ranges, signed and unsigned")
def narrow_ranges(n):
    x = image(n, bits=4, narrow=True)
    x = n.relu(n.conv(x, 4), 3, narrow=True, fill=0.5)
    n.output(n.quant(n.conv(x, 3, 1), 2, narrow=True, fill=0.4))


@network("narrow 2 bits has three codes, narrow unsigned 1 bit only the code 0")
def narrow_smallest(n):
    x = n.quant(n.conv(image(n, bits=2, narrow=True), 4), 2, narrow=True, fill=0.3)
    n.output(
        n.conv(x, 3, 1, weight=n.weight(3, 4, 1, 1, bits=2)),
        n.quant(n.op("Relu", x), 1, signed=False, narrow=True),
    )


@network("signed 1-bit Quant is bipolar; unsigned 1 bit is {0, 1}")
def one_bit_both(n):
    x = n.quant(n.conv(image(n), 4), 1, scale=0.5)
    x = n.relu(n.conv(x, 4, 1, weight=n.weight(4, 4, 1, 1, bits=1, scale=0.3)), 1)
    n.output(n.conv(x, 3, 1, bits=1))


@network("a fractional bit width: 3.5 bits clip at 4.656854 and round to 5")
def fractional_bits(n):
    x = image(n, bits=3.5)
    n.output(n.quant(n.conv(x, 4), 7.5))


@network("16-bit activations, signed with a zero point and unsigned")
def act_16_bits(n):
    x = image(n, bits=16, zero=1000.0)
    x = n.relu(n.conv(x, 4), 16)
    n.output(n.quant(n.conv(x, 3, 1), 12, mode="FLOOR"))


@network("9, 10 and 12 bits")
def act_9_to_12_bits(n):
    x = n.relu(n.conv(image(n, bits=9), 4), 10)
    n.output(n.quant(n.conv(x, 3, 1, bits=9), 12))


@network("an activation scale for each channel [1,C,1,1] in front of a depthwise Conv")
def act_scale_per_channel_depthwise(n):
    x = image(n, scale=np.array([0.008, 0.011, 0.0093]).reshape(1, 3, 1, 1))
    n.output(n.relu(n.conv(x, 3, group=3, pads=[1, 1, 1, 1]), 4))


@network("an activation scale for each channel, requantised to one scale before a dense Conv")
def act_scale_per_channel_requantised(n):
    x = n.relu(n.conv(image(n), 3), 6, scale=np.array([0.031, 0.052, 0.044]).reshape(1, 3, 1, 1))
    x = n.quant(x, 4, signed=False)
    n.output(n.relu(n.conv(x, 4, 1, bits=4), 4))


@network("an activation scale for each channel straight into a dense Conv: sums of different scales")
def act_scale_per_channel_dense(n):
    x = n.relu(n.conv(image(n), 3), 6, scale=np.array([0.031, 0.052, 0.044]).reshape(1, 3, 1, 1))
    n.output(n.relu(n.conv(x, 4, 1, bits=4), 4))


@network("a scale of shape [W] on NCHW runs along W, as numpy broadcasts")
def act_scale_along_width(n):
    x = image(n, scale=np.array([0.008, 0.01, 0.012, 0.014, 0.009]))
    n.output(n.quant(x, 6))


@network("a zero point for each channel")
def zero_point_per_channel(n):
    x = image(n, signed=False, scale=0.01, zero=np.array([100.0, 128.0, 140.0]).reshape(1, 3, 1, 1))
    n.output(n.relu(n.conv(x, 3, group=3, pads=[1, 1, 1, 1]), 4))


@network("Quant directly after Quant: another scale and width")
def quant_after_quant(n):
    n.output(n.relu(n.conv(n.quant(image(n), 4), 4), 4))


@network("Quant directly after Quant with the same parameters, half-even")
def quant_after_equal_quant(n):
    x = image(n, scale=0.0137)
    n.output(n.relu(n.conv(n.quant(x, 8, 0.0137), 4), 4))


@network(
    "Quant after an equal Quant under FLOOR: an exact tie on every value",
    note="the float32 executor is wrong here for some (code, scale): exact semantics keeps the code",
)
def quant_after_equal_quant_floor(n):
    x = image(n, scale=0.0137, mode="FLOOR")
    n.output(n.quant(x, 8, 0.0137, mode="FLOOR"))


@network("three Quants in a row, widening and narrowing")
def quant_chain(n):
    n.output(n.quant(n.quant(n.quant(n.input("x", 3, 4, 5), 3), 8, 0.01), 5, 0.07, signed=False, zero=13.0))


@network("one activation quantised by four equal nodes, each with its own consumer")
def quant_as_several_nodes(n):
    x = n.conv(image(n), 4)
    parts = [n.conv(n.quant(x, 4, 0.5), 2, 1, bits=4) for _ in range(4)]
    n.output(n.relu(n.op("Concat", *parts, axis=1), 4))


@network("one tensor through two different quantisers")
def quant_two_ways(n):
    x = n.conv(image(n), 4)
    a, b = n.quant(x, 4), n.op("Relu", x)
    n.output(n.conv(a, 2, 1), n.conv(n.quant(b, 2, signed=False), 2, 1))


@network(
    "Quant nodes spelt IntQuant, domain qonnx.custom_op.general version 2",
    domain="qonnx.custom_op.general",
    domain_version=2,
)
def int_quant_alias(n):
    x = n.quant(n.input("x", 3, 4, 5), kind="IntQuant")
    n.output(n.quant(n.conv(x, 4), 4, kind="IntQuant"))


@network("bipolar weights and activations; sums can be exactly 0, which counts as +1")
def bipolar_ties_at_zero(n):
    x = n.bipolar(n.input("x", 4, 4, 4))
    w = n.bipolar(n.const(n.random.standard_normal((5, 4, 2, 2))), 0.5)
    n.output(n.bipolar(n.conv(x, 5, 2, weight=w), 0.75))


@network("padding of a bipolar tensor adds nothing: real 0 is not one of its codes")
def bipolar_padded(n):
    x = n.bipolar(n.input("x", 3, 4, 4), 0.7)
    w = n.bipolar(n.const(n.random.standard_normal((5, 3, 3, 3))), 0.5)
    n.output(n.bipolar(n.conv(x, 5, weight=w, pads=[1, 1, 1, 1])))


@network("a bipolar output scale for each channel, depthwise behind it")
def bipolar_scale_per_channel(n):
    x = n.bipolar(n.conv(image(n), 4), np.array([0.5, 0.7, 0.9, 1.1]).reshape(1, 4, 1, 1))
    n.output(n.relu(n.conv(x, 4, group=4, bits=4, pads=[1, 1, 1, 1]), 4))


def thresholds(n, x, rows, count):
    found = n.everything(x)
    return np.sort(n.random.uniform(found.min(), found.max(), (rows, count)), axis=1)


@network("MultiThreshold on NCHW, thresholds for each channel", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_per_channel(n):
    x = n.conv(image(n), 4)
    x = n.op(
        "MultiThreshold",
        x,
        n.const(thresholds(n, x, 4, 15)),
        domain="qonnx.custom_op.general",
        out_dtype="UINT4",
    )
    n.output(n.relu(n.conv(x, 3, 1, bits=4), 4))


@network(
    "MultiThreshold with one row for all channels, out_scale and out_bias",
    imports=[("finn.custom_op.general", 1)],
)
def multithreshold_global(n):
    x = n.conv(image(n), 4)
    n.output(
        n.op(
            "MultiThreshold",
            x,
            n.const(thresholds(n, x, 1, 7)),
            domain="finn.custom_op.general",
            out_dtype="INT4",
            out_scale=0.375,
            out_bias=-1.5,
        )
    )


@network(
    "MultiThreshold as a bipolar quantiser: one threshold, scale 2, bias -1; rank 2",
    imports=[("qonnx.custom_op.general", 1)],
)
def multithreshold_bipolar(n):
    x = n.gemm(n.quant(n.input("x", 9)), 6)
    x = n.op(
        "MultiThreshold",
        x,
        n.const(thresholds(n, x, 6, 1)),
        domain="qonnx.custom_op.general",
        out_dtype="BIPOLAR",
        out_scale=2.0,
        out_bias=-1.0,
    )
    n.output(n.op("MatMul", x, n.weight(6, 4, bits=1, scale="tensor")))


@network("MultiThreshold with data_layout NHWC", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_nhwc(n):
    x = n.op("Transpose", n.conv(image(n), 4), perm=[0, 2, 3, 1])
    rows = thresholds(n, x, 4, 3)
    n.output(
        n.op(
            "MultiThreshold",
            x,
            n.const(rows),
            domain="qonnx.custom_op.general",
            out_dtype="UINT2",
            data_layout="NHWC",
        )
    )


@network("MultiThreshold of rank 3 without data_layout is NWC", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_rank_3(n):
    x = n.quant(n.input("x", 5, 8))
    x = n.op("MatMul", x, n.weight(8, 4, axis=1))
    n.output(
        n.op(
            "MultiThreshold",
            x,
            n.const(thresholds(n, x, 4, 3)),
            domain="qonnx.custom_op.general",
            out_dtype="UINT2",
        )
    )


@network("MultiThreshold with unsorted and repeated thresholds", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_unsorted(n):
    x = n.conv(image(n), 3)
    rows = thresholds(n, x, 3, 7)[:, ::-1].copy()
    rows[:, 2] = rows[:, 5]
    n.output(n.op("MultiThreshold", x, n.const(rows), domain="qonnx.custom_op.general", out_dtype="UINT3"))


@network("MultiThreshold whose thresholds lie exactly on sums", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_on_sums(n):
    x = n.conv(image(n, bits=4, scale=0.25), 2, weight=n.weight(2, 3, 3, 3, bits=3, scale=0.5))
    rows = np.array([[-1.0, -0.5, 0.0, 0.125, 0.25, 1.0, 2.0]])
    n.output(n.op("MultiThreshold", x, n.const(rows), domain="qonnx.custom_op.general", out_dtype="UINT3"))


@network("MultiThreshold directly on the network's input", imports=[("qonnx.custom_op.general", 1)])
def multithreshold_input(n):
    x = n.op(
        "MultiThreshold",
        n.input("x", 3, 4, 4),
        n.const(np.linspace(-0.9, 0.9, 7)[None]),
        domain="qonnx.custom_op.general",
        out_dtype="UINT3",
    )
    n.output(n.relu(n.conv(x, 4, bits=4), 4))
