// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products: the inputs and weights that each output sums.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Shapes.h"
#include <numeric>

using namespace mlir;
namespace dyadic::certificate {
namespace {

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

/// Whether the offset of some channel, `plane` elements of it, changes from place to place.
bool offsetsChange(const Field &f, int64_t plane) {
  for (size_t begin = 0; begin < f.index.size(); begin += static_cast<size_t>(plane)) {
    const Element *like = nullptr;
    for (uint32_t k : ArrayRef<uint32_t>(f.index).slice(begin, static_cast<size_t>(plane))) {
      const Element &e = f.elements[k];
      if (like && (e.beta != like->beta || e.isConstant() != like->isConstant()))
        return true;
      like = &e;
    }
  }
  return false;
}

/// Whether the inputs of some depth have different scales.
bool scalesChange(const Field &f, int64_t columns, int64_t depth) {
  std::vector<const Element *> like(static_cast<size_t>(depth));
  for (size_t i = 0; i < f.index.size(); ++i) {
    const Element &e = f.elements[f.index[i]], *&first = like[static_cast<int64_t>(i) / columns % depth];
    if (e.isConstant())
      continue;
    if (!first)
      first = &e;
    bool same = e.terms.size() == first->terms.size();
    for (size_t t = 0; t < e.terms.size() && same; ++t)
      same = e.terms[t].alpha == first->terms[t].alpha;
    if (!same)
      return true;
  }
  return false;
}

} // namespace

llvm::Expected<FieldPtr> Walker::conv(Operation *operation) {
  auto op = cast<qonnx::ConvOp>(operation);
  Operation *constant = constantOf(op.getWeights());
  if (!constant)
    return error("convolves with weights that are not constant");
  auto x = integersOf(op.getInput());
  if (!x)
    return x;
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
  bool padded = llvm::any_of(op.getPads(), [](int64_t p) { return p != 0; });
  Integers integers;
  auto channelOf = [&](int64_t flat) { return flat / plane % in[1]; };
  auto channelsOf = [&](const FieldPtr &f, bool alike) -> llvm::Expected<std::vector<Element>> {
    std::vector<Element> channels;
    for (int64_t c = 0; c < in[1]; ++c) {
      std::vector<uint32_t> entries;
      for (int64_t n = 0; n < in[0]; ++n) {
        auto begin = f->index.begin() + (n * in[1] + c) * plane;
        entries.insert(entries.end(), begin, begin + plane);
      }
      auto e = joined(f, entries);
      if (!e && !alike)
        e = knownOf(integers, entries, c);
      if (!e)
        return error("reads channel " + Twine(c) + " with functions that change with the position");
      channels.push_back(std::move(*e));
    }
    return channels;
  };
  auto channel = channelsOf(*x, true);
  if (!channel) { // integers of one unit; their offsets stay outside where a channel has one
    llvm::consumeError(channel.takeError());
    integers = inOneUnit(*x, channelOf, offsetsChange(**x, plane), padded);
    *x = integers.field;
    channel = channelsOf(*x, false);
    if (!channel)
      return channel.takeError();
  }
  reads(*x, channelOf, *channel, integers.field ? &integers : nullptr);

  // A constant channel as codes of the others' lattice.
  std::vector<Element> codes(channel->size());
  auto like =
      llvm::find_if(*channel, [](const Element &e) { return e.terms.size() == 1 && !e.terms[0].bend; });
  for (size_t c = 0; c < codes.size() && like != channel->end(); ++c)
    if (const Element &e = (*channel)[c]; e.isConstant() && like->terms[0].alpha != 0) {
      const Term &t = like->terms[0];
      Rational code = (e.beta - like->beta) / t.alpha;
      if (code.get_den() == 1)
        codes[c] = {{{t.source, t.alpha, code.get_num(), code.get_num()}}, like->beta, {}};
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

  std::optional<Integer> zero = zeroOf(*channel, padded);
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
                        &(*channel)[o / outPerGroup * perGroup + i], static_cast<uint32_t>(k),
                        o / outPerGroup * perGroup + i});
    if (llvm::all_of(taps, [](const Tap &t) { return t.in->isConstant(); })) // a sum all the same
      for (Tap &t : taps)
        if (!codes[t.channel].terms.empty())
          t.in = &codes[t.channel];
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
  auto x = integersOf(input);
  if (!x)
    return x;
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
  auto depthOf = [&](int64_t flat) { return flat / columns % depth; };
  std::vector<Element> rows;
  for (int64_t k = 0; k < depth; ++k) {
    std::vector<uint32_t> entries;
    for (size_t i = 0; i < (*x)->index.size(); ++i)
      if (depthOf(static_cast<int64_t>(i)) == k)
        entries.push_back((*x)->index[i]);
    auto e = joined(*x, entries);
    if (!e)
      break;
    rows.push_back(std::move(*e));
  }
  if (static_cast<int64_t>(rows.size()) < depth) {
    if (scalesChange(**x, columns, depth))
      *x = inOneUnit(*x, depthOf, /*offsets=*/false, /*padded=*/false).field;
    reads(*x, depthOf, {});
    return rowByRow(*x, *weights, to, columns,
                    [&](int64_t o, int64_t k) { return rhs ? k * outputs + o : o * depth + k; });
  }
  reads(*x, depthOf, rows);
  Field r;
  r.shape = to;
  for (int64_t o = 0; o < outputs; ++o) {
    std::vector<Tap> taps;
    for (int64_t k = 0; k < depth; ++k)
      taps.push_back({weights->values[rhs ? k * outputs + o : o * depth + k], &rows[k], 0, k});
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
