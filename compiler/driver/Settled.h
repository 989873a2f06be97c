// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options that a run has settled stand in the module as `qonnx.options`, so that a module written by
// --stop-after goes on to the very bytes that one run would have given. Later runs may leave them out or
// repeat them, not change them.
#pragma once
#include "compiler/driver/Load.h"
#include "compiler/targets/Targets.h"

namespace dyadic {

/// --input, --dim and --batch: written into a module that was just imported, compared with any other.
void settleImport(mlir::ModuleOp module, const ImportOptions &options);
llvm::Error compareImport(mlir::ModuleOp module, const ModelArguments &model);

/// --target, --set, --impl, --tile and --name: what is given is compared with what stands there and written;
/// what is not given is filled in. `target` is the machine that was given, null where none was.
llvm::Error settleCompile(const LoadedModel &model, CompileOptions &options, const Target *target);

/// What the manifest shows: no paths, no target and no name, which have places of their own.
llvm::json::Object settledOptions(mlir::ModuleOp module);

} // namespace dyadic
