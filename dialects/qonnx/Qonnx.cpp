// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the qonnx dialect's ops and attributes.
#include "dialects/qonnx/Qonnx.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/qonnx/QonnxDialect.cpp.inc"
#include "dialects/qonnx/QonnxEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/qonnx/QonnxAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/qonnx/Qonnx.cpp.inc"

void dyadic::qonnx::QonnxDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/qonnx/Qonnx.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/qonnx/QonnxAttrs.cpp.inc"
      >();
}
