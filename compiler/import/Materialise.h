// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Float constants as attributes.
#pragma once
#include "compiler/import/Constant.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace dyadic::import_ {

mlir::DenseElementsAttr floats(mlir::MLIRContext *context, DimsRef shape, llvm::ArrayRef<float> values);
mlir::DenseElementsAttr floats(mlir::MLIRContext *context, const Parameter &p);
mlir::DenseElementsAttr floats(mlir::MLIRContext *context, const Constant &c);

} // namespace dyadic::import_
