// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which rescale's element each element of a quantiser's ONNX tensor is, as a certificate tells.
#pragma once
#include "compiler/certificate/Match.h"
#include <tuple>

namespace dyadic::certificate {

struct Place {
  enum class Kind { Made, Input, Filled, Removed } kind = Kind::Made;
  int64_t rescale = -1;
  Integer element; ///< of the rescale; the integer that fills; the ONNX index of a removed channel
  const std::string *input = nullptr;
  Take take = Take::Largest; ///< of several places
  bool operator==(const Place &) const = default;
  bool operator<(const Place &o) const {
    return std::tie(kind, rescale, element, input, take) <
           std::tie(o.kind, o.rescale, o.element, o.input, o.take);
  }
};

/// After how many elements a rescale is the same function of the same integers.
class Cycles {
public:
  Cycles(const Claims &claims, const Matcher &matcher) : claims(claims), matcher(matcher) {}
  int64_t of(int64_t rescale) const;

  const Claims &claims;

private:
  const Matcher &matcher;
  mutable std::map<int64_t, int64_t> known;
};

class Layout {
public:
  /// `problem` tells why the layout makes no sense.
  Layout(const CodesClaim &codes, const Cycles &cycles, std::string &problem);
  /// Most elements are one place; the largest or least of several is at all of them.
  std::vector<Place> of(int64_t flat) const;

private:
  int64_t extentOf(const Origin &o, size_t axis) const;
  const CodesClaim &codes;
  const Cycles &cycles;
  std::vector<int64_t> physical, stride, position;
};

} // namespace dyadic::certificate
