// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Orders of axes, compared by the finest axes that both can be cut into.
#include "compiler/canonical/Layout.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

namespace dyadic::canonical {
namespace {

/// Steps from an element to the next along each axis of a row-major tensor.
Shape stridesOf(llvm::ArrayRef<int64_t> shape) {
  Shape s(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    s[d - 1] = s[d] * shape[d];
  return s;
}

/// Extents, slowest first, that both shapes are made of; none where the one cuts across the other.
std::optional<Shape> refine(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  std::set<int64_t> cuts{1, countOf(a)};
  for (llvm::ArrayRef<int64_t> shape : {a, b})
    for (int64_t stride : stridesOf(shape))
      cuts.insert(stride);
  Shape extents;
  for (auto low = cuts.begin(), high = std::next(low); high != cuts.end(); ++low, ++high) {
    if (*high % *low != 0)
      return std::nullopt;
    extents.insert(extents.begin(), *high / *low);
  }
  return extents;
}

/// The refined axes in the order in which `layout` has them in its ONNX tensor.
Shape orderOf(const Layout &layout, llvm::ArrayRef<int64_t> refined) {
  Shape physical = layout.physical(), strides = stridesOf(physical), fine = stridesOf(refined), order;
  std::vector<Shape> within(physical.size());
  for (size_t i = 0; i < physical.size(); ++i)
    for (size_t f = 0; f < refined.size(); ++f)
      if (fine[f] >= strides[i] && fine[f] < strides[i] * physical[i])
        within[layout.perm[i]].push_back(static_cast<int64_t>(f));
  for (const Shape &axis : within)
    order.insert(order.end(), axis.begin(), axis.end());
  return order;
}

} // namespace

Layout Layout::plain(llvm::ArrayRef<int64_t> physical) {
  Layout l{physical.vec(), Shape(physical.size())};
  std::iota(l.perm.begin(), l.perm.end(), 0);
  return l;
}

Layout Layout::like(llvm::ArrayRef<int64_t> physical, llvm::ArrayRef<int64_t> perm) {
  Layout l{Shape(physical.size()), perm.vec()};
  for (size_t i = 0; i < perm.size(); ++i)
    l.shape[perm[i]] = physical[i];
  return l;
}

Layout Layout::channelsFirst(llvm::ArrayRef<int64_t> physical) {
  if (physical.size() == 4)
    return like(physical, {0, 2, 3, 1});
  return physical.size() == 3 ? like(physical, {0, 2, 1}) : plain(physical);
}

Shape Layout::physical() const {
  Shape p;
  for (int64_t axis : perm)
    p.push_back(shape[axis]);
  return p;
}

std::optional<Relayout> relayout(const Layout &from, const Layout &to) {
  std::optional<Shape> refined = refine(from.physical(), to.physical());
  if (!refined)
    return std::nullopt;
  Shape now = orderOf(from, *refined), then = orderOf(to, *refined);
  Relayout way;
  for (int64_t f : now)
    way.split.push_back((*refined)[f]);
  for (int64_t f : then)
    way.perm.push_back(llvm::find(now, f) - now.begin());
  way.moves = now != then;
  return way;
}

std::optional<Shape> columnsOf(const Layout &layout, int64_t rows, int64_t depth) {
  std::optional<Relayout> way = relayout(layout, Layout::plain({rows, depth}));
  if (!way)
    return std::nullopt;
  // split[perm[j]] is the j-th finest axis in physical order; those of the rows must come first and in order.
  size_t rowAxes = 0;
  for (int64_t n = 1; n < rows; ++rowAxes) {
    if (way->perm[rowAxes] != static_cast<int64_t>(rowAxes))
      return std::nullopt;
    n *= way->split[rowAxes];
  }
  Shape stride(way->split.size());
  for (size_t j = way->perm.size(), s = 1; j-- > rowAxes;) {
    stride[way->perm[j]] = static_cast<int64_t>(s);
    s *= static_cast<size_t>(way->split[way->perm[j]]);
  }
  Shape columns;
  for (int64_t k = 0; k < depth; ++k) {
    int64_t at = 0, rest = k;
    for (size_t axis = way->split.size(); axis-- > rowAxes; rest /= way->split[axis])
      at += rest % way->split[axis] * stride[axis];
    columns.push_back(at);
  }
  return columns;
}

Spread spreadOf(const Layout &layout, int64_t channels, int64_t period) {
  Spread spread;
  if (channels == 1)
    return spread;
  Shape physical = layout.physical(), strides = stridesOf(physical);
  std::vector<int64_t> stride(layout.shape.size());
  spread.first = layout.shape.size();
  for (size_t i = 0; i < physical.size(); ++i) {
    auto axis = static_cast<size_t>(layout.perm[i]);
    stride[axis] = strides[i];
    if (physical[i] == 1 || period % (strides[i] * physical[i]) == 0 || strides[i] % (period * channels) == 0)
      continue;
    spread.first = std::min(spread.first, axis);
    spread.last = std::max(spread.last, axis);
  }
  if (spread.uniform())
    return spread;
  spread.channel.clear();
  llvm::ArrayRef<int64_t> extents =
      llvm::ArrayRef(layout.shape).slice(spread.first, spread.last - spread.first + 1);
  for (int64_t k = 0; k < countOf(extents); ++k) {
    int64_t at = 0, rest = k;
    for (size_t axis = spread.last + 1; axis-- > spread.first;) {
      at += rest % layout.shape[axis] * stride[axis];
      rest /= layout.shape[axis];
    }
    spread.channel.push_back(at / period % channels);
  }
  return spread;
}

} // namespace dyadic::canonical
