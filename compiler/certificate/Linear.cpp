// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products: the integer sum of each output, its unit, its range and its offset.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include <numeric>
#include <set>

using namespace mlir;
namespace dyadic::certificate {
namespace {

ArrayRef<int64_t> shapeOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }

/// Padding adds real 0. Where 0 has the same code in every channel, that code is the integers' zero, and
/// borders are like the rest.
std::optional<Integer> zeroOf(ArrayRef<Element> channels, bool padded) {
  std::optional<Integer> zero;
  bool offset = false;
  for (const Element &e : channels) {
    offset |= e.beta != 0;
    if (e.terms.size() > 1)
      return std::nullopt;
    if (e.isConstant() || e.terms[0].alpha == 0)
      continue;
    Rational z = -e.beta / e.terms[0].alpha;
    if (z.get_den() != 1 || (zero && *zero != z.get_num()) || !model::toInt64(z.get_num()))
      return std::nullopt;
    zero = z.get_num();
  }
  return padded && offset ? zero : std::nullopt;
}

Operation *constantOf(Value v) {
  Operation *op = v.getDefiningOp();
  return op && isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op) ? op : nullptr;
}

/// The sum in which inputs that are known count as integers of the others' lattice, none where they have
/// none.
std::optional<SumInfo> withKnown(const SumInfo &info, ArrayRef<Walker::Tap> taps, const Integer &common,
                                 const std::optional<Integer> &zero, bool whole) {
  const Element *like = nullptr;
  bool known = false;
  for (const auto &t : taps) {
    known |= t.in->isConstant() && t.weight != 0;
    if (t.in->isConstant())
      continue;
    if (t.in->terms.size() != 1 || t.in->terms[0].alpha == 0 ||
        (like && (like->terms[0].alpha != t.in->terms[0].alpha || like->beta != t.in->beta)))
      return std::nullopt;
    like = t.in;
  }
  if (!like || !known)
    return std::nullopt;
  SumInfo all = info;
  Integer divisor = common;
  for (Integer *v : {&all.weightSum, &all.weightAbs, &all.anyOrder})
    *v *= common;
  for (const auto &t : taps) {
    if (!t.in->isConstant() || t.weight == 0)
      continue;
    Rational code = (t.in->beta - like->beta) / like->terms[0].alpha;
    Integer w = t.weight, read = code.get_num() - (zero ? *zero : Integer(0));
    if (code.get_den() != 1 || (!whole && read != 0)) // borders would miss some of them
      return std::nullopt;
    divisor = gcd(divisor, w);
    all.weightSum += w;
    all.weightAbs += abs(w);
    all.offset += w * read;
    all.anyOrder += abs(w) * abs(read);
  }
  for (Integer *v : {&all.weightSum, &all.weightAbs, &all.offset})
    *v /= divisor;
  all.anyOrder = all.anyOrder / divisor + 1;
  all.times = common / divisor;
  return all;
}

/// The terms of several inputs that are summed as one integer: all of them where each input has one at most
/// (a concatenation is one tensor), else those of one source.
std::vector<std::set<unsigned>> groupsOf(ArrayRef<Walker::Tap> taps) {
  std::set<unsigned> all;
  bool single = true;
  std::vector<unsigned> order;
  for (const auto &t : taps) {
    single &= t.in->terms.size() <= 1;
    for (const Term &x : t.in->terms)
      if (all.insert(x.source).second)
        order.push_back(x.source);
  }
  std::vector<std::set<unsigned>> groups;
  if (single && !all.empty())
    groups.push_back(all);
  else
    for (unsigned s : order)
      groups.push_back({s});
  return groups;
}

const Term *termOf(const Element &e, const std::set<unsigned> &group) {
  for (const Term &t : e.terms)
    if (group.count(t.source))
      return &t;
  return nullptr;
}

} // namespace

