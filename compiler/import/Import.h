// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads an ONNX file and gives the network it means as a qonnx module.
#pragma once
#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"

namespace dyadic::import_ {

/// Imports the model at `path`. What is wrong with the model is reported, all of it, through the context's
/// diagnostic engine, located in a text listing of the graph; the error then only carries the exit code and a
/// count. A file that cannot be read or an option that names nothing is the error itself.
/// The listing is added to `listing` (as a buffer that its diagnostic handler finds by name) when given.
/// `partial`, when given, gets what could be imported of a rejected model, up to its quantisers: enough to
/// find what else is wrong with it, and nothing more.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
            llvm::SourceMgr *listing = nullptr, mlir::OwningOpRef<mlir::ModuleOp> *partial = nullptr);

/// The same for bytes in memory; external data is looked for beneath `folder` (empty: refused). `name` is the
/// file's name in the listing.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importBytes(mlir::MLIRContext &context, llvm::StringRef bytes, llvm::StringRef name, llvm::StringRef folder,
            const ImportOptions &options, llvm::SourceMgr *listing = nullptr,
            mlir::OwningOpRef<mlir::ModuleOp> *partial = nullptr);

/// Settles what codes the C takes for each graph input. An argument without `qonnx.lattice` whose every path
/// reaches one and the same quantiser through shape ops and element-wise ops with constants gets
/// `qonnx.input_quantiser` = that quantiser's key; an integer-typed input gets the lattice of its type; any
/// other is refused with the option to add.
mlir::LogicalResult checkInputs(mlir::ModuleOp module);
/// The same as far as it goes: floats can be evaluated without their codes.
void settleInputs(mlir::ModuleOp module);

} // namespace dyadic::import_
