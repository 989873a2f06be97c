// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qint dialect: which integer arithmetic computes the network.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace dyadic::qint {
/// The forms of a step, cheapest first; the numbers are those of runtime-c and of the certificate.
enum class StepForm : int8_t {
  constant = 0,
  dyadic32 = 1,
  dyadic64 = 2,
  halfEven = 3,
  twoSegment = 4,
  thresholds = 5,
  table = 6,
  wide = 7,
  pieces = 8
};

/// Attribute under which @main's arguments and results carry their #qint.port.
constexpr llvm::StringLiteral portAttrName = "qint.port";

/// ONNX shape of an ArgMax, on results whose port has that head.
constexpr llvm::StringLiteral headShapeAttrName = "qint.head_shape";

/// Attribute of @main's arguments: [smallest, largest] code the network was proven for; absent: all of the
/// type.
constexpr llvm::StringLiteral codeRangeAttrName = "qint.code_range";

/// Smallest and largest code of a storage type; si1 is bipolar. Widths up to 63 bits, and si64.
int64_t minCode(mlir::Type element);
int64_t maxCode(mlir::Type element);
} // namespace dyadic::qint

#include "dialects/qint/QintDialect.h.inc"
#include "dialects/qint/QintEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/qint/QintAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/qint/Qint.h.inc"
