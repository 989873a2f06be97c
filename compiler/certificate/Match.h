// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which claimed accumulator holds which derived integer, and what it reaches.
#pragma once
#include "compiler/certificate/Check.h"

namespace dyadic::certificate {

/// A claimed integer is a = mul * A + add of the derived integer A.
struct Match {
  const Term *term = nullptr;
  Integer mul = 1, add;
};

/// The claimed terms of one channel, matched, and what they reach.
struct Terms {
  std::vector<Match> match;
  std::vector<Integer> lo, hi, mul, add;
};

Fault fault(const llvm::Twine &what);

/// Finds a derived integer for every accumulator, and an accumulator for every integer.
std::optional<Fault> matchTerms(const Claims &claims, const Derived &derived, const Names &names,
                                const Element &element, const RescaleClaim &rescale, size_t c, size_t output,
                                Terms &r);
/// Ranges as claimed hold what is reachable, and its C stays in its words there.
std::optional<Fault> checkReach(const RescaleClaim &rescale, const ChannelClaim &claim,
                                const std::vector<Integer> &lo, const std::vector<Integer> &hi);
/// Where the two differ at an integer that occurs.
std::optional<Integer> differenceOver(const Term &t, const Pieces &f, const Pieces &g);

} // namespace dyadic::certificate
