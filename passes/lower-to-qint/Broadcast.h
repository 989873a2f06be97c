// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arrays that broadcast over a tensor's shape: one entry along an axis on which nothing depends.
#pragma once
#include "passes/model/Range.h"
#include "passes/model/Rational.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cassert>
#include <functional>
#include <vector>

namespace dyadic::lower {

using Shape = llvm::SmallVector<int64_t, 6>;

inline int64_t countOf(llvm::ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

/// `shape` has the rank of the tensor it speaks of; each extent is 1 or the tensor's. Row-major.
template <typename T> struct Broadcast {
  Shape shape;
  std::vector<T> data;

  static Broadcast scalar(size_t rank, T value) { return {Shape(rank, 1), {std::move(value)}}; }
  bool isScalar() const { return data.size() == 1; }
  bool uniform() const {
    for (const T &v : data)
      if (!(v == data[0]))
        return false;
    return true;
  }

  /// Entry for a full index of the tensor.
  const T &at(llvm::ArrayRef<int64_t> index) const {
    int64_t flat = 0;
    for (size_t i = 0; i < shape.size(); ++i)
      flat = flat * shape[i] + (shape[i] == 1 ? 0 : index[i]);
    return data[flat];
  }

  /// Spread over `target`, each of whose extents is this one's or replaces a 1.
  Broadcast expand(llvm::ArrayRef<int64_t> target) const;
  /// Drops every axis along which nothing changes.
  Broadcast compress() const;
  Broadcast transpose(llvm::ArrayRef<int64_t> perm) const;
  /// The same entries for a tensor reshaped in row-major order from `from` to `to`.
  Broadcast reshape(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) const;
  /// Entry i along axis d of the result is entry maps[d][i] here; an empty map keeps the axis.
  Broadcast gather(llvm::ArrayRef<Shape> maps) const;
};

/// Calls `visit` with each index of `shape` in row-major order.
inline void forEachIndex(llvm::ArrayRef<int64_t> shape,
                         llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  Shape index(shape.size(), 0);
  for (int64_t n = countOf(shape), k = 0; k < n; ++k) {
    visit(index);
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

template <typename T> Broadcast<T> Broadcast<T>::expand(llvm::ArrayRef<int64_t> target) const {
  if (llvm::ArrayRef<int64_t>(shape) == target)
    return *this;
  Broadcast r{Shape(target), {}};
  r.data.reserve(countOf(target));
  forEachIndex(target, [&](llvm::ArrayRef<int64_t> i) { r.data.push_back(at(i)); });
  return r;
}

template <typename T> Broadcast<T> Broadcast<T>::compress() const {
  Broadcast r = *this;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (r.shape[d] == 1)
      continue;
    int64_t inner = countOf(llvm::ArrayRef<int64_t>(r.shape).drop_front(d + 1)), extent = r.shape[d];
    int64_t outer = static_cast<int64_t>(r.data.size()) / (inner * extent);
    bool same = true;
    for (int64_t o = 0; same && o < outer; ++o)
      for (int64_t k = inner; same && k < extent * inner; ++k)
        same = r.data[o * extent * inner + k] == r.data[o * extent * inner + k % inner];
    if (!same)
      continue;
    std::vector<T> kept;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k = 0; k < inner; ++k)
        kept.push_back(r.data[o * extent * inner + k]);
    r.data = std::move(kept);
    r.shape[d] = 1;
  }
  return r;
}

template <typename T> Broadcast<T> Broadcast<T>::transpose(llvm::ArrayRef<int64_t> perm) const {
  Broadcast r{Shape(perm.size()), {}};
  for (size_t i = 0; i < perm.size(); ++i)
    r.shape[i] = shape[perm[i]];
  r.data.reserve(data.size());
  Shape from(perm.size());
  forEachIndex(r.shape, [&](llvm::ArrayRef<int64_t> i) {
    for (size_t d = 0; d < perm.size(); ++d)
      from[perm[d]] = i[d];
    r.data.push_back(at(from));
  });
  return r;
}

template <typename T>
Broadcast<T> Broadcast<T>::reshape(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to) const {
  if (isScalar())
    return {Shape(to.size(), 1), data};
  // Groups of axes whose extents multiply to the same product move together; a group on which entries depend
  // is spread out, the others stay at 1.
  Shape spread(shape), result;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    size_t i0 = i, j0 = j;
    int64_t a = i < from.size() ? from[i++] : 1, b = j < to.size() ? to[j++] : 1;
    while (a != b)
      if (a < b)
        a *= from[i++];
      else
        b *= to[j++];
    bool depends = false;
    for (size_t k = i0; k < i; ++k)
      depends |= shape[k] != 1;
    for (size_t k = i0; depends && k < i; ++k)
      spread[k] = from[k];
    for (size_t k = j0; k < j; ++k)
      result.push_back(depends ? to[k] : 1);
  }
  return Broadcast{result, expand(spread).data}.compress();
}

template <typename T> Broadcast<T> Broadcast<T>::gather(llvm::ArrayRef<Shape> maps) const {
  Broadcast r{shape, {}};
  for (size_t d = 0; d < shape.size(); ++d)
    if (shape[d] != 1 && !maps[d].empty())
      r.shape[d] = static_cast<int64_t>(maps[d].size());
  Shape from(shape.size());
  forEachIndex(r.shape, [&](llvm::ArrayRef<int64_t> i) {
    for (size_t d = 0; d < shape.size(); ++d)
      from[d] = shape[d] != 1 && !maps[d].empty() ? maps[d][i[d]] : i[d];
    r.data.push_back(at(from));
  });
  return r;
}

/// numpy's broadcast of two shapes of one rank.
inline Shape unionShape(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  Shape r(a);
  for (size_t i = 0; i < a.size(); ++i)
    r[i] = a[i] == 1 ? b[i] : a[i];
  return r;
}

template <typename T, typename U, typename F>
auto combine(const Broadcast<T> &a, const Broadcast<U> &b, F f) {
  using R = std::decay_t<decltype(f(a.data[0], b.data[0]))>;
  Broadcast<R> r{unionShape(a.shape, b.shape), {}};
  r.data.reserve(countOf(r.shape));
  forEachIndex(r.shape, [&](llvm::ArrayRef<int64_t> i) { r.data.push_back(f(a.at(i), b.at(i))); });
  return r;
}

template <typename T, typename F> auto mapEach(const Broadcast<T> &a, F f) {
  using R = std::decay_t<decltype(f(a.data[0]))>;
  Broadcast<R> r{a.shape, {}};
  r.data.reserve(a.data.size());
  for (const T &v : a.data)
    r.data.push_back(f(v));
  return r;
}

/// Whether `c`, over a tensor padded by `pads` (all begins, then all ends), changes along a padded axis: then
/// its entries do not belong to those of the tensor before.
template <typename T> bool changesAlongPads(const Broadcast<T> &c, llvm::ArrayRef<int64_t> pads) {
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (c.shape[d] != 1 && pads[d] + pads[c.shape.size() + d] != 0)
      return true;
  return false;
}

using Coeffs = Broadcast<model::Rational>;
using Ranges = Broadcast<model::Range>;

inline Coeffs operator*(const Coeffs &a, const Coeffs &b) {
  return combine(a, b,
                 [](const model::Rational &x, const model::Rational &y) { return model::Rational(x * y); });
}
inline Coeffs operator+(const Coeffs &a, const Coeffs &b) {
  return combine(a, b,
                 [](const model::Rational &x, const model::Rational &y) { return model::Rational(x + y); });
}

} // namespace dyadic::lower
