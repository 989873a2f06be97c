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
  if (r.choices) { // of the largest a negative factor makes the least
    auto choices = *r.choices;
    for (Element &c : choices)
      c = mulAdd(c, mul, add);
    r.choices = std::make_shared<const std::vector<Element>>(std::move(choices));
    r.least = r.least != (mul < 0);
  } else if (r.posts.empty()) {
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

llvm::Expected<Element> Walker::applied(Element e, const Post &post) {
  if (e.isConstant()) {
    e.beta = post.apply(e.beta);
    return e;
  }
  if (post.kind == Post::Kind::MulAdd)
    return mulAdd(e, post.mul, post.add);
  if (e.choices && (post.kind == Post::Kind::Abs || (post.kind == Post::Kind::Leaky && post.mul < 0)))
    if (llvm::Error failed = chooseLargest(e)) // what falls and rises is no function of each
      return failed;
  if (!e.choices) {
    e.posts.push_back(post);
    return e;
  }
  auto choices = *e.choices;
  for (Element &c : choices) {
    auto r = applied(c, post);
    if (!r)
      return r;
    c = std::move(*r);
  }
  e.choices = std::make_shared<const std::vector<Element>>(std::move(choices));
  return e;
}

llvm::Expected<FieldPtr> Walker::apply(const FieldPtr &f, const Post &post) {
  Field r = *f;
  for (Element &e : r.elements) {
    auto a = applied(std::move(e), post);
    if (!a)
      return a.takeError();
    e = std::move(*a);
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
  if (repeats) { // a row that is repeated is no column
    for (int64_t d : f->shape)
      place += (place.empty() ? "" : "x") + std::to_string(d);
    place += " to ";
    for (int64_t d : shape)
      place += (&d == shape.begin() ? "" : "x") + std::to_string(d);
  }
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
    llvm::Error failed = llvm::Error::success();
    FieldPtr r = combine(*x, spread(std::make_shared<const Field>(slope), shape),
                         [&](const Element &e, const Element &c) -> Element {
                           if (failed)
                             return e;
                           auto bent = applied(e, {Post::Kind::Leaky, c.beta, 0, {}, {}});
                           if (bent)
                             return *bent;
                           failed = bent.takeError();
                           return e;
                         });
    if (failed)
      return failed;
    return r;
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
  if (isa<qonnx::SubOp>(op)) {
    auto negated = apply(b, {Post::Kind::MulAdd, -1, 0, {}, {}});
    if (!negated)
      return negated;
    b = *negated;
  }
  if (all(b, isConstant))
    return combine(a, b, [](const Element &e, const Element &c) { return mulAdd(e, 1, c.beta); });
  if (all(a, isConstant))
    return combine(b, a, [](const Element &e, const Element &c) { return mulAdd(e, 1, c.beta); });
  auto fa = affine(a, "left");
  if (!fa)
    return fa;
  auto fb = affine(b, op->getOperand(0) == op->getOperand(1) ? "left" : "right");
  if (!fb)
    return fb;
  return nested(combine(*fa, *fb, sum));
}

} // namespace dyadic::certificate
