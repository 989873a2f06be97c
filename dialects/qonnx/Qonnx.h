// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qonnx dialect: what the network means.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/qonnx/QonnxDialect.h.inc"
#include "dialects/qonnx/QonnxEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/qonnx/QonnxAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/qonnx/Qonnx.h.inc"
