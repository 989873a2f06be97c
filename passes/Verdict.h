// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What kind of refusal an error of a pass is: it travels in the diagnostic's metadata, and a program that
// shows the diagnostic may choose its exit code by it.
#pragma once
#include "mlir/IR/Diagnostics.h"
#include <optional>

namespace dyadic {

enum class Verdict { Rejected, Usage, DoesNotFit };

inline void setVerdict(mlir::InFlightDiagnostic &diagnostic, Verdict verdict) {
  if (mlir::Diagnostic *d = diagnostic.getUnderlyingDiagnostic())
    d->getMetadata().push_back(mlir::DiagnosticArgument(static_cast<int>(verdict)));
}

inline Verdict verdictOf(mlir::Diagnostic &diagnostic) {
  for (mlir::DiagnosticArgument &argument : diagnostic.getMetadata())
    if (argument.getKind() == mlir::DiagnosticArgument::DiagnosticArgumentKind::Integer)
      return static_cast<Verdict>(argument.getAsInteger());
  return Verdict::Rejected;
}

/// What a level of memory lacks, where that is why something does not fit.
struct Shortage {
  unsigned level = 0;
  int64_t bytes = 0;
};

/// Makes it an error of what does not fit.
inline void setShortage(mlir::InFlightDiagnostic &diagnostic, Shortage shortage) {
  setVerdict(diagnostic, Verdict::DoesNotFit);
  if (mlir::Diagnostic *d = diagnostic.getUnderlyingDiagnostic()) {
    d->getMetadata().push_back(mlir::DiagnosticArgument(static_cast<int>(shortage.level)));
    d->getMetadata().push_back(mlir::DiagnosticArgument(shortage.bytes));
  }
}

inline std::optional<Shortage> shortageOf(mlir::Diagnostic &diagnostic) {
  auto &said = diagnostic.getMetadata();
  if (said.size() != 3)
    return std::nullopt;
  return Shortage{static_cast<unsigned>(said[1].getAsInteger()), said[2].getAsInteger()};
}

} // namespace dyadic
