// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linear ops by the signs of their weights, steps by the corners of what reaches them, movement twice.
#include "passes/check-levels/Reach.h"
#include "dialects/qint/StepArrays.h"
#include "dialects/qint/StepEvaluator.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
namespace dyadic {
namespace {

using qint::Ints;
using Found = std::optional<Bounds>;
using Operands = ArrayRef<const Bounds *>;

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

__int128 greatest(const Ints &x) {
  __int128 most = 0;
  for (int64_t v : x)
    most = std::max<__int128>(most, v < 0 ? -static_cast<__int128>(v) : v);
  return most;
}

/// Whether no sum of `depth` products, nor a difference from the zero point, leaves 62 bits.
bool sumsFit(const Bounds &x, __int128 zero, __int128 weight, __int128 depth) {
  __int128 value = std::max(greatest(x.lo), greatest(x.hi)) + (zero < 0 ? -zero : zero);
  return value < (__int128{1} << 62) && weight < (__int128{1} << 31) && depth < (__int128{1} << 31) &&
         value * weight < (__int128{1} << 62) / std::max<__int128>(depth, 1);
}

Ints sum(Ints a, const Ints &b) {
  for (size_t i = 0; i < a.size(); ++i)
    a[i] += b[i];
  return a;
}

/// A positive weight carries a least value to a least one, a negative weight a greatest.
template <typename Op> Found linear(Op op, Operands in, Ints (*define)(Op, const Ints &, const Ints &)) {
  const Bounds &x = *in[0], &w = *in[1];
  int64_t outputs = typeOf(op.getResult()).getShape().back(),
          depth = typeOf(op.getWeights()).getNumElements();
  if (w.lo != w.hi || outputs < 1 || !sumsFit(x, op.getInputZero(), greatest(w.lo), depth))
    return std::nullopt;
  Ints up = w.lo, down = w.lo;
  for (size_t i = 0; i < up.size(); ++i)
    (up[i] > 0 ? down[i] : up[i]) = 0;
  return Bounds{sum(define(op, x.lo, up), define(op, x.hi, down)),
                sum(define(op, x.hi, up), define(op, x.lo, down))};
}

/// For ops that never turn an increase into a decrease.
template <typename F> Found monotone(const Bounds &x, F define) { return Bounds{define(x.lo), define(x.hi)}; }

Found pooled(qint::PoolOp op, const Bounds &x) {
  int64_t window = op.getKernel()[0] * op.getKernel()[1];
  if (op.getKind() == qint::PoolKind::Sum && !sumsFit(x, op.getInputZero(), 1, window))
    return std::nullopt;
  return monotone(x, [&](const Ints &v) { return qint::pool(op, v); });
}

Found combined(qint::AffineOp op, Operands in) {
  size_t terms = in.size(), period = op.getPeriod(), channels = op.getChannels();
  Bounds r{Ints(in[0]->lo.size()), Ints(in[0]->lo.size())};
  for (size_t i = 0; i < r.lo.size(); ++i) {
    size_t c = i / period % channels;
    __int128 lo = op.getBias()[c], hi = lo;
    for (size_t t = 0; t < terms; ++t) {
      __int128 m = op.getMult()[c * terms + t], a = m * in[t]->lo[i], b = m * in[t]->hi[i];
      lo += std::min(a, b);
      hi += std::max(a, b);
    }
    if (lo < INT64_MIN || hi > INT64_MAX)
      return std::nullopt;
    r.lo[i] = static_cast<int64_t>(lo);
    r.hi[i] = static_cast<int64_t>(hi);
  }
  return r;
}

/// One channel of a step over a box of terms.
class StepChannel {
public:
  StepChannel(qint::StepAttr step, const qint::StepEvaluator &code, size_t channel)
      : step(step), code(code), channel(channel) {}

  /// The first term that may leave the range of the proof.
  std::optional<size_t> unproven(ArrayRef<int64_t> lo, ArrayRef<int64_t> hi) const {
    for (size_t t = 0; t < lo.size(); ++t)
      if (lo[t] < least(t) || hi[t] > most(t))
        return t;
    return std::nullopt;
  }
  int64_t least(size_t t) const { return step.getRangeMin()[at(t)]; }
  int64_t most(size_t t) const { return step.getRangeMax()[at(t)]; }

  /// Every form is monotone in each term but three: segments and pieces between their ends, a table anywhere.
  std::pair<int64_t, int64_t> codes(ArrayRef<int64_t> lo, ArrayRef<int64_t> hi) const {
    int64_t first = INT64_MAX, last = INT64_MIN;
    auto visit = [&](ArrayRef<int64_t> a) {
      int64_t y = code(static_cast<int64_t>(channel), a);
      first = std::min(first, y);
      last = std::max(last, y);
    };
    for (size_t corner = 0; corner < size_t{1} << lo.size(); ++corner) {
      SmallVector<int64_t> a;
      for (size_t t = 0; t < lo.size(); ++t)
        a.push_back(corner >> t & 1 ? hi[t] : lo[t]);
      visit(a);
    }
    auto form = static_cast<qint::StepForm>(step.getForms()[static_cast<int64_t>(channel)]);
    if (form == qint::StepForm::table)
      for (int64_t a = lo[0]; a < hi[0]; ++a)
        visit(a);
    for (int64_t start : starts(form))
      for (int64_t a : {start - 1, start})
        if (a > lo[0] && a < hi[0])
          visit(a);
    return {first, last};
  }

private:
  int64_t at(size_t t) const { return static_cast<int64_t>(channel * step.getTerms() + t); }
  /// Where the second and further stretches begin, on each of which the form is monotone.
  SmallVector<int64_t> starts(qint::StepForm form) const {
    ArrayRef<int64_t> aux = qint::auxOf(step, static_cast<int64_t>(channel));
    SmallVector<int64_t> all;
    if (form == qint::StepForm::twoSegment)
      all.push_back(aux[0]);
    if (form == qint::StepForm::pieces)
      for (const qint::StepPiece &piece : llvm::drop_begin(*qint::piecesOf(aux)))
        all.push_back(piece.start);
    return all;
  }

