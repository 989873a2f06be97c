// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass lower-to-qint.
#include "passes/Passes.h"
#include "passes/lower-to-qint/Lowering.h"

namespace dyadic {
#define GEN_PASS_DEF_LOWERTOQINT
#include "passes/Passes.h.inc"

namespace {
struct LowerToQint : impl::LowerToQintBase<LowerToQint> {
  void runOnOperation() override {
    if (mlir::failed(lower::Lowering(getOperation()).run()))
      signalPassFailure();
  }
};
} // namespace
} // namespace dyadic
