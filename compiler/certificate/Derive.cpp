// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks @main once, holding the exact reals of every tensor.
#include "compiler/certificate/Derive.h"
#include "compiler/Failure.h"
#include "llvm/Support/JSON.h"
#include <numeric>
#include <set>

using namespace mlir;
namespace dyadic::certificate {

std::string textOf(llvm::StringRef name) {
  return llvm::json::isUTF8(name) ? name.str() : llvm::json::fixUTF8(name);
}

std::string nodeOf(Operation *op) {
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    return textOf(name.getName());
  return op->getName().stripDialect().str();
}

/// Parts of an activation have one source in all channels; their bends tell them apart.
static bool sameBend(const Term &a, const Term &b) {
  if (a.bend == b.bend || !a.bend || !b.bend || !a.bend->part || !b.bend->part)
    return true;
  const Segment &x = a.bend->segments.back(), &y = b.bend->segments.back();
  return x.lo == y.lo && x.m == y.m && x.c == y.c;
}

bool sameFunction(const Element &a, const Element &b) {
  if (a.terms.size() != b.terms.size() || a.beta != b.beta || a.posts != b.posts ||
      !a.choices != !b.choices || a.least != b.least)
    return false;
  for (size_t i = 0; i < a.terms.size(); ++i)
    if (a.terms[i].source != b.terms[i].source || a.terms[i].alpha != b.terms[i].alpha ||
        !sameBend(a.terms[i], b.terms[i]))
      return false;
  return !a.choices || a.choices == b.choices ||
         std::equal(a.choices->begin(), a.choices->end(), b.choices->begin(), b.choices->end(), sameFunction);
}

void joinRanges(Element &into, const Element &from) {
  for (size_t i = 0; i < into.terms.size(); ++i) {
    Term &t = into.terms[i];
    const Term &o = from.terms[i];
    for (const auto &sum : o.sums) {
      auto same = llvm::find_if(t.sums, [&](const auto &s) {
        return s->weightAbs == sum->weightAbs && s->weightSum == sum->weightSum && s->zero == sum->zero &&
               s->padded == sum->padded && s->times == sum->times && s->offset == sum->offset;
      });
      if (same == t.sums.end()) {
        t.sums.push_back(sum);
        continue;
      }
      bool alike = (*same)->wide == sum->wide;
      if (sum->anyOrder > (*same)->anyOrder)
        *same = sum;
      if (alike || !(*same)->wide)
        continue;
      auto either = std::make_shared<SumInfo>(**same); // digits of one are not those of the other
      either->wide = nullptr;
      *same = std::move(either);
    }
    t.lo = std::min(t.lo, o.lo);
    t.hi = std::max(t.hi, o.hi);
    t.sign = t.sign && o.sign;
  }
  if (!into.choices || into.choices == from.choices)
    return;
  auto choices = *into.choices;
  for (size_t c = 0; c < choices.size(); ++c)
    joinRanges(choices[c], (*from.choices)[c]);
  into.choices = std::make_shared<const std::vector<Element>>(std::move(choices));
}

void eachTerm(Element &e, llvm::function_ref<void(Term &)> visit) {
  for (Term &t : e.terms)
    visit(t);
  if (!e.choices)
    return;
  auto choices = *e.choices;
  for (Element &choice : choices)
    eachTerm(choice, visit);
  e.choices = std::make_shared<const std::vector<Element>>(std::move(choices));
}

Element Walker::largestOf(const FieldPtr &f, ArrayRef<uint32_t> entries) {
  std::vector<Element> choices;
  auto same = [](const Element &a, const Element &b) { // over the same range too
    return sameFunction(a, b) && a.choices == b.choices &&
           std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), [](const Term &x, const Term &y) {
             return x.lo == y.lo && x.hi == y.hi && x.sums == y.sums;
           });
  };
  auto add = [&](const Element &e) {
    if (llvm::none_of(choices, [&](const Element &known) { return same(known, e); }))
      choices.push_back(e);
  };
  for (uint32_t k : entries)
    if (const Element &e = f->elements[k]; e.choices && !e.least) // the least of several is one of its own
      llvm::for_each(*e.choices, add);
    else
      add(e);
  Element r;
  r.choices = std::make_shared<const std::vector<Element>>(std::move(choices));
  return r;
}

