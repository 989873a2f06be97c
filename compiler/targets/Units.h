// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers with units, as descriptions and --set write them.
#pragma once
#include "compiler/targets/Fields.h"

namespace dyadic::targets {

/// An error says what was found and what is allowed. Bytes: 64000, 64K, 64KiB (65,536), 8M, 8MiB; hertz:
/// 100000000, 100MHz; cycles and rates: decimals or fractions.
llvm::Expected<double> parseAmount(llvm::StringRef text, Unit unit);

/// "262144", "0.5", "1.2": the shortest text that reads back as the same number.
std::string exactText(double value);

/// "64,000 bytes", "9 cycles", "100 MHz".
std::string shownAmount(double value, Unit unit);

} // namespace dyadic::targets
