// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lines or bars over categories as an SVG file that needs nothing else.
#pragma once
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace dyadic::report {

struct Series {
  std::string name;                          ///< in the legend; empty: none
  std::vector<std::optional<double>> values; ///< one for each category; none: a gap
  std::vector<std::string> hints;            ///< shown over a mark beside its value; may be empty
};

struct Chart {
  std::string title, xTitle, yTitle;
  std::string gap; ///< what a value that is not there means; empty: nothing is said
  std::vector<std::string> categories;
  std::vector<Series> series;
  bool bars = false;        ///< else lines with marks
  bool logarithmic = false; ///< decades; values below 1 lie on the axis
};

/// The same text for the same chart everywhere.
std::string draw(const Chart &chart);

/// For text and attributes of XML; what XML cannot hold becomes '?'.
std::string xmlText(llvm::StringRef text);

} // namespace dyadic::report
