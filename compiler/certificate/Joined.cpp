// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisers that change nothing: their codes lie where those they read lie, so both are one integer.
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {

bool Matcher::inOnePlace(const Source &a, const Source &b) const {
  if (a.kind != Source::Kind::Codes || b.kind != Source::Kind::Codes || a.place != b.place ||
      !a.reads.empty() || !b.reads.empty())
    return false;
  auto claimOf = [&](const std::string &key) {
    return llvm::find_if(claims.codes, [&](const CodesClaim &c) { return c.key == key; });
  };
  auto shapeOf = [&](const std::string &key) {
    return llvm::find_if(derived.quantised, [&](const Quantised &q) { return q.key == key; });
  };
  auto x = claimOf(a.name), y = claimOf(b.name);
  auto s = shapeOf(a.name), t = shapeOf(b.name);
  if (x == claims.codes.end() || y == claims.codes.end() || s == derived.quantised.end() ||
      t == derived.quantised.end() || s->shape != t->shape)
    return false;
  CodesClaim same = *x;
  same.key = y->key;
  return same == *y;
}

Element Matcher::joinedCodes(Element e) const {
  auto isCode = [](const Term &t) { return !t.bend && !t.largest && t.sums.empty(); };
  for (size_t i = 0; i < e.terms.size(); ++i)
    for (size_t j = e.terms.size(); j-- > i + 1;) {
      Term &t = e.terms[i], &u = e.terms[j];
      if (!isCode(t) || !isCode(u) || !inOnePlace(derived.sources[t.source], derived.sources[u.source]))
        continue;
      t.alpha += u.alpha;
      t.lo = std::max(t.lo, u.lo);
      t.hi = std::min(t.hi, u.hi);
      e.terms.erase(e.terms.begin() + static_cast<std::ptrdiff_t>(j));
    }
  return e;
}

} // namespace dyadic::certificate
