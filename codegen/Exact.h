// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact fractions of ports as the floating literals of C.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"

#include <gmpxx.h>
#include <string>
#include <vector>

namespace dyadic::codegen {

/// "3", "-1/8"; canonical.
mpq_class parseFraction(llvm::StringRef text);
/// One fraction, or one per index of ONNX axis 1.
std::vector<mpq_class> parseFractions(mlir::ArrayAttr list);
/// Correctly rounded, ties to even.
double nearestDouble(const mpq_class &x);
float nearestFloat(const mpq_class &x);
/// C literals that read back as this value.
std::string floatLiteral(float x);
std::string doubleLiteral(double x);

} // namespace dyadic::codegen
