// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Means over windows and axes: sums of the integers in them, and the mean of their offsets.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Shapes.h"
#include <set>

using namespace mlir;
namespace dyadic::certificate {
llvm::Expected<Element> Walker::meanOf(const FieldPtr &x, ArrayRef<uint32_t> which, int64_t count,
                                       int64_t channel, const Element *like, bool offsets) {
  Element e;
  const Element *first = nullptr; // of those that depend on an input
  for (uint32_t k : which)
    if (const Element &own = x->elements[k]; !first && !own.isConstant())
      first = &own;
  if (!first && like && like->terms.size() == 1) // what lies in padding as a whole is summed as well
    first = like;
  auto codeOf = [&](const Element &constant) { // padding, by the code that stands for it
    const Rational &alpha = first->terms[0].alpha;
    return alpha == 0 ? Rational(1, 2) : Rational((constant.beta - first->beta) / alpha);
  };
  Integer known; // what constants beside it count, where offsets do not
  for (uint32_t k : which) {
    const Element &own = x->elements[k];
    bool code = first && own.isConstant() && offsets, several = first && first->terms.size() != 1;
    if (code && (several ? own.beta != first->beta : codeOf(own).get_den() != 1))
      return error("averages padding that is no code of what it pads");
    e.beta += code ? first->beta : own.beta;
    if (first && own.isConstant() && !offsets)
      known += Rational(own.beta / first->terms[0].alpha).get_num();
  }
  e.beta /= count;
  for (size_t i = 0; first && i < first->terms.size(); ++i) {
    const Term &same = first->terms[i];
    auto info = std::make_shared<SumInfo>();
    info->weightAbs = info->weightSum = static_cast<unsigned long>(which.size());
    if (byChannel)
      info->channels.push_back({channel, info->weightSum, info->weightAbs});
    Term t{0, same.alpha / count, 0, 0};
    for (uint32_t k : which) {
      const Element &own = x->elements[k];
      Integer lo, hi;
      if (own.isConstant()) {
        if (offsets && first->terms.size() == 1) // of several each is 0
          lo = hi = codeOf(own).get_num();
      } else if (own.terms.size() != first->terms.size() || own.terms[i].source != same.source ||
                 own.terms[i].alpha != same.alpha) {
        return error("averages over values of different functions");
      } else {
        lo = own.terms[i].lo;
        hi = own.terms[i].hi;
      }
      t.lo += lo;
      t.hi += hi;
      info->anyOrder += std::max(Integer(abs(lo)), Integer(abs(hi)));
    }
    t.source = intern({Source::Kind::Sum, nodeOf(current), readsOf(same), out.sources[same.source].place});
    t.sums = {info};
    if (known != 0) {
      auto all = std::make_shared<SumInfo>(*info);
      all->offset = known;
      all->known = true;
      all->anyOrder += abs(known);
      t.sums.push_back(std::move(all));
    }
    t.slot = same.slot;
    if (!e.terms.empty() && e.terms.back().of) {
      t.of = e.terms.back().of;
    } else if (same.slot >= 0) {
      Beside parts;
      for (uint32_t k : std::set<uint32_t>(which.begin(), which.end()))
        if (!x->elements[k].isConstant())
          parts.elements.push_back(x->elements[k].terms);
      parts.channels.assign(parts.elements.size(), channel);
      t.of = std::make_shared<const Beside>(std::move(parts));
    } else {
      t.over = inputsOf({same.source});
    }
    e.terms.push_back(std::move(t));
  }
  return e;
}

llvm::Expected<FieldPtr> Walker::meansOf(const FieldPtr &x, ArrayRef<Window> windows, bool offsets) {
  Field r;
  std::map<std::tuple<std::vector<uint32_t>, int64_t, int64_t>, uint32_t> entries;
  std::map<int64_t, const Element *> likes;
  for (const Window &w : windows) {
    std::vector<uint32_t> which;
    for (int64_t i : w.flat)
      which.push_back(x->index[i]);
    std::sort(which.begin(), which.end());
    bool known = llvm::all_of(which, [&](uint32_t k) { return x->elements[k].isConstant(); });
    const Element *like = nullptr;
    if (known && w.plane >= 0) {
      auto [it, fresh] = likes.try_emplace(w.plane, nullptr);
      for (int64_t k = 0; fresh && k < w.planeSize && !it->second; ++k)
        if (const Element &e = x->elements[x->index[w.plane + k]]; !e.isConstant())
          it->second = &e;
      like = it->second;
    }
    auto [it, fresh] = entries.try_emplace({which, w.count, byChannel ? w.channel : 0},
                                           static_cast<uint32_t>(r.elements.size()));
    if (!fresh && !like) {
      r.index.push_back(it->second);
      continue;
    }
    r.index.push_back(static_cast<uint32_t>(r.elements.size()));
    if (w.count == 0)
      return error("averages over no position");
    auto e = meanOf(x, which, w.count, w.channel, like, offsets);
    if (!e)
      return e.takeError();
    r.elements.push_back(std::move(*e));
  }
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::average(Operation *op) {
  auto x = integersOf(op->getOperand(0));
  if (!x)
    return x;
  std::vector<int64_t> in = shapeOf(op->getOperand(0)), to = shapeOf(op->getResult(0)),
                       strides = stridesOf(in);
  std::vector<Window> windows;
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
      auto count = static_cast<int64_t>(flat.size());
      windows.push_back({std::move(flat), count, static_cast<int64_t>(windows.size()), -1, 0});
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
      int64_t count = pool.getCountIncludePad() ? declared : static_cast<int64_t>(flat.size());
      windows.push_back({std::move(flat), count, at[0] * in[1] + at[1],
                         at[0] * strides[0] + at[1] * strides[1], strides[1]});
    });
  }
  std::vector<int64_t> channelOf((*x)->index.size());
  for (size_t i = 0; i < channelOf.size(); ++i) // beyond the windows
    channelOf[i] = static_cast<int64_t>(i) / strides[std::min<size_t>(1, strides.size() - 1)];
  for (size_t k = 0; k < windows.size(); ++k)
    for (int64_t i : windows[k].flat)
      channelOf[i] = windows[k].channel;
  auto means = [&](bool offsets, const Integers *integers) {
    reads(*x, [&](int64_t flat) { return channelOf[flat]; }, {}, integers);
    return meansOf(*x, windows, offsets);
  };
  auto r = means(true, nullptr);
  if (!r) { // integers of one unit; their offsets are averaged beside them where there is no padding
    llvm::consumeError(r.takeError());
    auto isConstant = [&](int64_t i) { return (*x)->elements[(*x)->index[i]].isConstant(); };
    bool offsets =
        isa<qonnx::AveragePoolOp>(op) || llvm::any_of(windows, [&](const Window &w) {
          return llvm::any_of(w.flat, [&](int64_t i) { return isConstant(i) != isConstant(w.flat[0]); });
        });
    overs.clear();
    Integers integers =
        inOneUnit(*x, [&](int64_t flat) { return channelOf[flat]; }, offsets, /*padded=*/false);
    *x = integers.field;
    r = means(offsets, &integers);
    if (!r)
      return r;
  }
  Field shaped = **r;
  shaped.shape = to;
  return std::make_shared<const Field>(std::move(shaped));
}

} // namespace dyadic::certificate
