// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plat dialect: where every tensor lies and which kernel runs when.
#pragma once

#include "dialects/qint/Qint.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

#include <array>

#include "dialects/plat/PlatDialect.h.inc"
#include "dialects/plat/PlatEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/plat/PlatAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/plat/PlatTypes.h.inc"

namespace dyadic::plat {
class StepOp;
class StreamOp;

/// Bytes of `count` elements in memory: a bit stream up to 8 bits, containers of 2, 4 or 8 bytes above.
int64_t packedBytes(mlir::Type element, int64_t count);
inline int64_t packedBytes(mlir::RankedTensorType type) {
  return packedBytes(type.getElementType(), type.getNumElements());
}
/// Width of an element where it lies: `bits` up to 8, else 16, 32 or 64.
unsigned storedBits(mlir::Type element);

/// Bytes a value's storage must be aligned to: that of its container.
inline int64_t naturalAlign(mlir::Type element) {
  return storedBits(element) <= 8 ? 1 : storedBits(element) / 8;
}
} // namespace dyadic::plat

#define GET_OP_CLASSES
#include "dialects/plat/Plat.h.inc"

namespace dyadic::plat {
/// On a tap: no code is shown, because some may not fit int32_t; the key names the tensor all the same.
inline constexpr llvm::StringLiteral untappedAttrName = "untapped";

/// Bytes of a constant's memory image.
int64_t imageBytes(ConstantOp constant);

/// The buffer a view lies in; null for a constant view.
BufferOp bufferOf(mlir::Value view);

/// The network of a module, or null (exactly one is allowed).
NetworkOp networkOf(mlir::ModuleOp module);

/// Number of layers, the highest layer number.
int64_t layerCount(NetworkOp network);
} // namespace dyadic::plat
