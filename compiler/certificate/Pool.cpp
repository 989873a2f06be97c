// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pools and means, which look at several elements.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Shapes.h"
#include <set>

using namespace mlir;
namespace dyadic::certificate {
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
  // Unrounded integers are told apart by their functions, sums by their weights and ranges.
  auto mixes = [&](ArrayRef<uint32_t> entries) {
    std::set<unsigned> sources;
    const Term *sum = nullptr;
    for (uint32_t k : entries)
      for (const Term &t : (*read)->elements[k].terms) {
        if (t.bend || t.largest)
          sources.insert(t.source);
        if (t.sums.empty())
          continue;
        if (sum && sum->source == t.source && (sum->lo != t.lo || sum->hi != t.hi || sum->sums != t.sums))
          return true;
        sum = &t;
      }
    return sources.size() > 1;
  };
  for (int64_t c = 0; c < in[0] * in[1]; ++c) {
    auto add = [&](Element e, int64_t count) {
      // Of several functions the least is not told from the largest: each node's is another.
      std::string own = e.choices ? place + " " + nodeOf(op) : place;
      eachTerm(e, [&](Term &t) { t.source = moved(t.source, own); });
      r.index.insert(r.index.end(), count, static_cast<uint32_t>(r.elements.size()));
      r.elements.push_back(std::move(e));
    };
    ArrayRef<uint32_t> values = ArrayRef<uint32_t>((*read)->index).slice(c * plane, plane);
    if (auto e = mixes(values) ? std::nullopt : joined(*read, values); e && !e->least) {
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
        auto e = mixes(window) ? std::nullopt : joined(*read, window);
        add(e && !e->least ? std::move(*e) : largestOf(*read, window), 1);
      }
    });
    if (failed)
      return failed;
  }
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
