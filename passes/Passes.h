// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constructors of all passes, and registerDyadicPasses() for command lines.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

namespace dyadic {
#define GEN_PASS_DECL
#include "passes/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace dyadic