std::optional<Element> Walker::joined(const FieldPtr &f, ArrayRef<uint32_t> entries) {
  // What stands for all of them is a function of an integer, if there is one among them.
  const Element *first = &f->elements[entries[0]];
  for (uint32_t e : entries)
    if (first->isConstant())
      first = &f->elements[e];
  if (llvm::any_of(entries, [&](uint32_t e) { return f->elements[e].choices != nullptr; })) {
    for (uint32_t e : entries)
      if (!sameFunction(*first, f->elements[e]))
        return std::nullopt;
    Element all = *first;
    for (uint32_t e : entries)
      joinRanges(all, f->elements[e]);
    return all;
  }
  Element r = *first;
  uint32_t last = ~0U;
  for (uint32_t k : entries) {
    if (k == last)
      continue;
    last = k;
    const Element &e = f->elements[k];
    if (e.isConstant() && r.terms.size() == 1 && r.isAffine() && r.terms[0].alpha != 0) {
      Rational code = (e.beta - r.beta) / r.terms[0].alpha; // padding, by the code that stands for it
      if (code.get_den() != 1)
        return std::nullopt;
      r.terms[0].lo = std::min(r.terms[0].lo, Integer(code.get_num()));
      r.terms[0].hi = std::max(r.terms[0].hi, Integer(code.get_num()));
      r.terms[0].sign = r.terms[0].sign && abs(code.get_num()) == 1;
      continue;
    }
    Element other = e;
    for (size_t t = 0; t < std::min(r.terms.size(), other.terms.size()); ++t)
      joinSources(r.terms[t], other.terms[t]);
    if (!sameFunction(r, other))
      return std::nullopt;
    joinRanges(r, other);
  }
  return r;
}

void Walker::joinSources(Term &a, Term &b) {
  if (a.source == b.source)
    return;
  const Source &x = out.sources[a.source], &y = out.sources[b.source];
  if (x.kind != Source::Kind::Codes || y.kind != Source::Kind::Codes)
    return;
  std::set<std::string> names;
  for (const Source *s : {&x, &y})
    if (s->reads.empty())
      names.insert(s->name);
    else
      names.insert(s->reads.begin(), s->reads.end());
  a.source = b.source =
      intern({Source::Kind::Codes, "", {names.begin(), names.end()}, x.place + "+" + y.place});
}

unsigned Walker::intern(Source s) {
  auto [it, fresh] = known.try_emplace(s, static_cast<unsigned>(out.sources.size()));
  if (fresh)
    out.sources.push_back(std::move(s));
  return it->second;
}

unsigned Walker::moved(unsigned source, const std::string &place) {
  Source s = out.sources[source];
  s.place += (s.place.empty() ? "" : ";") + place;
  return intern(std::move(s));
}

llvm::Error Walker::error(const llvm::Twine &what) const {
  return failure(ExitCode::Rejected, "node '" + nodeOf(current) + "' " + what);
}

llvm::Error Walker::needsCodes(const FieldPtr &f) const {
  for (Element e : f->elements) {
    const std::string *free = nullptr;
    eachTerm(e, [&](const Term &t) {
      if (out.sources[t.source].kind == Source::Kind::Free)
        free = &out.sources[t.source].name;
    });
    if (free)
      return error("reads graph input '" + *free +
                   "', whose codes are not known; declare its lattice as it was declared when the "
                   "certificate was written: "
                   "--input '" +
                   *free + ":bits=8,signed,scale=1/128'");
  }
  return llvm::Error::success();
}

llvm::Expected<FieldPtr> Walker::integersOf(Value v) {
  auto read = fieldOf(v);
  if (!read)
    return read;
  auto x = affine(*read);
  if (!x)
    return x;
  if (llvm::Error e = needsCodes(*x))
    return e;
  return x;
}

