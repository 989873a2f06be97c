// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Holds a certificate against the model it speaks of.
#pragma once
#include "compiler/certificate/Claim.h"
#include "compiler/certificate/Derive.h"
#include <set>

namespace dyadic::certificate {

/// One thing that is wrong.
struct Fault {
  std::string quantiser;
  int64_t channel = -1; ///< of the rescale; -1: none in particular
  std::string what;
  std::string accumulator, expected, claimed; ///< a counterexample, or empty
  std::string text() const;
};

struct Verdict {
  std::vector<Fault> faults;
  int64_t quantisers = 0, channels = 0; ///< looked at
  int64_t inputs = 0;                   ///< quantisers whose codes the C takes as its input
};

/// Derives the model's functions and compares them with what is claimed. An error means that the model is
/// beyond what can be derived, not that the claims are wrong.
llvm::Expected<Verdict> check(const Claims &claims, mlir::ModuleOp module);
/// The two halves of it.
std::map<std::string, Removed> removedBy(const Claims &claims);
Verdict compare(const Claims &claims, const Derived &derived);

/// The tensors in which the codes of a quantiser lie: its own rescales', or another quantiser's or a graph
/// input's where it changes nothing, or several that were joined.
class Names {
public:
  explicit Names(const Claims &claims);
  const std::set<std::string> &of(const std::string &name) const;

private:
  mutable std::map<std::string, std::set<std::string>> origins;
};

class Matcher;
/// Compares one derived function with what a rescale makes of an element; `mul`, `add`: from y to the code.
std::optional<Fault> compareFunction(const Matcher &matcher, const Quantised::Function &f,
                                     const RescaleClaim &rescale, int64_t element, const Integer &mul,
                                     const Integer &add);
/// The largest or least of several functions' codes: each place gives one of them, each is given, and what
/// the C takes of the places, and in front of their rescales, is the one that the model takes.
std::optional<Fault> compareChoices(const Matcher &matcher, const Quantised::Function &f,
                                    llvm::ArrayRef<std::pair<const RescaleClaim *, int64_t>> places,
                                    llvm::ArrayRef<Integer> written, Take take, const Integer &mul,
                                    const Integer &add);

} // namespace dyadic::certificate
