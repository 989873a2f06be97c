// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants out of nothing, out of shapes, and reductions of constants.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

Constant integersOf(DimsRef shape, std::vector<int64_t> values, bool live) {
  Constant out;
  out.type = import_::Type::i64;
  out.shape.assign(shape.begin(), shape.end());
  if (live)
    out.live.assign(values.size(), 1);
  out.i = std::move(values);
  return out;
}

LogicalResult shapeOf(Node &n) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  int64_t start = 0, end = rank;
  if (failed(n.get("start", start)) || failed(n.get("end", end)))
    return failure();
  start = std::clamp<int64_t>(start < 0 ? std::max(start, -rank) + rank : start, 0, rank);
  end = std::clamp<int64_t>(end < 0 ? std::max(end, -rank) + rank : end, start, rank);
  std::vector<int64_t> values(in.begin() + start, in.begin() + end);
  return n.give(integersOf({end - start}, std::move(values), !n.constant(0)));
}

LogicalResult sizeOf(Node &n) {
  return n.give(integersOf({}, {product(n.shape(0)).value_or(0)}, !n.constant(0)));
}

LogicalResult constant(Node &n) {
  if (n.proto.attribute_size() != 1)
    return n.broken("it has " + llvm::Twine(n.proto.attribute_size()) + " attributes", "one value is needed");
  const auto &a = n.proto.attribute(0);
  Constant out;
  if (a.name() == "value" && a.has_t()) {
    auto tensor = readTensor(a.t(), n.importer.external);
    if (!tensor)
      return n.broken("its value: " + llvm::toString(tensor.takeError()), "a plain tensor is needed");
    return failed(n.reserve(tensor->count())) ? failure() : n.give(std::move(*tensor));
  }
  if (a.name() == "value_float")
    out.f = {a.f()};
  else if (a.name() == "value_floats")
    out.f.assign(a.floats().begin(), a.floats().end()), out.shape = {a.floats_size()};
  else if (a.name() == "value_int")
    return n.give(integersOf({}, {a.i()}, false));
  else if (a.name() == "value_ints")
    return n.give(integersOf({a.ints_size()}, {a.ints().begin(), a.ints().end()}, false));
  else
    return n.refuse("a constant given by " + shown(a.name(), 40),
                    "value, value_float, value_floats, value_int, value_ints", "store it as a dense tensor");
  return n.give(std::move(out));
}

LogicalResult constantOfShape(Node &n) {
  Dims shape;
  if (failed(n.integers(0, "shape", shape)))
    return failure();
  Constant out;
  out.f = {0.0f};
  if (const auto *a = n.find("value")) {
    auto tensor = readTensor(a->t(), n.importer.external);
    if (!tensor)
      return n.broken("its value: " + llvm::toString(tensor.takeError()), "a plain tensor is needed");
    if (tensor->count() != 1)
      return n.broken("its value has " + llvm::Twine(tensor->count()) + " elements", "one is needed");
    out = std::move(*tensor);
  }
  auto count = product(shape);
  if (!count)
    return n.broken("its shape " + shown(shape) + " is negative or too large", "extents are not negative");
  if (failed(n.reserve(2 * *count)))
    return failure();
  std::vector<int64_t> index(*count, 0);
  out.shape.clear();
  return n.give(gathered(out, shape, index));
}

LogicalResult range(Node &n) {
  const Constant &start = *n.constant(0), &limit = *n.constant(1), &delta = *n.constant(2);
  for (const Constant *c : {&start, &limit, &delta})
    if (c->count() != 1 || c->type != start.type || !std::isfinite(c->number(0)))
      return n.broken("its operands are not three finite numbers of one type", "they must be");
  double step = delta.number(0), span = limit.number(0) - start.number(0);
  if (step == 0)
    return n.broken("its delta is 0", "it must not be");
  double steps = std::max(std::ceil(span / step), 0.0);
  if (steps > double(Limits::elements) || failed(n.reserve(int64_t(steps))))
    return steps > double(Limits::elements)
               ? n.broken("it has too many elements", "at most 2^31 are supported")
               : failure();
  Constant out;
  out.type = start.type;
  out.shape = {int64_t(steps)};
  for (int64_t k = 0; k < out.shape[0]; ++k)
    if (out.type == import_::Type::f32)
      out.f.push_back(start.f[0] + float(k) * delta.f[0]);
    else if (out.type == import_::Type::f64)
      out.d.push_back(start.d[0] + double(k) * delta.d[0]);
    else
      out.i.push_back(wrapTo(out.type, int64_t(uint64_t(start.i[0]) + uint64_t(k) * uint64_t(delta.i[0]))));
  return n.give(std::move(out));
}

