// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index arithmetic of row-major tensors.
#include "compiler/eval/exact/Shape.h"
#include <algorithm>

namespace dyadic::eval {

int64_t elements(const Shape &shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

int64_t outerExtent(const Shape &shape, size_t axis) {
  int64_t n = 1;
  for (size_t i = 0; i < axis; ++i)
    n *= shape[i];
  return n;
}

int64_t innerExtent(const Shape &shape, size_t axis) {
  int64_t n = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i)
    n *= shape[i];
  return n;
}

Shape stridesOf(const Shape &shape) {
  Shape strides(shape.size());
  int64_t n = 1;
  for (size_t i = shape.size(); i-- > 0; n *= shape[i])
    strides[i] = n;
  return strides;
}

/// Result element at index (i0, i1, ...) reads sum_d offsets[d][i_d]; a negative entry makes it -1.
static Gather sumGather(const std::vector<Shape> &offsets) {
  Gather gather{0};
  for (const Shape &axis : offsets) {
    Gather next;
    next.reserve(gather.size() * axis.size());
    for (int64_t base : gather)
      for (int64_t o : axis)
        next.push_back(base < 0 || o < 0 ? -1 : base + o);
    gather = std::move(next);
  }
  return gather;
}

Gather broadcastGather(const Shape &from, const Shape &to) {
  Shape strides = stridesOf(from);
  std::vector<Shape> offsets(to.size());
  size_t missing = to.size() - from.size();
  for (size_t d = 0; d < to.size(); ++d)
    for (int64_t i = 0; i < to[d]; ++i)
      offsets[d].push_back(d < missing || from[d - missing] == 1 ? 0 : i * strides[d - missing]);
  return sumGather(offsets);
}

Gather transposeGather(const Shape &in, const Shape &perm) {
  Shape strides = stridesOf(in);
  std::vector<Shape> offsets(in.size());
  for (size_t d = 0; d < in.size(); ++d)
    for (int64_t i = 0; i < in[static_cast<size_t>(perm[d])]; ++i)
      offsets[d].push_back(i * strides[static_cast<size_t>(perm[d])]);
  return sumGather(offsets);
}

Gather padGather(const Shape &in, const Shape &pads, const Shape &out) {
  Shape strides = stridesOf(in);
  std::vector<Shape> offsets(in.size());
  for (size_t d = 0; d < in.size(); ++d)
    for (int64_t i = 0; i < out[d]; ++i) {
      int64_t source = i - pads[d];
      offsets[d].push_back(source < 0 || source >= in[d] ? -1 : source * strides[d]);
    }
  return sumGather(offsets);
}

Gather mapGather(const Shape &in, const std::vector<Shape> &maps) {
  Shape strides = stridesOf(in);
  std::vector<Shape> offsets(in.size());
  for (size_t d = 0; d < in.size(); ++d)
    for (int64_t source : maps[d])
      offsets[d].push_back(source * strides[d]);
  return sumGather(offsets);
}

std::vector<Shape> sliceMaps(const Shape &starts, const Shape &steps, const Shape &out) {
  std::vector<Shape> maps(out.size());
  for (size_t d = 0; d < out.size(); ++d)
    for (int64_t i = 0; i < out[d]; ++i)
      maps[d].push_back(starts[d] + i * steps[d]);
  return maps;
}

Windows makeWindows(const Shape &in, const Shape &out, const Shape &kernel, const Shape &strides,
                    const Shape &pads, const Shape &dilations) {
  bool two = in.size() == 4;
  size_t last = two ? 1 : 0;
  Windows w{};
  w.inRows = two ? in[2] : 1;
  w.outRows = two ? out[2] : 1;
  w.kernelRows = two ? kernel[0] : 1;
  w.strideRows = two ? strides[0] : 1;
  w.dilationRows = two ? dilations[0] : 1;
  w.padTop = two ? pads[0] : 0;
  w.padBottom = two ? pads[2] : 0;
  w.inCols = in[2 + last];
  w.outCols = out[2 + last];
  w.kernelCols = kernel[last];
  w.strideCols = strides[last];
  w.dilationCols = dilations[last];
  w.padLeft = pads[last];
  w.padRight = pads[last + 1 + last];
  return w;
}

int64_t countedPositions(const Windows &w, int64_t outRow, int64_t outCol, bool includePad) {
  auto along = [&](int64_t kernel, auto position, int64_t in, int64_t before, int64_t after) {
    int64_t n = 0;
    for (int64_t k = 0; k < kernel; ++k) {
      int64_t at = position(k);
      n += includePad ? at >= -before && at < in + after : at >= 0 && at < in;
    }
    return n;
  };
  return along(
             w.kernelRows, [&](int64_t k) { return w.rowOf(outRow, k); }, w.inRows, w.padTop, w.padBottom) *
         along(w.kernelCols, [&](int64_t k) { return w.colOf(outCol, k); }, w.inCols, w.padLeft, w.padRight);
}

MatMulShape makeMatMulShape(const Shape &lhs, const Shape &rhs) {
  Shape a = lhs, b = rhs;
  if (a.size() == 1)
    a.insert(a.begin(), 1);
  if (b.size() == 1)
    b.push_back(1);
  MatMulShape m{a[a.size() - 2], a.back(), b.back(), {}, {}};
  Shape batchA(a.begin(), a.end() - 2), batchB(b.begin(), b.end() - 2);
  Shape batch(std::max(batchA.size(), batchB.size()), 1);
  for (const Shape *s : {&batchA, &batchB})
    for (size_t i = 0; i < s->size(); ++i)
      batch[batch.size() - 1 - i] = std::max(batch[batch.size() - 1 - i], (*s)[s->size() - 1 - i]);
  m.lhsOffsets = broadcastGather(batchA, batch);
  m.rhsOffsets = broadcastGather(batchB, batch);
  for (int64_t &o : m.lhsOffsets)
    o *= m.rows * m.inner;
  for (int64_t &o : m.rhsOffsets)
    o *= m.inner * m.cols;
  return m;
}

} // namespace dyadic::eval
