// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisers: the function in front of each element, and the codes that come out.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"

using namespace mlir;
namespace dyadic::certificate {
namespace {

bool isFree(const Derived &derived, const Element &e) {
  return llvm::any_of(e.terms,
                      [&](const Term &t) { return derived.sources[t.source].kind == Source::Kind::Free; }) ||
         (e.choices && llvm::any_of(*e.choices, [&](const Element &c) { return isFree(derived, c); }));
}

Quantised::Function functionOf(const Derived &derived, const Element &e, const Quantiser &q) {
  Quantised::Function f{e, q, {}, {}};
  if (e.choices) {
    f.least = e.least != q.falls();
    for (const Element &c : *e.choices)
      f.choices.push_back(functionOf(derived, c, q));
    f.element = {};
  } else if (e.terms.size() == 1 && !isFree(derived, e)) {
    const Term &t = e.terms[0];
    f.pieces = compose(q, segmentsOf(t.lo, t.hi, t.alpha, e.beta, e.posts));
  }
  return f;
}

/// What codes a function can give: its values at the ends of every piece; of a sum, those of the least and
/// the greatest real, and of what the bends between make of them.
std::pair<Integer, Integer> codesOf(const Quantised::Function &f) {
  if (!f.choices.empty()) {
    auto [lo, hi] = codesOf(f.choices[0]);
    for (const Quantised::Function &c : f.choices) {
      auto [least, most] = codesOf(c);
      lo = std::min(lo, least);
      hi = std::max(hi, most);
    }
    return {lo, hi};
  }
  if (f.element.isConstant()) {
    Integer code = f.quantiser.code(f.element.beta);
    return {code, code};
  }
  if (!f.pieces.empty()) {
    Integer lo = f.pieces[0].at(f.pieces[0].lo), hi = lo;
    for (const Piece &p : f.pieces)
      for (const Integer &a : {p.lo, p.hi}) {
        Integer y = p.at(a);
        lo = std::min(lo, y);
        hi = std::max(hi, y);
      }
    return {lo, hi};
  }
  Rational least = f.element.beta, most = f.element.beta;
  for (const Term &t : f.element.terms) {
    Rational u = t.alpha * t.lo, v = t.alpha * t.hi;
    least += std::min(u, v);
    most += std::max(u, v);
  }
  std::vector<Rational> ends{least, most};
  for (const Post &p : f.element.posts) {
    bool crosses = std::min(ends[0], ends[1]) <= 0 && std::max(ends[0], ends[1]) >= 0;
    for (Rational &v : ends)
      v = p.apply(v);
    if (crosses && (p.kind == Post::Kind::Abs || (p.kind == Post::Kind::Leaky && p.mul <= 0)))
      ends.push_back(0);
    ends = {*std::min_element(ends.begin(), ends.end()), *std::max_element(ends.begin(), ends.end())};
  }
  Integer a = f.quantiser.code(ends[0]), b = f.quantiser.code(ends[1]);
  return {std::min(a, b), std::max(a, b)};
}

} // namespace

bool Quantised::Function::isAlways(const Integer &code) const {
  if (!choices.empty())
    return llvm::all_of(choices, [&](const Function &c) { return c.isAlways(code); });
  if (element.isConstant())
    return quantiser.code(element.beta) == code;
  if (pieces.empty())
    return false;
  const Integer &lo = pieces.front().lo, &hi = pieces.back().hi;
  return !difference(pieces, {Piece::constant(lo, hi, code)}, lo, hi);
}

const Term *Walker::reachedBefore(const std::string &key, size_t element) const {
  if (!ranges)
    return nullptr;
  auto it = ranges->codes.find(key);
  if (it == ranges->codes.end())
    return nullptr;
  const Element &e = it->second->elements[it->second->index[element]];
  return e.terms.empty() ? nullptr : &e.terms[0];
}

llvm::Expected<FieldPtr> Walker::quantise(Operation *op) {
  std::string key = textOf(op->getAttrOfType<StringAttr>("key"));
  auto read = fieldOf(op->getOperand(0));
  if (!read)
    return read;
  auto parameters = quantisersOf(op);
  if (!parameters)
    return parameters.takeError();
  FieldPtr split = *read;
  if (splitting == Splitting::BeforeQuantisersToo) { // what rises and falls may be several integers in front
                                                     // of its quantiser
    if (auto parts = affine(*read))
      split = *parts;
    else
      llvm::consumeError(parts.takeError());
  }
  const Field &x = *split;

  Quantised q;
  q.key = key;
  q.shape = x.shape;
  // Equal quantisers of one value give one tensor of codes.
  NamedAttrList attrs(op->getAttrDictionary());
  attrs.erase("key");
  std::vector<const void *> identity{op->getOperand(0).getAsOpaquePointer(),
                                     op->getName().getAsOpaquePointer(),
                                     attrs.getDictionary(op->getContext()).getAsOpaquePointer()};
  FieldPtr &alike = quantisedAlike[identity];

  auto gone = removed.find(key);
  auto removedCode = [&](int64_t flat) -> const Integer * {
    if (gone == removed.end())
      return nullptr;
    auto it = gone->second.codes.find(flat / gone->second.stride % gone->second.extent);
    return it == gone->second.codes.end() ? nullptr : &it->second;
  };
  Field r;
  r.shape = x.shape;
  std::map<std::tuple<uint32_t, uint32_t>, uint32_t> functions;
  std::map<std::pair<uint32_t, const Integer *>, uint32_t> results;
  bool anyInput = false, anyConstant = false;
  for (size_t i = 0; i < x.index.size(); ++i) {
    auto [it, fresh] =
        functions.try_emplace({x.index[i], parameters->index[i]}, static_cast<uint32_t>(q.functions.size()));
    if (fresh) {
      const Element &e = x.elements[x.index[i]];
      anyInput |= isFree(out, e);
      anyConstant |= e.isConstant();
      q.functions.push_back(functionOf(out, e, parameters->quantisers[parameters->index[i]]));
    }
    q.index.push_back(it->second);
    const Integer *code = removedCode(static_cast<int64_t>(i));
    auto [rit, rfresh] = results.try_emplace({it->second, code}, static_cast<uint32_t>(r.elements.size()));
    r.index.push_back(rit->second);
    const Term *reached = reachedBefore(key, i);
    if (!rfresh) {
      if (reached && !r.elements[rit->second].terms.empty()) {
        Term &t = r.elements[rit->second].terms[0];
        t.lo = std::min(t.lo, reached->lo);
        t.hi = std::max(t.hi, reached->hi);
      }
      continue;
    }
    const Quantised::Function &f = q.functions[it->second];
    if (code) {
      r.elements.push_back({{}, f.quantiser.value(*code), {}});
      continue;
    }
    auto bounds = f.quantiser.bounds();
    if (anyInput && !bounds)
      return error("gives a graph input no bounded codes");
    bool known = f.element.isConstant() && f.choices.empty();
    auto [lo, hi] = anyInput && !known && f.pieces.empty() ? *bounds : codesOf(f);
    if (reached) {
      lo = reached->lo;
      hi = reached->hi;
    }
    unsigned source = intern({Source::Kind::Codes, key, {}, {}});
    bool sign = f.quantiser.kind == Quantiser::Kind::Sign;
    Term codes{source, f.quantiser.valueScale, lo, hi};
    codes.sign = sign;
    r.elements.push_back({{codes}, -f.quantiser.valueZero * f.quantiser.valueScale, {}});
  }
  q.input = anyInput;
  bool constant = anyConstant && llvm::all_of(q.functions, [](const auto &f) {
                    return f.element.isConstant() && f.choices.empty();
                  });
  if (!constant)
    out.quantised.push_back(std::move(q));
  if (!alike)
    alike = std::make_shared<const Field>(std::move(r));
  out.codes[key] = alike;
  return alike;
}

} // namespace dyadic::certificate
