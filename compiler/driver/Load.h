// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MODEL on the command line: an ONNX file, or a module of any level that --stop-after wrote.
#pragma once
#include "compiler/Pipeline.h"
#include "compiler/driver/Commands.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace dyadic {

struct LoadedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Level level = Level::Qonnx; // Qonnx, Qint or Plat
};

/// `partial`, when given, gets what there is of a rejected ONNX model.
llvm::Expected<LoadedModel> loadModel(const ModelArguments &model, Session &session,
                                      mlir::OwningOpRef<mlir::ModuleOp> *partial = nullptr);

/// Goes down to `to`; each pass is a phase.
llvm::Error lowerModel(LoadedModel &model, Level to, const PipelineOptions &options, Session &session);

} // namespace dyadic
