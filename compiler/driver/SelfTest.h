// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --self-test: codes of samples and of what they must give, kept in the module as `qonnx.self_test` until the
// C is written.
#pragma once
#include "codegen/Emit.h"
#include "compiler/driver/Load.h"

namespace dyadic {

/// Reads the samples that `test` names and keeps their codes. A last run that is not full repeats its last
/// sample.
llvm::Error keepSelfTest(const LoadedModel &model, const SelfTest &test);

/// At level qint: what the kept inputs give, in integers. Does nothing where none are kept or all is known.
llvm::Error expectSelfTest(const LoadedModel &model);

/// What was kept, for the C.
std::optional<codegen::SelfTest> selfTestOf(mlir::ModuleOp module);

} // namespace dyadic