enum class Reduction { sum, mean, max, min, product };

/// Reductions of constants: small ones, in double, rounded once.
template <Reduction Kind> LogicalResult reduce(Node &n) {
  const Constant &c = *n.constant(0);
  Dims axes;
  bool keep = true, passEmpty = false;
  if (failed(n.has(1) ? n.integers(1, "axes", axes) : n.get("axes", axes)) ||
      failed(n.get("keepdims", keep)) || failed(n.get("noop_with_empty_axes", passEmpty)))
    return failure();
  auto rank = int64_t(c.shape.size());
  if (axes.empty() && passEmpty)
    return n.passOn();
  std::vector<bool> reduced(rank, axes.empty());
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank)
      return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                      "axes lie in -rank .. rank - 1");
    reduced[axis < 0 ? axis + rank : axis] = true;
  }
  Dims shape, full, strides, own;
  for (int64_t i = 0; i < rank; ++i) {
    full.push_back(reduced[i] ? 1 : c.shape[i]);
    if (!reduced[i] || keep)
      shape.push_back(full.back());
  }
  own = stridesOf(full);
  for (int64_t i = 0; i < rank; ++i)
    strides.push_back(reduced[i] ? 0 : own[i]);
  int64_t results = product(full).value_or(0);
  if (c.count() == 0 || failed(n.reserve(3 * c.count())))
    return c.count() == 0 ? n.broken("it reduces an empty tensor", "elements are needed") : failure();
  auto to = stridedIndex(c.shape, strides);
  std::vector<double> real(results);
  std::vector<int64_t> whole(results);
  std::vector<int64_t> seen(results, 0);
  for (int64_t k = 0; k < c.count(); ++k) {
    double &r = real[to[k]];
    int64_t &w = whole[to[k]];
    double v = c.number(k);
    int64_t i = isFloat(c.type) ? 0 : c.i[k];
    if (seen[to[k]]++ == 0) {
      r = v, w = i;
      continue;
    }
    switch (Kind) {
    case Reduction::sum:
    case Reduction::mean:
      r += v, w = int64_t(uint64_t(w) + uint64_t(i));
      break;
    case Reduction::max:
      r = std::max(r, v), w = std::max(w, i);
      break;
    case Reduction::min:
      r = std::min(r, v), w = std::min(w, i);
      break;
    case Reduction::product:
      r *= v, w = int64_t(uint64_t(w) * uint64_t(i));
      break;
    }
  }
  Constant out;
  out.type = c.type;
  out.shape = shape;
  for (int64_t k = 0; k < results; ++k) {
    double r = Kind == Reduction::mean ? real[k] / double(seen[k]) : real[k];
    if (c.type == import_::Type::f32)
      out.f.push_back(float(r));
    else if (c.type == import_::Type::f64)
      out.d.push_back(r);
    else
      out.i.push_back(wrapTo(c.type, Kind == Reduction::mean ? whole[k] / seen[k] : whole[k]));
  }
  if (!c.live.empty())
    out.live.assign(results, 1);
  return n.give(std::move(out));
}

} // namespace

LogicalResult reduceMeanActivation(Node &n);
LogicalResult reduceSumActivation(Node &n);

void addShapes(Operators &ops) {
  ops["Shape"] = {shapeOf, shapeOf, 1, 1, true};
  ops["Size"] = {sizeOf, sizeOf, 1, 1, true};
  ops["Constant"] = {constant, nullptr, 0, 0};
  ops["ConstantOfShape"] = {constantOfShape, nullptr, 1, 1};
  ops["Range"] = {range, nullptr, 3, 3};
  ops["ReduceSum"] = {reduce<Reduction::sum>, reduceSumActivation, 1, 2};
  ops["ReduceMean"] = {reduce<Reduction::mean>, reduceMeanActivation, 1, 2};
  ops["ReduceMax"] = {reduce<Reduction::max>, nullptr, 1, 2};
  ops["ReduceMin"] = {reduce<Reduction::min>, nullptr, 1, 2};
  ops["ReduceProd"] = {reduce<Reduction::product>, nullptr, 1, 2};
}

} // namespace dyadic::import_
