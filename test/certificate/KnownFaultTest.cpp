// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in what a certificate tells of channels of one value that are summed beside others.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

TEST(PlantedFaults, AreFoundInChannelsOfOneValue) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_known_beside_others.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  for (const Fault &f : llvm::cantFail(check(honest, *c.model)).faults)
    ADD_FAILURE() << f.text();
  int planted = 0;
  for (size_t r = 0; r < honest.rescales.size(); ++r) {
    auto known = [r](Claims &claims) -> SourceClaim & {
      return claims.rescales[r].accumulators[0].sources[0];
    };
    auto expectFound = [&](const std::string &what, auto plant) {
      Claims claims = honest;
      plant(known(claims));
      EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty()) << what << " of rescale " << r;
      ++planted;
    };
    const SourceClaim &source = honest.rescales[r].accumulators[0].sources[0];
    for (const auto &[channel, weights] : source.known) {
      const std::string where = " of channel " + std::to_string(channel);
      Claims without = honest;
      known(without).known.erase(channel);
      if (llvm::cantFail(check(without, *c.model))
              .faults.empty()) { // padding has not this value: like any other
        EXPECT_EQ(channel, 1) << "nothing" << where << " of rescale " << r;
        continue;
      }
      for (int by : {-1, 1})
        for (size_t o = 0; o < weights.size(); ++o) {
          expectFound("|w|" + where, [&](SourceClaim &s) { s.known[channel][o].first += by; });
          expectFound("w" + where, [&](SourceClaim &s) { s.known[channel][o].second += by; });
          if (channel == 1) // of 0.7: what it adds is another
            expectFound("w as a whole" + where, [&](SourceClaim &s) {
              s.known[channel][o].second += by * 1000000000;
              s.weights[o].second += by * 1000000000;
            });
        }
      expectFound("another" + where, [&](SourceClaim &s) { // which has many values
        s.known[2] = s.known[channel];
        s.known.erase(channel);
      });
    }
  }
  EXPECT_GE(planted, 30);
}

} // namespace
} // namespace dyadic::certificate::test
