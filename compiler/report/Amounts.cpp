// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Durations, groups of digits, names.
#include "compiler/report/Amounts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <array>
#include <cmath>
#include <cstdio>

namespace dyadic::report {

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

llvm::Expected<model::Rational> parseDuration(llvm::StringRef text) {
  size_t end = text.find_last_of("0123456789.");
  llvm::StringRef number = end == llvm::StringRef::npos ? llvm::StringRef() : text.take_front(end + 1);
  int64_t perSecond = llvm::StringSwitch<int64_t>(text.drop_front(number.size()).trim())
                          .Case("s", 1)
                          .Case("ms", 1000)
                          .Case("us", 1000000)
                          .Case("ns", 1000000000)
                          .Default(0);
  std::optional<model::Rational> value = model::parseRational(number.trim().str());
  if (!value || perSecond == 0 || *value <= 0)
    return failure(ExitCode::Usage,
                   "'" + text + "': a duration with its unit is needed, such as 30ms, 500us or 1.5s");
  model::Rational seconds = *value / model::Rational(perSecond);
  if (!std::isfinite(model::nearestDouble(seconds))) // JSON has no infinity
    return failure(ExitCode::Usage, "'" + text + "': it is too long");
  return seconds;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer{};
  int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return {buffer.data(), static_cast<size_t>(std::clamp(length, 0, 63))};
}

std::string shownDuration(double seconds) {
  struct Scale {
    double perSecond;
    const char *unit;
  };
  for (Scale scale : {Scale{1, " s"}, Scale{1e3, " ms"}, Scale{1e6, " us"}, Scale{1e9, " ns"}}) {
    double value = seconds * scale.perSecond;
    if (value < 0.9995 && scale.perSecond < 1e9)
      continue;
    return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + scale.unit;
  }
  return "0 s";
}

std::string shownShare(double share) { return fixed(100 * share, 1) + " %"; }

std::string shownName(llvm::StringRef name, size_t most) {
  std::string text = name.size() > most ? "..." : "";
  for (char c : name.take_back(name.size() > most ? most - 3 : most))
    text += llvm::isPrint(c) ? c : '?';
  return text;
}

} // namespace dyadic::report
