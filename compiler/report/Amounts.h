// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers as people read and write them.
#pragma once
#include "compiler/Failure.h"
#include "passes/model/Rational.h"
#include <string>

namespace dyadic::report {

/// 1234567 as "1,234,567".
std::string grouped(int64_t number);

/// Seconds, exact: "30ms", "500us", "1.5s"; an error names what is allowed.
llvm::Expected<model::Rational> parseDuration(llvm::StringRef text);

/// Three digits and a unit: "12.3 ms", "500 us", "1.50 s".
std::string shownDuration(double seconds);

/// "12.3 %".
std::string shownShare(double share);

/// A fixed number of digits behind the point: the same text everywhere.
std::string fixed(double value, int digits);

/// Names come from the model: nothing in them may steer a terminal. Long ones keep their end, which tells
/// them apart.
std::string shownName(llvm::StringRef name, size_t most);

} // namespace dyadic::report
