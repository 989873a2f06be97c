// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps of fewer channels, and of accumulators that lost a constant.
#include "passes/remove-constant-channels/Plan.h"

using namespace mlir;
namespace dyadic::constant_channels {
namespace {

/// A step taken apart, to be put together again.
struct Parts {
  qint::StepAttr from;
  SmallVector<int8_t> forms, shift;
  SmallVector<int64_t> mult, bias, auxBegin, aux, low, high;

  explicit Parts(qint::StepAttr s) : from(s) {}
  void append(int64_t c) {
    int64_t t = from.getTerms();
    forms.push_back(from.getForms()[c]);
    shift.push_back(from.getShift()[c]);
    bias.push_back(from.getBias()[c]);
    for (int64_t k = c * t; k < (c + 1) * t; ++k) {
      mult.push_back(from.getMult()[k]);
      low.push_back(from.getRangeMin()[k]);
      high.push_back(from.getRangeMax()[k]);
    }
    auxBegin.push_back(static_cast<int64_t>(aux.size()));
    if (!from.getAux().empty())
      aux.append(from.getAux().asArrayRef().begin() + from.getAuxBegin()[c],
                 from.getAux().asArrayRef().begin() + from.getAuxBegin()[c + 1]);
  }
  qint::StepAttr build() {
    MLIRContext *ctx = from.getContext();
    auxBegin.push_back(static_cast<int64_t>(aux.size()));
    if (aux.empty())
      auxBegin.clear();
    auto ints = [&](ArrayRef<int64_t> v) { return DenseI64ArrayAttr::get(ctx, v); };
    return qint::StepAttr::get(ctx, static_cast<int64_t>(forms.size()), from.getPeriod(), from.getTerms(),
                               from.getClampMin(), from.getClampMax(), DenseI8ArrayAttr::get(ctx, forms),
                               ints(mult), ints(bias), DenseI8ArrayAttr::get(ctx, shift), ints(auxBegin),
                               ints(aux), ints(low), ints(high));
  }
};

bool fits32(int64_t v) { return v > INT32_MIN && v <= INT32_MAX; }

} // namespace

qint::StepAttr select(qint::StepAttr step, ArrayRef<int64_t> keep) {
  Parts p(step);
  for (int64_t c : keep)
    p.append(c);
  return p.build();
}

qint::StepAttr shift(qint::StepAttr step, ArrayRef<int64_t> delta) {
  Parts p(step);
  for (int64_t c = 0; c < step.getChannels(); ++c)
    p.append(c);
  for (size_t c = 0; c < delta.size(); ++c) {
    size_t begin = p.aux.empty() ? 0 : p.auxBegin[c],
           end = c + 1 < p.auxBegin.size() && !p.aux.empty() ? p.auxBegin[c + 1] : p.aux.size();
    auto aux = MutableArrayRef<int64_t>(p.aux).slice(begin, end - begin);
    p.low[c] -= delta[c];
    p.high[c] -= delta[c];
    switch (static_cast<qint::StepForm>(p.forms[c])) {
    case qint::StepForm::dyadic32:
      p.bias[c] += p.mult[c] * delta[c];
      // The product alone may now leave 32 bits although the sum does not.
      if (!fits32(p.bias[c]) || !fits32(p.mult[c] * p.low[c]) || !fits32(p.mult[c] * p.high[c]))
        p.forms[c] = static_cast<int8_t>(qint::StepForm::dyadic64);
      break;
    case qint::StepForm::dyadic64:
    case qint::StepForm::halfEven:
      p.bias[c] += p.mult[c] * delta[c];
      break;
    case qint::StepForm::twoSegment:
      p.bias[c] += p.mult[c] * delta[c];
      aux[0] -= delta[c];
      aux[2] += aux[1] * delta[c];
      break;
    case qint::StepForm::thresholds:
      for (int64_t &t : aux.drop_front(1))
        t -= delta[c];
      break;
    case qint::StepForm::pieces: // form, m, b, n and the next one's start; none is wide: see foldable()
      for (size_t i = 0; i < aux.size(); i += 5) {
        aux[i + 2] += aux[i + 1] * delta[c];
        if (i + 4 < aux.size())
          aux[i + 4] -= delta[c];
      }
      break;
    case qint::StepForm::table:
      aux[0] -= delta[c];
      break;
    case qint::StepForm::constant:
    case qint::StepForm::wide: // never asked for: see foldable()
      break;
    }
  }
  return p.build();
}

} // namespace dyadic::constant_channels
