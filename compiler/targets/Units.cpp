// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and prints amounts; a suffix that two people would read differently is refused.
#include "compiler/targets/Units.h"
#include "passes/model/Rational.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <charconv>
#include <cmath>

namespace dyadic::targets {
namespace {

using llvm::StringRef;
using llvm::Twine;
using model::Rational;

const char *allowed(Unit unit) {
  switch (unit) {
  case Unit::Bytes:
    return "bytes are needed, such as 64000, 64K or 64KiB (65,536), 8M or 8MiB";
  case Unit::Hertz:
    return "a frequency is needed, such as 100000000 or 100MHz";
  case Unit::Count:
    return "a whole number is needed";
  case Unit::Cycles:
    return "cycles are needed: a plain decimal or a fraction, such as 9, 1.22 or 1/8";
  case Unit::BytesPerCycle:
    return "bytes per cycle are needed: a plain decimal or a fraction, such as 8 or 1/1.22";
  }
  return "";
}

/// What the suffix multiplies by; 0: there is no such suffix.
int64_t factor(StringRef suffix, Unit unit) {
  if (suffix.empty())
    return 1;
  if (unit == Unit::Bytes)
    return llvm::StringSwitch<int64_t>(suffix)
        .Case("B", 1)
        .Cases({"K", "KiB"}, 1 << 10)
        .Cases({"M", "MiB"}, 1 << 20)
        .Cases({"G", "GiB"}, 1 << 30)
        .Default(0);
  if (unit == Unit::Hertz)
    return llvm::StringSwitch<int64_t>(suffix)
        .Case("Hz", 1)
        .Case("kHz", 1000)
        .Case("MHz", 1000000)
        .Case("GHz", 1000000000)
        .Default(0);
  return 0;
}

} // namespace

llvm::Expected<double> parseAmount(StringRef text, Unit unit) {
  auto refuse = [&](const Twine &why) { return failure(ExitCode::Usage, "'" + text + "': " + why); };
  size_t end = text.find_last_of("0123456789.");
  StringRef number = end == StringRef::npos ? StringRef() : text.take_front(end + 1);
  StringRef suffix = text.drop_front(number.size()).trim();
  int64_t times = factor(suffix, unit);
  if (unit == Unit::Bytes && suffix.ends_with_insensitive("b") && times == 0 && suffix.size() == 2)
    return refuse("is that 1000 or 1024? Write K or KiB for 1024, M or MiB for 1,048,576, or plain bytes");
  std::optional<Rational> value = model::parseRational(number.trim().str());
  if (!value || times == 0)
    return refuse(allowed(unit));
  Rational product = *value * Rational(times);
  if (product < 0)
    return refuse("it must not be negative");
  if (unit != Unit::Cycles && unit != Unit::BytesPerCycle && product.get_den() != 1)
    return refuse(allowed(unit));
  double nearest = model::nearestDouble(product);
  if (!std::isfinite(nearest))
    return refuse("it is too large");
  return nearest;
}

std::string exactText(double value) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<int64_t>(value));
  return std::string(buffer, error == std::errc() ? end : buffer);
}

std::string shownAmount(double value, Unit unit) {
  std::string text;
  if (value == std::floor(value)) {
    text = exactText(value);
    for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
      text.insert(static_cast<size_t>(at), ",");
  } else {
    char buffer[32];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 4);
    text.assign(buffer, error == std::errc() ? end : buffer);
  }
  if (unit != Unit::Count)
    text += " " + (text == "1" && unit == Unit::Cycles ? "cycle" : unitName(unit)).str();
  return text;
}

} // namespace dyadic::targets
