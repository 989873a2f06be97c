// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the qint dialect's ops and attributes.
#include "dialects/qint/Qint.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/qint/QintDialect.cpp.inc"
#include "dialects/qint/QintEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/qint/QintAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/qint/Qint.cpp.inc"

void dyadic::qint::QintDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/qint/Qint.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/qint/QintAttrs.cpp.inc"
      >();
}

namespace dyadic::qint {

int64_t minCode(mlir::Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (element.isUnsignedInteger())
    return 0;
  return bits == 1 ? -1 : bits == 64 ? INT64_MIN : -(int64_t{1} << (bits - 1));
}

int64_t maxCode(mlir::Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (element.isUnsignedInteger())
    return bits >= 63 ? INT64_MAX : (int64_t{1} << bits) - 1;
  return bits == 1 ? 1 : bits == 64 ? INT64_MAX : (int64_t{1} << (bits - 1)) - 1;
}

mlir::OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : mlir::OpFoldResult();
}

} // namespace dyadic::qint
