// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What kind of refusal an error of a pass is: it travels in the diagnostic's metadata, and a program that
// shows the diagnostic may choose its exit code by it.
#pragma once
#include "mlir/IR/Diagnostics.h"

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

} // namespace dyadic