FieldPtr Walker::argument(func::FuncOp main, unsigned i) {
  Field f;
  auto type = cast<RankedTensorType>(main.getArgument(i).getType());
  f.shape.assign(type.getShape().begin(), type.getShape().end());
  f.index.assign(type.getNumElements(), 0);
  auto name = main.getArgAttrOfType<StringAttr>(i, "qonnx.name");
  Source source{Source::Kind::Free, name ? textOf(name) : "input", {}, {}};
  auto lattice = main.getArgAttrOfType<qonnx::LatticeAttr>(i, "qonnx.lattice");
  if (!lattice) { // reals as they come; the first quantiser decides the codes
    f.elements.push_back({{{intern(source), 1, 0, 0}}, 0, {}});
    return std::make_shared<const Field>(std::move(f));
  }
  source.kind = Source::Kind::Codes;
  unsigned id = intern(source);
  auto number = [](Attribute a) { return model::parseRational(cast<StringAttr>(a).getValue()).value_or(0); };
  Rational scale = number(lattice.getScale()), zero = number(lattice.getZero());
  unsigned long bits = lattice.getBits();
  bool isSigned = lattice.getIsSigned();
  Integer lo = isSigned ? Integer(-(Integer(1) << (bits - 1))) : Integer(0);
  Integer hi = (Integer(1) << (isSigned ? bits - 1 : bits)) - 1;
  if (isSigned && bits == 1)
    hi = 1;
  size_t entries = std::max(lattice.getMean().size(), lattice.getStd().size());
  for (size_t c = 0; c < entries; ++c) {
    Rational mean = number(lattice.getMean()[lattice.getMean().size() == 1 ? 0 : c]);
    Rational std = number(lattice.getStd()[lattice.getStd().size() == 1 ? 0 : c]);
    if (std == 0)
      std = 1;
    f.elements.push_back({{{id, scale / std, lo, hi}}, (-zero * scale - mean) / std, {}});
  }
  if (entries > 1 && f.shape.size() > 1) {
    int64_t inner = std::accumulate(f.shape.begin() + 2, f.shape.end(), int64_t{1}, std::multiplies<>());
    for (size_t k = 0; k < f.index.size(); ++k)
      f.index[k] =
          static_cast<uint32_t>(static_cast<int64_t>(k) / inner % f.shape[1] % static_cast<int64_t>(entries));
  }
  return std::make_shared<const Field>(std::move(f));
}

llvm::Expected<FieldPtr> Walker::constant(Operation *op) {
  Field f;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  f.shape.assign(type.getShape().begin(), type.getShape().end());
  std::map<Rational, uint32_t> entries;
  auto add = [&](const Rational &v) {
    auto [it, fresh] = entries.try_emplace(v, static_cast<uint32_t>(f.elements.size()));
    if (fresh)
      f.elements.push_back({{}, v, {}});
    f.index.push_back(it->second);
  };
  auto reals = [&](ElementsAttr attr) -> std::optional<std::vector<Rational>> {
    // Spread from the right, as numpy does.
    auto shape = attr.getShapedType().getShape();
    std::vector<Rational> values;
    for (float v : attr.getValues<float>()) {
      auto exact = model::fromFloat32(v);
      if (!exact)
        return std::nullopt;
      values.push_back(*exact);
    }
    if (values.size() == 1 && f.shape != std::vector<int64_t>(shape.begin(), shape.end()))
      return std::vector<Rational>(type.getNumElements(), values[0]);
    std::vector<Rational> r;
    std::vector<int64_t> at(f.shape.size(), 0);
    for (int64_t k = 0; k < type.getNumElements(); ++k) {
      int64_t flat = 0;
      for (size_t d = 0; d < shape.size(); ++d)
        flat = flat * shape[d] + (shape[d] == 1 ? 0 : at[f.shape.size() - shape.size() + d]);
      r.push_back(values[flat]);
      for (size_t d = f.shape.size(); d-- > 0 && ++at[d] == f.shape[d];)
        at[d] = 0;
    }
    return r;
  };
  if (auto c = dyn_cast<qonnx::ConstantOp>(op)) {
    auto values = reals(c.getValue());
    if (!values)
      return error("has a value that is no number");
    for (const Rational &v : *values)
      add(v);
    return std::make_shared<const Field>(std::move(f));
  }
  auto q = cast<qonnx::QuantConstantOp>(op);
  auto scale = reals(q.getScale()), zero = reals(q.getZero());
  if (!scale || !zero)
    return error("has a scale or zero point that is no number");
  bool isUnsigned = q.getCodes().getElementType().isUnsignedInteger();
  size_t k = 0;
  for (const APInt &v : q.getCodes().getValues<APInt>()) {
    int64_t code = isUnsigned ? static_cast<int64_t>(v.getZExtValue()) : v.getSExtValue();
    add((code - (*zero)[k]) * (*scale)[k]);
    ++k;
  }
  return std::make_shared<const Field>(std::move(f));
}