llvm::Expected<std::vector<Element>> Walker::sumOf(ArrayRef<Tap> taps, const Rational &unit,
                                                   ArrayRef<std::vector<bool>> patterns,
                                                   const std::optional<Integer> &zero) {
  size_t places = patterns[0].size();
  bool padded =
      llvm::any_of(patterns, [](const std::vector<bool> &p) { return llvm::is_contained(p, false); });
  std::vector<std::set<unsigned>> groups = groupsOf(taps);
  std::vector<Rational> betaAt(places);
  for (const Tap &t : taps)
    if (t.in->beta != 0 && !(zero && !t.in->isConstant()))
      betaAt[t.place] += t.in->beta * (t.weight * unit);

  std::vector<Term> terms;
  for (const auto &group : groups) {
    Rational alphaUnit;
    const Rational *last = nullptr;
    for (const Tap &t : taps)
      if (const Term *term = termOf(*t.in, group)) {
        if (last && *last == term->alpha)
          continue;
        alphaUnit = last ? commonUnit(alphaUnit, term->alpha) : term->alpha; // one factor keeps its sign
        last = &term->alpha;
      }
    if (alphaUnit == 0)
      alphaUnit = 1;
    auto info = std::make_shared<SumInfo>(),
         own = std::make_shared<SumInfo>(); // own: in each term's own unit
    std::vector<Integer> low(places), high(places), most(places);
    Integer common;
    Source source{Source::Kind::Sum, nodeOf(current), {}, {}};
    std::set<std::string> reads;
    int slot = -1;
    auto accumulate = [&](const Term &term, const Tap &t, const Integer &w) {
      common = gcd(common, w);
      info->weightSum += w;
      info->weightAbs += abs(w);
      own->weightSum += w * term.refined;
      own->weightAbs += abs(w) * term.refined;
      Integer x = term.lo, y = term.hi;
      if (zero) {
        x -= *zero;
        y -= *zero;
      }
      low[t.place] += w * (w < 0 ? y : x);
      high[t.place] += w * (w < 0 ? x : y);
      most[t.place] += abs(w) * std::max(Integer(abs(x)), Integer(abs(y)));
    };
    Rational ratio = 1;
    const Rational *ratioOf = nullptr;
    for (const Tap &t : taps)
      if (const Term *term = termOf(*t.in, group)) {
        if (!ratioOf || *ratioOf != term->alpha) {
          ratio = term->alpha / alphaUnit; // a whole number
          ratioOf = &term->alpha;
        }
        accumulate(*term, t, t.weight * ratio.get_num());
        slot = std::max(slot, term->slot);
      }
    if (slot >= 0)
      source.place = "part " + std::to_string(slot);
    for (unsigned s : group) {
      const Source &x = out.sources[s];
      if (x.kind == Source::Kind::Codes && !x.reads.empty())
        reads.insert(x.reads.begin(), x.reads.end());
      else
        reads.insert(x.name);
    }
    source.reads.assign(reads.begin(), reads.end());
    if (common == 0)
      common = 1;
    Term term{intern(std::move(source)), alphaUnit * unit * common, 0, 0};
    bool first = true;
    for (const std::vector<bool> &p : patterns) {
      Integer lo, hi, all;
      for (size_t k = 0; k < places; ++k)
        if (p[k]) {
          lo += low[k];
          hi += high[k];
          all += most[k];
        }
      term.lo = first ? lo : std::min(term.lo, lo);
      term.hi = first ? hi : std::max(term.hi, hi);
      info->anyOrder = std::max(info->anyOrder, all);
      first = false;
    }
    term.lo /= common;
    term.hi /= common;
    info->anyOrder /= common;
    info->weightSum /= common;
    info->weightAbs /= common;
    info->zero = zero ? zero->get_si() : 0;
    info->padded = padded;
    own->weightSum /= common;
    own->weightAbs /= common;
    own->zero = info->zero;
    own->padded = padded;
    own->anyOrder = info->anyOrder;
    term.sums = {info};
    if (own->weightAbs != info->weightAbs)
      term.sums.push_back(own);
    if (groups.size() == 1)
      if (auto all = withKnown(*info, taps, common, zero, !padded))
        term.sums.push_back(std::make_shared<const SumInfo>(std::move(*all)));
    term.slot = slot;
    if (slot >= 0)
      term.of = partsOf(taps);
    else if (groups.size() == 1)
      term.over = partsOf(taps);
    terms.push_back(std::move(term));
  }

  std::vector<Element> r;
  bool alike = llvm::all_of(betaAt, [](const Rational &b) { return b == 0; });
  for (const std::vector<bool> &p : patterns) {
    Element e{terms, 0, {}};
    for (size_t k = 0; k < places; ++k)
      if (p[k])
        e.beta += betaAt[k];
    r.push_back(std::move(e));
    if (alike || patterns.size() == 1)
      break;
  }
  return r;
}

