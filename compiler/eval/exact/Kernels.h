// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution and matrix product over any number type; every sum runs over ascending input channel, row,
// column.
#pragma once
#include "compiler/eval/exact/Shape.h"
#include <algorithm>
#include <utility>

namespace dyadic::eval {

/// Where the columns of one kernel column start and end, so that the inner loop needs no test.
inline std::pair<int64_t, int64_t> validColumns(const Windows &w, int64_t kernelCol) {
  int64_t first = 0, end = w.outCols;
  while (first < end && w.colOf(first, kernelCol) < 0)
    ++first;
  while (end > first && w.colOf(end - 1, kernelCol) >= w.inCols)
    --end;
  return {first, end};
}

/// sums [N, O, rows, cols] += input [N, C, ...] * weights [O, C/group, kernelRows, kernelCols]. A 1x1 kernel
/// of stride 1 without padding is best given as one long row.
template <typename In, typename Weight, typename Sum>
void convolve(const Windows &w, int64_t batch, int64_t channels, int64_t outChannels, int64_t group,
              const In *input, const Weight *weights, Sum *sums) {
  const int64_t perGroup = channels / group, outPerGroup = outChannels / group;
  const int64_t inPlane = w.inRows * w.inCols, outPlane = w.outRows * w.outCols;
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t o = 0; o < outChannels; ++o) {
      Sum *out = sums + (n * outChannels + o) * outPlane;
      const Weight *weight = weights + o * perGroup * w.kernelRows * w.kernelCols;
      for (int64_t c = 0; c < perGroup; ++c) {
        const In *plane = input + (n * channels + o / outPerGroup * perGroup + c) * inPlane;
        for (int64_t kr = 0; kr < w.kernelRows; ++kr)
          for (int64_t kc = 0; kc < w.kernelCols; ++kc, ++weight) {
            if (*weight == 0)
              continue;
            auto [first, end] = validColumns(w, kc);
            for (int64_t r = 0; r < w.outRows; ++r) {
              int64_t row = w.rowOf(r, kr);
              if (row < 0 || row >= w.inRows)
                continue;
              const int64_t start = row * w.inCols + w.colOf(0, kc); // below 0 where `first` > 0
              Sum *to = out + r * w.outCols;
              if (w.strideCols == 1)
                for (int64_t i = first; i < end; ++i)
                  to[i] += static_cast<Sum>(*weight) * plane[start + i];
              else
                for (int64_t i = first; i < end; ++i)
                  to[i] += static_cast<Sum>(*weight) * plane[start + i * w.strideCols];
            }
          }
      }
    }
}

/// sums [batch, rows, cols] += lhs * rhs.
template <typename In, typename Sum>
void multiplyMatrices(const MatMulShape &m, const In *lhs, const In *rhs, Sum *sums) {
  for (size_t n = 0; n < m.lhsOffsets.size(); ++n, sums += m.rows * m.cols)
    for (int64_t r = 0; r < m.rows; ++r)
      for (int64_t k = 0; k < m.inner; ++k) {
        const In &a = lhs[m.lhsOffsets[n] + r * m.inner + k];
        if (a == 0)
          continue;
        const In *b = rhs + m.rhsOffsets[n] + k * m.cols;
        for (int64_t c = 0; c < m.cols; ++c)
          sums[r * m.cols + c] += static_cast<Sum>(a) * b[c];
      }
}

} // namespace dyadic::eval
