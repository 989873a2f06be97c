// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operators on fields.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include <unordered_map>

using namespace mlir;
namespace dyadic::certificate {
namespace {

Element mulAdd(const Element &e, const Rational &mul, const Rational &add) {
  Element r = e;
  if (r.posts.empty()) {
    for (Term &t : r.terms)
      t.alpha *= mul;
    r.beta = r.beta * mul + add;
  } else if (r.posts.back().kind == Post::Kind::MulAdd) {
    r.posts.back().mul *= mul;
    r.posts.back().add = r.posts.back().add * mul + add;
  } else {
    r.posts.push_back({Post::Kind::MulAdd, mul, add, {}, {}});
  }
  return r;
}

Element sum(const Element &a, const Element &b) {
  Element r = a;
  r.beta += b.beta;
  for (const Term &t : b.terms) {
    auto same = llvm::find_if(r.terms, [&](const Term &o) { return o.source == t.source; });
    if (same == r.terms.end()) {
      r.terms.push_back(t);
      continue;
    }
    same->alpha += t.alpha;
    same->lo = std::min(same->lo, t.lo);
    same->hi = std::max(same->hi, t.hi);
    same->sign = same->sign && t.sign;
  }
  return r;
}

} // namespace

FieldPtr Walker::apply(const FieldPtr &f, const Post &post) {
  Field r = *f;
  for (Element &e : r.elements) {
    if (e.isConstant())
      e.beta = post.apply(e.beta);
    else if (post.kind == Post::Kind::MulAdd)
      e = mulAdd(e, post.mul, post.add);
    else
      e.posts.push_back(post);
  }
  return std::make_shared<const Field>(std::move(r));
}

FieldPtr Walker::combine(const FieldPtr &a, const FieldPtr &b,
                         llvm::function_ref<Element(const Element &, const Element &)> f) {
  Field r;
  r.shape = a->shape;
  r.index.reserve(a->index.size());
  std::unordered_map<uint64_t, uint32_t> entries;
  uint64_t lastPair = ~uint64_t{0};
  uint32_t lastEntry = 0;
  for (size_t i = 0; i < a->index.size(); ++i) {
    uint64_t pair = uint64_t{a->index[i]} << 32 | b->index[i];
    if (pair != lastPair) {
      auto [it, fresh] = entries.try_emplace(pair, static_cast<uint32_t>(r.elements.size()));
      if (fresh)
        r.elements.push_back(f(a->elements[a->index[i]], b->elements[b->index[i]]));
      lastPair = pair;
      lastEntry = it->second;
    }
    r.index.push_back(lastEntry);
  }
  return std::make_shared<const Field>(std::move(r));
}

FieldPtr Walker::spread(const FieldPtr &f, ArrayRef<int64_t> shape) {
  if (ArrayRef<int64_t>(f->shape) == shape)
    return f;
  std::vector<int64_t> from, at(shape.size(), 0);
  int64_t count = 1;
  for (int64_t d : shape)
    count *= d;
  size_t lead = shape.size() - f->shape.size();
  for (int64_t k = 0; k < count; ++k) {
    int64_t flat = 0;
    for (size_t d = 0; d < f->shape.size(); ++d)
      flat = flat * f->shape[d] + (f->shape[d] == 1 ? 0 : at[lead + d]);
    from.push_back(flat);
    for (size_t d = shape.size(); d-- > 0 && ++at[d] == shape[d];)
      at[d] = 0;
  }
  bool repeats = count != static_cast<int64_t>(f->index.size());
  std::string place;
  if (repeats)
    for (int64_t d : shape)
      place += "x" + std::to_string(d);
  return gather(f, std::vector<int64_t>(shape.begin(), shape.end()), from, 0, place);
}

llvm::Expected<FieldPtr> Walker::binary(Operation *op) {
  auto shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  auto x = fieldOf(op->getOperand(0));
  if (!x)
    return x;
  if (auto bn = dyn_cast<qonnx::BatchNormOp>(op)) {
    Field mul, add;
    mul.shape = {1, shape[1]};
    mul.shape.resize(shape.size(), 1);
    add.shape = mul.shape;
    for (auto [attr, f] : {std::pair{bn.getScale(), &mul}, std::pair{bn.getShift(), &add}})
      for (float v : attr.getValues<float>()) {
        auto exact = model::fromFloat32(v);
        if (!exact)
          return error("has a factor that is no number");
        f->index.push_back(static_cast<uint32_t>(f->elements.size()));
        f->elements.push_back({{}, *exact, {}});
      }
    auto m = spread(std::make_shared<const Field>(mul), shape),
         a = spread(std::make_shared<const Field>(add), shape);
    auto scaled = combine(*x, m, [](const Element &e, const Element &c) { return mulAdd(e, c.beta, 0); });
    return combine(scaled, a, [](const Element &e, const Element &c) { return mulAdd(e, 1, c.beta); });
  }
  if (auto prelu = dyn_cast<qonnx::PReluOp>(op)) {
    Field slope;
    auto own = prelu.getSlope().getShapedType().getShape();
    slope.shape.assign(own.begin(), own.end());
    for (float v : prelu.getSlope().getValues<float>()) {
      slope.index.push_back(static_cast<uint32_t>(slope.elements.size()));
      slope.elements.push_back({{}, model::fromFloat32(v).value_or(0), {}});
    }
    return combine(*x, spread(std::make_shared<const Field>(slope), shape),
                   [](const Element &e, const Element &c) {
                     Element r = e;
                     Post post{Post::Kind::Leaky, c.beta, 0, {}, {}};
                     if (r.isConstant())
                       r.beta = post.apply(r.beta);
                     else
                       r.posts.push_back(post);
                     return r;
                   });
  }
  auto y = fieldOf(op->getOperand(1));
  if (!y)
    return y;
  FieldPtr a = spread(*x, shape), b = spread(*y, shape);
  auto all = [](const FieldPtr &f, auto holds) { return llvm::all_of(f->elements, holds); };
  auto isConstant = [](const Element &e) { return e.isConstant(); };
  if (isa<qonnx::MulOp, qonnx::DivOp>(op)) {
    bool divide = isa<qonnx::DivOp>(op);
    if (!divide && !all(b, isConstant))
      std::swap(a, b);
    if (!all(b, isConstant) || (divide && !all(b, [](const Element &e) { return e.beta != 0; })))
      return error("multiplies or divides by what is no constant other than 0");
    return combine(a, b, [&](const Element &e, const Element &c) {
      return mulAdd(e, divide ? Rational(1 / c.beta) : c.beta, 0);
    });
  }
  if (isa<qonnx::SubOp>(op))
    b = apply(b, {Post::Kind::MulAdd, -1, 0, {}, {}});
  if (all(b, isConstant))
    return combine(a, b, [](const Element &e, const Element &c) { return mulAdd(e, 1, c.beta); });
  if (all(a, isConstant))
    return combine(b, a, [](const Element &e, const Element &c) { return mulAdd(e, 1, c.beta); });
  auto fa = affine(a);
  if (!fa)
    return fa;
  auto fb = affine(b);
  if (!fb)
    return fb;
  return combine(*fa, *fb, sum);
}

llvm::Expected<FieldPtr> Walker::affine(const FieldPtr &f) {
  if (llvm::all_of(f->elements, [](const Element &e) { return e.isAffine(); }))
    return f;
  Field r = *f;
  std::string place;
  for (Element &e : r.elements) {
    if (e.isAffine())
      continue;
    if (e.terms.size() != 1)
      return error("bends a sum of several integers that no quantiser has rounded");
    if (llvm::Error unknown = needsCodes(f))
      return unknown;
    Post last; // what follows the last bend changes the integers' factor and offset only
    if (e.posts.back().kind == Post::Kind::MulAdd) {
      last = e.posts.back();
      e.posts.pop_back();
    }
    const Term &t = e.terms[0];
    std::vector<Segment> segments = segmentsOf(t.lo, t.hi, t.alpha, e.beta, e.posts);
    // The greatest unit of which all values at the integers that occur are multiples.
    Rational unit;
    auto join = [&](const Rational &v) {
      if (v == 0)
        return;
      Integer den = lcm(unit.get_den(), v.get_den());
      unit = Rational(
          gcd(Integer(unit.get_num() * (den / unit.get_den())), Integer(v.get_num() * (den / v.get_den()))),
          den);
      unit.canonicalize();
    };
    Rational least = segments[0].m * segments[0].lo + segments[0].c, most = least;
    for (const Segment &s : segments) {
      if (s.lo < s.hi)
        join(s.m);
      for (const Integer &a : {s.lo, s.hi}) {
        Rational v = s.m * a + s.c;
        join(v);
        least = std::min(least, v);
        most = std::max(most, v);
      }
    }
    if (unit == 0)
      unit = 1;
    // Equal functions of one integer are one integer.
    const Source &base = out.sources[t.source];
    std::string function = base.place + "|" + base.name + "|" + t.alpha.get_str() + "," + e.beta.get_str();
    for (const Post &p : e.posts)
      function += ";" + std::to_string(static_cast<int>(p.kind)) + "," + p.mul.get_str() + "," +
                  p.add.get_str() + "," + (p.low ? p.low->get_str() : "") + "," +
                  (p.high ? p.high->get_str() : "");
    Source source{Source::Kind::Codes, nodeOf(current), {}, function};
    auto bend = std::make_shared<const Bend>(Bend{e, unit, std::move(segments)});
    Term bent{intern(source),
              unit * last.mul,
              model::floorOf(least / unit),
              model::ceilOf(most / unit),
              nullptr,
              bend};
    e = {{bent}, last.add, {}};
  }
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