llvm::Expected<FieldPtr> Walker::conv(Operation *operation) {
  auto op = cast<qonnx::ConvOp>(operation);
  Operation *constant = constantOf(op.getWeights());
  if (!constant)
    return error("convolves with weights that are not constant");
  auto read = fieldOf(op.getInput());
  if (!read)
    return read;
  auto x = affine(*read, /*uniform=*/true);
  if (!x)
    return x;
  if (llvm::Error e = needsCodes(*x))
    return e;
  auto weights = weightsOf(constant, 0);
  if (!weights)
    return weights.takeError();
  ArrayRef<int64_t> in = shapeOf(op.getInput()), to = shapeOf(op.getResult()), ws = shapeOf(op.getWeights());
  size_t spatial = in.size() - 2;
  // A row axis of extent 1 in front of the only one.
  auto two = [&](ArrayRef<int64_t> v, int64_t missing) {
    return spatial == 2 ? std::array<int64_t, 2>{v[0], v[1]} : std::array<int64_t, 2>{missing, v[0]};
  };
  auto extent = two(in.drop_front(2), 1), outExtent = two(to.drop_front(2), 1),
       kernel = two(ws.drop_front(2), 1);
  auto stride = two(op.getStrides(), 1), dilation = two(op.getDilations(), 1), pad = two(op.getPads(), 0);
  int64_t plane = extent[0] * extent[1], window = kernel[0] * kernel[1],
          outPlane = outExtent[0] * outExtent[1];

  // One element per input channel.
  std::vector<Element> channel;
  for (int64_t c = 0; c < in[1]; ++c) {
    std::vector<uint32_t> entries;
    for (int64_t n = 0; n < in[0]; ++n) {
      auto begin = (*x)->index.begin() + (n * in[1] + c) * plane;
      entries.insert(entries.end(), begin, begin + plane);
    }
    auto e = joined(*x, entries);
    if (!e)
      return error("reads channel " + Twine(c) + " with functions that change with the position");
    channel.push_back(std::move(*e));
  }

  std::vector<std::vector<bool>> patterns;
  std::map<std::vector<bool>, uint32_t> patternIds;
  std::vector<uint32_t> patternAt;
  for (int64_t y = 0; y < outExtent[0]; ++y)
    for (int64_t xo = 0; xo < outExtent[1]; ++xo) {
      std::vector<bool> inside;
      for (int64_t ky = 0; ky < kernel[0]; ++ky)
        for (int64_t kx = 0; kx < kernel[1]; ++kx) {
          int64_t iy = y * stride[0] + ky * dilation[0] - pad[0],
                  ix = xo * stride[1] + kx * dilation[1] - pad[1];
          inside.push_back(iy >= 0 && iy < extent[0] && ix >= 0 && ix < extent[1]);
        }
      auto [it, fresh] = patternIds.try_emplace(inside, static_cast<uint32_t>(patterns.size()));
      if (fresh)
        patterns.push_back(inside);
      patternAt.push_back(it->second);
    }

  bool padded = llvm::any_of(op.getPads(), [](int64_t p) { return p != 0; });
  std::optional<Integer> zero = zeroOf(channel, padded);
  std::vector<Rational> bias(to[1]);
  if (op.getBias()) {
    auto b = fieldOf(op.getBias());
    if (!b)
      return b;
    for (int64_t o = 0; o < to[1]; ++o) {
      const Element &e = (*b)->elements[(*b)->index[o]];
      if (!e.isConstant())
        return error("has a bias that is not constant");
      bias[o] = e.beta;
    }
  }

  Field r;
  r.shape.assign(to.begin(), to.end());
  int64_t perGroup = ws[1], outPerGroup = to[1] / op.getGroup();
  std::vector<uint32_t> firstEntry;
  std::vector<bool> single;
  for (int64_t o = 0; o < to[1]; ++o) {
    std::vector<Tap> taps;
    for (int64_t i = 0; i < perGroup; ++i)
      for (int64_t k = 0; k < window; ++k)
        taps.push_back({weights->values[(o * perGroup + i) * window + k],
                        &channel[o / outPerGroup * perGroup + i], static_cast<uint32_t>(k)});
    auto sums = sumOf(taps, weights->unit[o], patterns, zero);
    if (!sums)
      return sums.takeError();
    firstEntry.push_back(static_cast<uint32_t>(r.elements.size()));
    single.push_back(sums->size() == 1);
    for (Element &e : *sums) {
      e.beta += bias[o];
      r.elements.push_back(std::move(e));
    }
  }
  for (int64_t n = 0; n < to[0]; ++n)
    for (int64_t o = 0; o < to[1]; ++o)
      for (int64_t k = 0; k < outPlane; ++k)
        r.index.push_back(firstEntry[o] + (single[o] ? 0 : patternAt[k]));
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::matmul(Operation *operation) {
  auto op = cast<qonnx::MatMulOp>(operation);
  Operation *lhs = constantOf(op.getLhs()), *rhs = constantOf(op.getRhs());
  if ((lhs != nullptr) == (rhs != nullptr))
    return error("multiplies two matrices of which not exactly one is constant");
  Value input = rhs ? op.getLhs() : op.getRhs();
  auto read = fieldOf(input);
  if (!read)
    return read;
  auto x = affine(*read, /*uniform=*/true);
  if (!x)
    return x;
  if (llvm::Error e = needsCodes(*x))
    return e;
  Operation *constant = rhs ? rhs : lhs;
  ArrayRef<int64_t> ws = shapeOf(constant->getResult(0)), in = shapeOf(input);
  std::vector<int64_t> to(shapeOf(op.getResult()).begin(), shapeOf(op.getResult()).end());
  if (ws.size() < 2 || llvm::any_of(ws.drop_back(2), [](int64_t d) { return d != 1; }) ||
      (lhs && in.size() < 2))
    return error("multiplies by a constant that is no single matrix");
  size_t outAxis = ws.size() - (rhs ? 1 : 2);
  int64_t depth = ws[ws.size() - (rhs ? 2 : 1)], outputs = ws[outAxis];
  auto weights = weightsOf(constant, outAxis);
  if (!weights)
    return weights.takeError();

  // The inputs of depth k: x[..., k] for a constant on the right, x[..., k, :] for one on the left.
  int64_t columns = rhs ? 1 : in.back();
  std::vector<Element> inputs;
  for (int64_t k = 0; k < depth; ++k) {
    std::vector<uint32_t> entries;
    for (size_t i = 0; i < (*x)->index.size(); ++i)
      if (static_cast<int64_t>(i) / columns % depth == k)
        entries.push_back((*x)->index[i]);
    auto e = joined(*x, entries);
    if (!e)
      break;
    inputs.push_back(std::move(*e));
  }
  if (static_cast<int64_t>(inputs.size()) < depth)
    return rowByRow(*x, *weights, to, columns,
                    [&](int64_t o, int64_t k) { return rhs ? k * outputs + o : o * depth + k; });
  Field r;
  r.shape = to;
  for (int64_t o = 0; o < outputs; ++o) {
    std::vector<Tap> taps;
    for (int64_t k = 0; k < depth; ++k)
      taps.push_back({weights->values[rhs ? k * outputs + o : o * depth + k], &inputs[k], 0});
    auto sums = sumOf(taps, weights->unit[o], {std::vector<bool>{true}}, std::nullopt);
    if (!sums)
      return sums.takeError();
    r.elements.push_back(std::move(sums->front()));
  }
  int64_t count = std::accumulate(to.begin(), to.end(), int64_t{1}, std::multiplies<>());
  for (int64_t i = 0; i < count; ++i)
    r.index.push_back(static_cast<uint32_t>(i / columns % outputs));
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
