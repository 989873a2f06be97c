// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The movement ops of qint on plain integers.
#include "dialects/qint/Reference.h"

using namespace mlir;
namespace dyadic::qint {
namespace {

std::vector<int64_t> strides(ArrayRef<int64_t> shape) {
  std::vector<int64_t> s(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    s[d - 1] = s[d] * shape[d];
  return s;
}

/// Calls visit(index) over `shape` in row-major order.
template <typename F> void each(ArrayRef<int64_t> shape, F visit) {
  std::vector<int64_t> index(shape.size(), 0);
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  for (int64_t k = 0; k < n; ++k) {
    visit(index);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

} // namespace

Ints transposed(ArrayRef<int64_t> shape, ArrayRef<int64_t> perm, const Ints &x) {
  std::vector<int64_t> from = strides(shape), to(perm.size()), step(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    to[i] = shape[perm[i]];
    step[i] = from[perm[i]];
  }
  Ints r;
  r.reserve(x.size());
  each(to, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t i = 0; i < index.size(); ++i)
      at += index[i] * step[i];
    r.push_back(x[at]);
  });
  return r;
}

std::vector<Ints> mapsOf(SliceOp op) {
  std::vector<Ints> maps;
  for (auto [d, extent] : llvm::enumerate(cast<RankedTensorType>(op.getType()).getShape())) {
    maps.emplace_back();
    for (int64_t i = 0; i < extent; ++i)
      maps.back().push_back(op.getStarts()[d] + i * op.getSteps()[d]);
  }
  return maps;
}

std::vector<Ints> mapsOf(GatherOp op) {
  std::vector<Ints> maps;
  for (Attribute m : op.getMaps())
    maps.push_back(cast<DenseI64ArrayAttr>(m).asArrayRef().vec());
  return maps;
}

Ints gathered(ArrayRef<int64_t> shape, ArrayRef<Ints> maps, const Ints &x) {
  std::vector<int64_t> from = strides(shape), to;
  for (const auto &m : maps)
    to.push_back(static_cast<int64_t>(m.size()));
  Ints r;
  each(to, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t i = 0; i < index.size(); ++i)
      at += maps[i][index[i]] * from[i];
    r.push_back(x[at]);
  });
  return r;
}

Ints padded(ArrayRef<int64_t> shape, ArrayRef<int64_t> pads, int64_t code, const Ints &x) {
  size_t rank = shape.size();
  std::vector<int64_t> to, from = strides(shape);
  for (size_t d = 0; d < rank; ++d)
    to.push_back(shape[d] + pads[d] + pads[rank + d]);
  Ints r;
  each(to, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    bool inside = true;
    for (size_t d = 0; d < rank; ++d) {
      int64_t i = index[d] - pads[d];
      inside &= i >= 0 && i < shape[d];
      at += i * from[d];
    }
    r.push_back(inside ? x[at] : code);
  });
  return r;
}

Ints concatenated(ArrayRef<RankedTensorType> types, unsigned axis, ArrayRef<const Ints *> parts) {
  int64_t outer = 1, total = 0;
  for (unsigned d = 0; d < axis; ++d)
    outer *= types[0].getDimSize(d);
  std::vector<int64_t> run;
  for (RankedTensorType t : types) {
    run.push_back(t.getNumElements() / outer);
    total += t.getNumElements();
  }
  Ints r;
  r.reserve(total);
  for (int64_t o = 0; o < outer; ++o)
    for (size_t p = 0; p < parts.size(); ++p)
      r.insert(r.end(), parts[p]->begin() + o * run[p], parts[p]->begin() + (o + 1) * run[p]);
  return r;
}

} // namespace dyadic::qint
