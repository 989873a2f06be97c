# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sliding windows over arrays of any element type: pads, strides, dilations, ceil_mode, auto_pad."""

import itertools

import numpy as np


def geometry(sizes, kernel, attrs, pooling=False):
    """For each spatial axis: stride, dilation, pad in front, number of outputs."""
    rank = len(kernel)
    strides, dilations = attrs.get("strides", [1] * rank), attrs.get("dilations", [1] * rank)
    pads, auto = attrs.get("pads", [0] * 2 * rank), attrs.get("auto_pad", b"NOTSET").decode()
    result = []
    for a in range(rank):
        reach = (kernel[a] - 1) * dilations[a] + 1
        if auto.startswith("SAME"):
            outputs = -(-sizes[a] // strides[a])
            total = max((outputs - 1) * strides[a] + reach - sizes[a], 0)
            before = total // 2 if auto == "SAME_UPPER" else total - total // 2
        else:
            before, after = (0, 0) if auto == "VALID" else (pads[a], pads[a + rank])
            room = sizes[a] + before + after - reach
            outputs = room // strides[a] + 1
            if (
                pooling
                and attrs.get("ceil_mode")
                and room % strides[a]
                and outputs * strides[a] < sizes[a] + before
            ):
                outputs += 1
        result.append((strides[a], dilations[a], before, outputs))
    return result


def windows(x, kernel, attrs, fill, pooling=False):
    """[batch, channel, outputs..., kernel positions], with fill where a window leaves x."""
    axes = geometry(x.shape[2:], kernel, attrs, pooling)
    outputs = [a[3] for a in axes]
    result = np.full((*x.shape[:2], *outputs, int(np.prod(kernel))), fill, object)
    for position, offset in enumerate(itertools.product(*map(range, kernel))):
        for out in itertools.product(*map(range, outputs)):
            at = tuple(o * s + k * d - p for o, k, (s, d, p, _) in zip(out, offset, axes))
            if all(0 <= i < n for i, n in zip(at, x.shape[2:])):
                result[(slice(None), slice(None), *out, position)] = x[(slice(None), slice(None), *at)]
    return result


def reduce(found, function):
    out = np.empty(found.shape[:-1], object)
    for index in np.ndindex(*out.shape):
        out[index] = function(found[index])
    return out


def padded_ones(x, attrs):
    """What an average counts: ones over x, over its declared pads too with count_include_pad; with the shape rules left."""
    ones = np.ones((1, 1, *x.shape[2:]), dtype=object)
    if not attrs.get("count_include_pad"):
        return ones, attrs["kernel_shape"], attrs
    rank = x.ndim - 2
    if attrs.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID"):
        pads = attrs.get("pads", [0] * 2 * rank)
    else:
        axes = geometry(x.shape[2:], attrs["kernel_shape"], attrs)
        reach = [(k - 1) * d + 1 + (n - 1) * s for k, (s, d, _, n) in zip(attrs["kernel_shape"], axes)]
        pads = [a[2] for a in axes] + [max(r - n - a[2], 0) for r, n, a in zip(reach, x.shape[2:], axes)]
    ones = np.pad(ones, [(0, 0), (0, 0)] + list(zip(pads[:rank], pads[rank:])), constant_values=1)
    # The declared pads are elements now; only the room that ceil_mode adds stays outside.
    return ones, attrs["kernel_shape"], {**attrs, "auto_pad": b"NOTSET", "pads": [0] * 2 * rank}
