// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step as a function, computed by the runtime's C itself.
#pragma once

#include "dialects/qint/Qint.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace dyadic::qint {

class StepEvaluator {
public:
  static llvm::Expected<StepEvaluator> make(StepAttr step);
  StepEvaluator(StepEvaluator &&) noexcept;
  ~StepEvaluator();

  /// The code, of a bipolar step the bit, that `channel` gives for one integer per term.
  int64_t operator()(int64_t channel, llvm::ArrayRef<int64_t> terms) const;

private:
  struct Owned;
  explicit StepEvaluator(std::unique_ptr<Owned> owned);
  std::unique_ptr<Owned> owned;
};

} // namespace dyadic::qint
