// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a well-formed #qint.step is, whatever its proof.
#include "dialects/qint/StepArrays.h"

using namespace mlir;
namespace dyadic::qint {

LogicalResult StepAttr::verify(function_ref<InFlightDiagnostic()> error, int64_t channels, int64_t period,
                               int64_t terms, int64_t clampMin, int64_t clampMax, DenseI8ArrayAttr forms,
                               DenseI64ArrayAttr mult, DenseI64ArrayAttr bias, DenseI8ArrayAttr shift,
                               DenseI64ArrayAttr auxBegin, DenseI64ArrayAttr aux, DenseI64ArrayAttr rangeMin,
                               DenseI64ArrayAttr rangeMax) {
  if (channels < 1 || period < 1 || terms < 1 || clampMin > clampMax)
    return error() << "step needs positive channels, period and terms, and clamp_min <= clamp_max";
  if (forms.size() != channels || bias.size() != channels || shift.size() != channels)
    return error() << "step of " << channels << " channels has " << forms.size() << " forms, " << bias.size()
                   << " biases, " << shift.size() << " shifts";
  if (mult.size() != channels * terms || rangeMin.size() != channels * terms ||
      rangeMax.size() != channels * terms)
    return error() << "step needs channels x terms multipliers and ranges";
  if (aux.empty() ? !auxBegin.empty() : auxBegin.size() != channels + 1)
    return error() << "step's aux_begin must have channels + 1 entries when aux is not empty";
  if (!aux.empty() &&
      (auxBegin[0] != 0 || auxBegin[channels] != aux.size() || !llvm::is_sorted(auxBegin.asArrayRef())))
    return error() << "step's aux_begin must run from 0 to the size of aux, never back";
  for (int64_t c = 0; c < channels; ++c) {
    auto form = static_cast<StepForm>(forms[c]);
    if (forms[c] < 0 || form > StepForm::pieces)
      return error() << "channel " << c << " has unknown form " << int(forms[c]);
    if (shift[c] < 0 || shift[c] > 62)
      return error() << "channel " << c << " shifts by " << int(shift[c]) << ", outside 0..62";
    int64_t need = form == StepForm::twoSegment ? 4 : form >= StepForm::thresholds ? 1 : 0;
    int64_t have = aux.empty() ? 0 : auxBegin[c + 1] - auxBegin[c];
    if (have < need || (need == 0 && have != 0) || (form == StepForm::twoSegment && have != 4))
      return error() << "channel " << c << " has " << have << " auxiliary entries, its form needs "
                     << (form >= StepForm::thresholds ? "at least " : "") << need;
    if (terms != 1 && form >= StepForm::twoSegment && form != StepForm::wide)
      return error() << "channel " << c << " has a form that takes one term, found " << terms;
    if (form == StepForm::pieces &&
        !piecesOf(aux.asArrayRef().slice(auxBegin[c], auxBegin[c + 1] - auxBegin[c])))
      return error() << "channel " << c << " has pieces that are malformed";
    for (int64_t t = 0; t < terms; ++t)
      if (rangeMin[c * terms + t] > rangeMax[c * terms + t])
        return error() << "channel " << c << " has an empty range";
  }
  return success();
}

} // namespace dyadic::qint
