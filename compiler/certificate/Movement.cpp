// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Movement of elements, and quantisers, pools and means, which look at several of them.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include <numeric>
#include <set>

using namespace mlir;
namespace dyadic::certificate {
namespace {

std::vector<int64_t> shapeOf(Value v) {
  auto s = cast<RankedTensorType>(v.getType()).getShape();
  return {s.begin(), s.end()};
}
int64_t countOf(ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}
std::vector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  std::vector<int64_t> s(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    s[d - 1] = s[d] * shape[d];
  return s;
}

/// The integer of a term where it is this one.
Term atCode(const Term &like, const Integer &code) {
  Term t{like.source, like.alpha, code, code};
  return t;
}

/// Calls `visit` with every index of `shape`, row-major.
template <typename Visit> void eachIndex(ArrayRef<int64_t> shape, Visit visit) {
  std::vector<int64_t> at(shape.size(), 0);
  for (int64_t k = 0, n = countOf(shape); k < n; ++k) {
    visit(ArrayRef<int64_t>(at));
    for (size_t d = shape.size(); d-- > 0 && ++at[d] == shape[d];)
      at[d] = 0;
  }
}

} // namespace

FieldPtr Walker::gather(const FieldPtr &f, std::vector<int64_t> shape, const std::vector<int64_t> &from,
                        const Rational &fill, const std::string &place) {
  Field r;
  r.shape = std::move(shape);
  r.elements = f->elements;
  if (!place.empty())
    for (Element &e : r.elements)
      eachTerm(e, [&](Term &t) { t.source = moved(t.source, place); });
  auto filled = static_cast<uint32_t>(r.elements.size());
  if (llvm::is_contained(from, -1))
    r.elements.push_back({{}, fill, {}});
  for (int64_t i : from)
    r.index.push_back(i < 0 ? filled : f->index[i]);
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::move(Operation *op) {
  auto read = fieldOf(op->getOperand(0));
  if (!read)
    return read;
  std::vector<int64_t> in = shapeOf(op->getOperand(0)), to = shapeOf(op->getResult(0)), from,
                       strides = stridesOf(in);
  Rational fill;
  if (isa<qonnx::ReshapeOp>(op)) { // elements keep their order
    Field r = **read;
    r.shape = to;
    return std::make_shared<const Field>(std::move(r));
  }
  // Where index i along axis d of the result comes from: an offset in the input, or nothing.
  std::vector<std::vector<std::optional<int64_t>>> origin(to.size());
  for (size_t d = 0; d < to.size(); ++d)
    for (int64_t i = 0; i < to[d]; ++i) {
      if (auto t = dyn_cast<qonnx::TransposeOp>(op))
        origin[d].push_back(i * strides[t.getPerm()[d]]);
      else if (auto s = dyn_cast<qonnx::SliceOp>(op))
        origin[d].push_back((s.getStarts()[d] + i * s.getSteps()[d]) * strides[d]);
      else if (auto z = dyn_cast<qonnx::ResizeOp>(op))
        origin[d].push_back(cast<DenseI64ArrayAttr>(z.getMaps()[d])[i] * strides[d]);
      else if (auto p = dyn_cast<qonnx::PadOp>(op)) {
        int64_t k = i - p.getPads()[d];
        fill = model::fromFloat32(p.getValue().convertToFloat()).value_or(0);
        origin[d].push_back(k >= 0 && k < in[d] ? std::optional(k * strides[d]) : std::nullopt);
      } else
        return error("is an operator whose values are not derived");
    }
  eachIndex(to, [&](ArrayRef<int64_t> at) {
    int64_t flat = 0;
    for (size_t d = 0; d < to.size() && flat >= 0; ++d)
      flat = origin[d][at[d]] ? flat + *origin[d][at[d]] : -1;
    from.push_back(flat);
  });
  std::string place;
  llvm::raw_string_ostream(place) << op->getName() << op->getAttrDictionary();
  return gather(*read, to, from, fill, place);
}

llvm::Expected<FieldPtr> Walker::concat(Operation *op) {
  auto axis = static_cast<size_t>(cast<qonnx::ConcatOp>(op).getAxis());
  Field r;
  r.shape = shapeOf(op->getResult(0));
  std::vector<FieldPtr> parts;
  std::vector<uint32_t> first;
  for (Value v : op->getOperands()) {
    auto part = fieldOf(v);
    if (!part)
      return part;
    first.push_back(static_cast<uint32_t>(r.elements.size()));
    r.elements.insert(r.elements.end(), (*part)->elements.begin(), (*part)->elements.end());
    parts.push_back(*part);
  }
  int64_t outer = countOf(ArrayRef<int64_t>(r.shape).take_front(axis));
  for (int64_t o = 0; o < outer; ++o)
    for (size_t p = 0; p < parts.size(); ++p) {
      int64_t run = static_cast<int64_t>(parts[p]->index.size()) / outer;
      for (int64_t k = 0; k < run; ++k)
        r.index.push_back(first[p] + parts[p]->index[o * run + k]);
    }
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::maxPool(Operation *op) {
  auto read = fieldOf(op->getOperand(0));
  if (!read)
    return read;
  // The largest of several values of one function is again a value of that function.
  std::vector<int64_t> in = shapeOf(op->getOperand(0));
  auto pool = cast<qonnx::MaxPoolOp>(op);
  std::vector<int64_t> strides = stridesOf(in);
  int64_t plane = countOf(ArrayRef<int64_t>(in).drop_front(2));
  Field r;
  r.shape = shapeOf(op->getResult(0));
  int64_t outPlane = countOf(ArrayRef<int64_t>(r.shape).drop_front(2));
  std::string place;
  llvm::raw_string_ostream(place) << op->getName() << op->getAttrDictionary();
  // Unrounded integers are told apart by their functions.
  auto mixesBends = [&](ArrayRef<uint32_t> entries) {
    std::set<unsigned> sources;
    for (uint32_t k : entries)
      for (const Term &t : (*read)->elements[k].terms)
        if (t.bend || t.largest)
          sources.insert(t.source);
    return sources.size() > 1;
  };
  for (int64_t c = 0; c < in[0] * in[1]; ++c) {
    auto add = [&](Element e, int64_t count) {
      eachTerm(e, [&](Term &t) { t.source = moved(t.source, place); });
      r.index.insert(r.index.end(), count, static_cast<uint32_t>(r.elements.size()));
      r.elements.push_back(std::move(e));
    };
    ArrayRef<uint32_t> values = ArrayRef<uint32_t>((*read)->index).slice(c * plane, plane);
    if (auto e = mixesBends(values) ? std::nullopt : joined(*read, values)) {
      add(std::move(*e), outPlane);
      continue;
    }
    std::map<std::vector<uint32_t>, uint32_t> entries; // window by window
    llvm::Error failed = llvm::Error::success();
    eachIndex(ArrayRef<int64_t>(r.shape).drop_front(2), [&](ArrayRef<int64_t> at) {
      std::vector<uint32_t> window;
      eachIndex(pool.getKernel(), [&](ArrayRef<int64_t> k) {
        bool inside = true;
        int64_t flat = 0;
        for (size_t d = 0; d < at.size(); ++d) {
          int64_t i = at[d] * pool.getStrides()[d] + k[d] * pool.getDilations()[d] - pool.getPads()[d];
          inside &= i >= 0 && i < in[2 + d];
          flat += i * strides[2 + d];
        }
        if (inside)
          window.push_back(values[flat]);
      });
      std::sort(window.begin(), window.end());
      auto [it, fresh] = entries.try_emplace(window, static_cast<uint32_t>(r.elements.size()));
      if (!fresh) {
        r.index.push_back(it->second);
      } else if (window.empty()) {
        failed = llvm::joinErrors(std::move(failed), error("takes the largest of no value"));
      } else {
        auto e = mixesBends(window) ? std::nullopt : joined(*read, window);
        add(e ? std::move(*e) : largestOf(*read, window), 1);
      }
    });
    if (failed)
      return failed;
  }
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::average(Operation *op) {
  auto read = fieldOf(op->getOperand(0));
  if (!read)
    return read;
  auto x = affine(*read, /*uniform=*/true);
  if (!x)
    return x;
  if (llvm::Error e = needsCodes(*x))
    return e;
  std::vector<int64_t> in = shapeOf(op->getOperand(0)), to = shapeOf(op->getResult(0)),
                       strides = stridesOf(in);
  Field r;
  r.shape = to;
  /// Mean of the elements at `flat`, over `count` positions.
  std::map<std::pair<std::vector<uint32_t>, int64_t>, uint32_t> entries;
  auto mean = [&](const std::vector<int64_t> &flat, int64_t count) -> llvm::Error {
    std::vector<uint32_t> which;
    for (int64_t i : flat)
      which.push_back((*x)->index[i]);
    std::sort(which.begin(), which.end());
    auto [it, fresh] = entries.try_emplace({which, count}, static_cast<uint32_t>(r.elements.size()));
    r.index.push_back(it->second);
    if (!fresh)
      return llvm::Error::success();
    if (count == 0)
      return error("averages over no position");
    Element e;
    const Element *first = nullptr; // of those that depend on an input
    for (uint32_t k : which)
      if (const Element &own = (*x)->elements[k]; !first && !own.isConstant())
        first = &own;
    for (uint32_t k : which) {
      const Element &own = (*x)->elements[k];
      e.beta += first && own.isConstant() ? first->beta : own.beta; // padding, by the code that stands for it
    }
    e.beta /= count;
    for (size_t i = 0; first && i < first->terms.size(); ++i) {
      const Term &like = first->terms[i];
      auto codeOf = [&](const Element &padding) {
        return like.alpha == 0 ? Rational(1, 2) : Rational((padding.beta - first->beta) / like.alpha);
      };
      auto info = std::make_shared<SumInfo>();
      info->padded = true; // a sum of codes has no other zero
      info->weightAbs = info->weightSum = 1;
      Term t{0, like.alpha / count, 0, 0};
      for (uint32_t k : which) {
        const Element &own = (*x)->elements[k];
        Integer lo, hi;
        if (own.isConstant()) {
          Rational code = codeOf(own);
          if (first->terms.size() != 1 || code.get_den() != 1)
            return error("averages padding that is no code of what it pads");
          lo = hi = code.get_num();
        } else if (own.terms.size() != first->terms.size() || own.terms[i].source != like.source ||
                   own.terms[i].alpha != like.alpha) {
          return error("averages over values of different functions");
        } else {
          lo = own.terms[i].lo;
          hi = own.terms[i].hi;
        }
        t.lo += lo;
        t.hi += hi;
        info->anyOrder += std::max(Integer(abs(lo)), Integer(abs(hi)));
      }
      t.source = intern({Source::Kind::Sum, nodeOf(op), readsOf(like), out.sources[like.source].place});
      t.sums = {info};
      t.slot = like.slot;
      if (!e.terms.empty() && e.terms.back().of)
        t.of = e.terms.back().of;
      else if (like.slot >= 0 || first->terms.size() == 1) {
        std::vector<std::vector<Term>> parts;
        std::set<uint32_t> entries(which.begin(), which.end());
        for (uint32_t k : entries)
          if (!(*x)->elements[k].isConstant())
            parts.push_back((*x)->elements[k].terms);
          else if (like.slot < 0) // padding, as the code that was read for it
            parts.push_back({atCode(like, codeOf((*x)->elements[k]).get_num())});
        (like.slot >= 0 ? t.of : t.over) =
            std::make_shared<const std::vector<std::vector<Term>>>(std::move(parts));
      }
      e.terms.push_back(std::move(t));
    }
    r.elements.push_back(std::move(e));
    return llvm::Error::success();
  };

  llvm::Error failed = llvm::Error::success();
  if (auto reduce = dyn_cast<qonnx::ReduceMeanOp>(op)) {
    std::vector<int64_t> kept(in), inner;
    for (int64_t a : reduce.getAxes())
      kept[a] = 1;
    for (size_t d = 0; d < in.size(); ++d)
      inner.push_back(kept[d] == 1 && llvm::is_contained(reduce.getAxes(), static_cast<int64_t>(d)) ? in[d]
                                                                                                    : 1);
    eachIndex(kept, [&](ArrayRef<int64_t> at) {
      std::vector<int64_t> flat;
      eachIndex(inner, [&](ArrayRef<int64_t> k) {
        int64_t f = 0;
        for (size_t d = 0; d < in.size(); ++d)
          f += (at[d] + k[d]) * strides[d];
        flat.push_back(f);
      });
      if (!failed)
        failed = mean(flat, static_cast<int64_t>(flat.size()));
    });
  } else {
    auto pool = cast<qonnx::AveragePoolOp>(op);
    size_t n = in.size() - 2;
    std::vector<int64_t> kernel(pool.getKernel().begin(), pool.getKernel().end());
    eachIndex(to, [&](ArrayRef<int64_t> at) {
      std::vector<int64_t> flat;
      int64_t declared = 0;
      eachIndex(kernel, [&](ArrayRef<int64_t> k) {
        bool inside = true, counts = true;
        int64_t f = at[0] * strides[0] + at[1] * strides[1];
        for (size_t d = 0; d < n; ++d) {
          int64_t i = at[2 + d] * pool.getStrides()[d] + k[d] * pool.getDilations()[d] - pool.getPads()[d];
          inside &= i >= 0 && i < in[2 + d];
          counts &= i < in[2 + d] + pool.getPads()[n + d];
          f += i * strides[2 + d];
        }
        declared += counts;
        if (inside)
          flat.push_back(f);
      });
      if (!failed)
        failed = mean(flat, pool.getCountIncludePad() ? declared : static_cast<int64_t>(flat.size()));
    });
  }
  if (failed)
    return failed;
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