llvm::Expected<FieldPtr> Walker::fieldOf(Value v) {
  if (auto it = fields.find(v); it != fields.end() && it->second)
    return it->second;
  Operation *op = v.getDefiningOp();
  if (!op || !isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op))
    return error("reads what could not be derived");
  auto f = constant(op);
  if (f)
    fields[v] = *f;
  return f;
}

llvm::Expected<FieldPtr> Walker::step(Operation *op) {
  auto posts = [&](Post post) -> llvm::Expected<FieldPtr> {
    auto f = fieldOf(op->getOperand(0));
    return f ? apply(*f, post) : std::move(f);
  };
  using Kind = Post::Kind;
  if (isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op))
    return quantise(op);
  if (isa<qonnx::ConvOp>(op))
    return conv(op);
  if (isa<qonnx::MatMulOp>(op))
    return matmul(op);
  if (isa<qonnx::AddOp, qonnx::SubOp, qonnx::MulOp, qonnx::DivOp, qonnx::BatchNormOp, qonnx::PReluOp>(op))
    return binary(op);
  if (isa<qonnx::ReluOp>(op))
    return posts({Kind::Leaky, 0, 0, {}, {}});
  if (auto leaky = dyn_cast<qonnx::LeakyReluOp>(op))
    return posts({Kind::Leaky, model::fromFloat32(leaky.getAlpha().convertToFloat()).value_or(0), 0, {}, {}});
  if (auto clip = dyn_cast<qonnx::ClipOp>(op)) {
    Post post{Kind::Clip, 1, 0, {}, {}};
    if (auto low = clip.getMin())
      post.low = model::fromFloat32(low->convertToFloat());
    if (auto high = clip.getMax())
      post.high = model::fromFloat32(high->convertToFloat());
    return posts(post);
  }
  if (isa<qonnx::NegOp>(op))
    return posts({Kind::MulAdd, -1, 0, {}, {}});
  if (isa<qonnx::AbsOp>(op))
    return posts({Kind::Abs, 1, 0, {}, {}});
  if (isa<qonnx::MaxPoolOp>(op))
    return maxPool(op);
  if (isa<qonnx::AveragePoolOp, qonnx::ReduceMeanOp>(op))
    return average(op);
  if (isa<qonnx::ConcatOp>(op))
    return concat(op);
  if (isa<qonnx::SoftmaxOp, qonnx::ArgMaxOp>(op))
    return FieldPtr(); // heads: nothing quantises behind them
  return move(op);
}

llvm::Error Walker::run(func::FuncOp main) {
  current = main;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    fields[main.getArgument(i)] = argument(main, i);
  for (Operation &op : main.getBody().front()) {
    if (isa<qonnx::ConstantOp, qonnx::QuantConstantOp, func::ReturnOp>(op))
      continue;
    current = &op;
    summed.clear();
    inputs.clear();
    overs.clear();
    llvm::Expected<FieldPtr> f = step(&op);
    if (!f)
      return f.takeError();
    fields[op.getResult(0)] = *f;
  }
  return llvm::Error::success();
}

llvm::Expected<Derived> derive(ModuleOp module, const std::map<std::string, Removed> &removed,
                               Splitting splitting, const Derived *known) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal() || !main.getBody().hasOneBlock())
    return failure(ExitCode::Rejected, "the module has no function @main of one block");
  Derived out;
  if (llvm::Error e = Walker(removed, out, splitting, known).run(main))
    return e;
  return out;
}

} // namespace dyadic::certificate