  qint::StepAttr step;
  const qint::StepEvaluator &code;
  size_t channel;
};

llvm::Expected<Found> stepped(qint::RescaleOp op, Operands in) {
  constexpr size_t mostTerms = 10;
  if (in.size() > mostTerms)
    return Found();
  qint::StepAttr step = op.getStep();
  llvm::Expected<qint::StepEvaluator> code = qint::StepEvaluator::make(step);
  if (!code)
    return code.takeError();
  bool bipolar = typeOf(op.getResult()).getElementType().isSignedInteger(1);
  size_t period = step.getPeriod(), channels = step.getChannels(), terms = in.size();
  // Neighbours in a channel mostly have the same bounds: what was found for the last one is kept.
  struct Known {
    SmallVector<int64_t> lo, hi;
    std::pair<int64_t, int64_t> codes;
  };
  std::vector<Known> known(channels);
  Bounds r{Ints(in[0]->lo.size()), Ints(in[0]->lo.size())};
  SmallVector<int64_t> lo(terms), hi(terms);
  for (size_t i = 0; i < r.lo.size(); ++i) {
    size_t c = i / period % channels;
    for (size_t t = 0; t < terms; ++t) {
      lo[t] = in[t]->lo[i];
      hi[t] = in[t]->hi[i];
    }
    Known &k = known[c];
    if (k.lo != lo || k.hi != hi) {
      StepChannel channel(step, *code, c);
      if (auto t = channel.unproven(lo, hi))
        return llvm::createStringError(
            llvm::formatv("is proven for term {0} of channel {1} over {2}..{3}, but {4}..{5} can reach it",
                          *t, c, channel.least(*t), channel.most(*t), lo[*t], hi[*t])
                .str());
      k = {lo, hi, channel.codes(lo, hi)};
    }
    r.lo[i] = bipolar ? 2 * k.codes.first - 1 : k.codes.first;
    r.hi[i] = bipolar ? 2 * k.codes.second - 1 : k.codes.second;
  }
  return r;
}

Found joined(qint::ConcatOp op, Operands in) {
  SmallVector<RankedTensorType> types;
  SmallVector<const Ints *> lo, hi;
  for (auto [v, bounds] : llvm::zip(op.getInputs(), in)) {
    types.push_back(typeOf(v));
    lo.push_back(&bounds->lo);
    hi.push_back(&bounds->hi);
  }
  auto axis = static_cast<unsigned>(op.getAxis());
  return Bounds{qint::concatenated(types, axis, lo), qint::concatenated(types, axis, hi)};
}

Found constant(qint::ConstantOp op) {
  Bounds r;
  for (const APInt &v : cast<DenseIntElementsAttr>(op.getValues()))
    r.lo.push_back(v.getSExtValue());
  r.hi = r.lo;
  return r;
}

} // namespace

llvm::Expected<std::optional<Bounds>> reach(Operation *op, Operands in) {
  if (llvm::is_contained(in, nullptr))
    return Found();
  auto moved = [&](auto define) -> Found { return monotone(*in[0], define); };
  auto shape = [&] { return typeOf(op->getOperand(0)).getShape(); };
  return TypeSwitch<Operation *, llvm::Expected<Found>>(op)
      .Case([](qint::ConstantOp o) { return constant(o); })
      .Case([&](qint::Conv2DOp o) { return linear(o, in, qint::conv2d); })
      .Case([&](qint::DepthwiseConv2DOp o) { return linear(o, in, qint::depthwise); })
      .Case([&](qint::MatMulOp o) { return linear(o, in, qint::matmul); })
      .Case([&](qint::Im2ColOp o) { return moved([&](const Ints &v) { return qint::im2col(o, v); }); })
      .Case([&](qint::PoolOp o) { return pooled(o, *in[0]); })
      .Case([&](qint::AffineOp o) { return combined(o, in); })
      .Case([&](qint::RescaleOp o) { return stepped(o, in); })
      .Case([&](qint::ReshapeOp) -> Found { return *in[0]; })
      .Case([&](qint::TransposeOp o) {
        return moved([&](const Ints &v) { return qint::transposed(shape(), o.getPerm(), v); });
      })
      .Case([&](qint::PadOp o) {
        return moved([&](const Ints &v) { return qint::padded(shape(), o.getPads(), o.getCode(), v); });
      })
      .Case<qint::SliceOp, qint::GatherOp>([&](auto o) {
        return moved([&](const Ints &v) { return qint::gathered(shape(), qint::mapsOf(o), v); });
      })
      .Case([&](qint::ConcatOp o) { return joined(o, in); })
      .Default([](Operation *) { return Found(); });
}

} // namespace dyadic
