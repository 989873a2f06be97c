// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index arithmetic of row-major tensors, shared by the exact and the float32 evaluator.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dyadic::eval {

using Shape = std::vector<int64_t>;
/// For each element of a result, the element of the source it takes; -1 where it takes none (padding).
using Gather = std::vector<int64_t>;

int64_t elements(const Shape &shape);
/// Product of the extents before, and after, `axis`.
int64_t outerExtent(const Shape &shape, size_t axis);
int64_t innerExtent(const Shape &shape, size_t axis);
Shape stridesOf(const Shape &shape);

/// numpy's rule, aligned from the right. `from` must broadcast to `to`.
Gather broadcastGather(const Shape &from, const Shape &to);
Gather transposeGather(const Shape &in, const Shape &perm);
Gather padGather(const Shape &in, const Shape &pads, const Shape &out);
/// Result index i along axis d reads input index maps[d][i] (slices and nearest resizing alike).
Gather mapGather(const Shape &in, const std::vector<Shape> &maps);
std::vector<Shape> sliceMaps(const Shape &starts, const Shape &steps, const Shape &out);

/// Windows of a convolution or pool with one or two spatial axes; one axis is seen as two, the first of
/// extent 1.
struct Windows {
  int64_t inRows, inCols, outRows, outCols, kernelRows, kernelCols;
  int64_t strideRows, strideCols, dilationRows, dilationCols;
  int64_t padTop, padLeft, padBottom, padRight;

  int64_t rowOf(int64_t outRow, int64_t kernelRow) const {
    return outRow * strideRows - padTop + kernelRow * dilationRows;
  }
  int64_t colOf(int64_t outCol, int64_t kernelCol) const {
    return outCol * strideCols - padLeft + kernelCol * dilationCols;
  }
};
/// `in` and `out` are N C spatial...; the other arguments have one entry (pads: two) per spatial axis.
Windows makeWindows(const Shape &in, const Shape &out, const Shape &kernel, const Shape &strides,
                    const Shape &pads, const Shape &dilations);

/// Calls f(output element, input element) for every position of every window that lies inside the input.
template <typename F> void forEachInside(const Windows &w, const Shape &out, F f) {
  int64_t planes = out[0] * out[1], outPlane = w.outRows * w.outCols, inPlane = w.inRows * w.inCols;
  for (int64_t p = 0; p < planes; ++p)
    for (int64_t r = 0; r < w.outRows; ++r)
      for (int64_t c = 0; c < w.outCols; ++c)
        for (int64_t kr = 0; kr < w.kernelRows; ++kr)
          for (int64_t kc = 0; kc < w.kernelCols; ++kc) {
            int64_t row = w.rowOf(r, kr), col = w.colOf(c, kc);
            if (row >= 0 && row < w.inRows && col >= 0 && col < w.inCols)
              f(p * outPlane + r * w.outCols + c, p * inPlane + row * w.inCols + col);
          }
}

/// How many positions of the window at (outRow, outCol) count for an average (rule 15): those inside the
/// input, and with `includePad` also those inside the declared pads, never those beyond.
int64_t countedPositions(const Windows &w, int64_t outRow, int64_t outCol, bool includePad);

/// numpy's matmul seen as a batch of [rows, inner] x [inner, cols]: element offsets of each batch entry.
struct MatMulShape {
  int64_t rows, inner, cols;
  std::vector<int64_t> lhsOffsets, rhsOffsets;
};
MatMulShape makeMatMulShape(const Shape &lhs, const Shape &rhs);

} // namespace dyadic::eval
