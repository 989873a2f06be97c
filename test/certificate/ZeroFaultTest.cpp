// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Another zero point, made up for by the offset behind: right wherever a window lies inside, wrong at
// borders.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

/// Each sum reads codes less a zero greater by one, and each form adds what is missing then.
Claims withZeroMadeUpFor(Claims claims) {
  for (RescaleClaim &r : claims.rescales) {
    SourceClaim &s = r.accumulators[0].sources[0];
    bool lines =
        r.accumulators.size() == 1 && !s.codes && s.weights.size() == r.channels.size() && r.period == 1;
    for (const ChannelClaim &c : r.channels)
      lines &= c.form == Form::Dyadic32 || c.form == Form::Dyadic64;
    if (!lines)
      continue;
    s.zero += 1;
    for (size_t k = 0; k < r.channels.size(); ++k) {
      ChannelClaim &c = r.channels[k];
      c.form = Form::Dyadic64;
      c.b += c.m[0] * s.weights[k].second;
      c.range[0].first -= abs(s.weights[k].second);
      c.range[0].second += abs(s.weights[k].second);
    }
  }
  return claims;
}

bool holds(const std::string &name, size_t &changed) {
  Certified c = certify(std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx", {});
  EXPECT_FALSE(c.text.empty()) << name << ": " << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  EXPECT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty()) << name;
  Claims claims = withZeroMadeUpFor(honest);
  for (size_t r = 0; r < claims.rescales.size(); ++r)
    changed += claims.rescales[r].channels[0].b != honest.rescales[r].channels[0].b;
  return llvm::cantFail(check(claims, *c.model)).faults.empty();
}

TEST(PlantedFaults, AreFoundInZerosThatOnlyPaddingReads) {
  size_t padded = 0, inside = 0;
  EXPECT_FALSE(holds("conv_3x3", padded));
  EXPECT_TRUE(holds("conv_1x1", inside)); // the same function
  EXPECT_GE(padded, 1U);
  EXPECT_GE(inside, 1U);
}

} // namespace
} // namespace dyadic::certificate::test
