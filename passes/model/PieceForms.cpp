// A form for each stretch of accumulators, where no single one holds on all of them: activations that bend,
// behind scales that reach exact ties or need more than 64 bits.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Requantise.h"
#include <algorithm>

namespace dyadic::model {

/// More stretches than any activation has; what has more is a list of thresholds.
static constexpr size_t mostPieces = 16;

static std::optional<Form> lineOrConstant(const StepFunction &f, Clamp clamp) {
  if (f.constant()) {
    Form form;
    form.b = f.first();
    return form;
  }
  auto form = dyadicForm(f, clamp);
  if (form)
    form->kind = FormKind::Dyadic64; // pieces are evaluated in 64 bits
  return form ? form : halfEvenForm(f, clamp);
}

std::optional<Form> piecesForm(const StepFunction &f, Clamp clamp, bool mayBeWide) {
  const auto &parts = f.pieces();
  if (parts.size() > mostPieces ||
      std::all_of(parts.begin(), parts.end(), [](const StepPiece &p) { return p.constant; }))
    return std::nullopt;
  Form result;
  result.kind = FormKind::Pieces;
  // What holds on a stretch holds on each part of it: taking the longest one first gives the fewest.
  for (size_t from = 0; from < parts.size();) {
    std::optional<Form> best;
    size_t end = from;
    auto extend = [&](auto formOf) {
      for (size_t to = end; to < parts.size(); ++to) { // from where others got to: only longer is better
        auto form = formOf(f.between(from, to), clamp);
        if (!form)
          break;
        best = std::move(form);
        end = to + 1;
      }
    };
    extend(lineOrConstant);
    if (mayBeWide)
      extend(wideForm);
    if (!best)
      return std::nullopt;
    result.pieces.push_back({parts[from].start, std::move(*best)});
    from = end;
  }
  return result.pieces.size() > 1 ? std::optional<Form>(std::move(result)) : std::nullopt;
}

} // namespace dyadic::model
