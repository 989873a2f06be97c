// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in integers that are parts of one activation: how far past a bend, and whether past it.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

class PartFaults : public ::testing::Test {
protected:
  void open(const std::string &name) {
    c = certify(DYADIC_SOURCE "/test/fuzz/kept/" + name + ".onnx", {});
    ASSERT_FALSE(c.text.empty()) << c.problem;
    honest = llvm::cantFail(readClaims(c.text));
    EXPECT_TRUE(holds(honest)) << name;
  }
  bool holds(const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults.empty(); }
  template <typename Plant> void expectFound(const std::string &what, Plant plant) {
    Claims claims = honest;
    plant(claims);
    EXPECT_FALSE(holds(claims)) << what;
  }
  /// Every channel's numbers.
  template <typename Plant> void expectFound(const std::string &what, size_t r, Plant plant) {
    for (size_t k = 0; k < honest.rescales[r].channels.size(); ++k)
      expectFound(what + " of channel " + std::to_string(k),
                  [&](Claims &claims) { plant(claims.rescales[r].channels[k]); });
  }
  static void widen(std::pair<Integer, Integer> &range, const Integer &times) {
    const Integer most = times * std::max(Integer(abs(range.first)), Integer(abs(range.second)));
    range = {-most, most};
  }

  Certified c;
  Claims honest;
};

/// Integers past one bend, and whether past it, beside the integers themselves.
TEST_F(PartFaults, AreFoundInWhatLiesPastABend) {
  open("unrounded_leaky_skip");
  ASSERT_EQ(honest.rescales[0].channels[0].form, Form::TwoSegment);
  ASSERT_EQ(honest.rescales[1].channels[0].form, Form::Thresholds);
  for (int by : {-1, 1}) {
    expectFound("the bend", 0, [&](ChannelClaim &f) { f.numbers[0] += 2 * by; });
    for (size_t t : {1, 2})
      expectFound("the line", 0, [&](ChannelClaim &f) { f.numbers[t] += by; });
    expectFound("what lies before", 0, [&](ChannelClaim &f) { f.m[0] += by; });
    expectFound("what is added before", 0, [&](ChannelClaim &f) { f.b += by; });
    expectFound("where it is past", 1, [&](ChannelClaim &f) { f.numbers[1] += by; });
  }
  // The integers themselves in place of others that are read beside them.
  for (size_t t : {1, 2, 3})
    expectFound("the integer in place of term " + std::to_string(t), [&](Claims &claims) {
      RescaleClaim same = claims.rescales[0];
      for (ChannelClaim &f : same.channels)
        f = {Form::Dyadic64, f.range, {1}, 0, 0, {}};
      AccumulatorClaim &a = claims.rescales[2].accumulators[t];
      a = {};
      a.sources.emplace_back();
      a.sources[0].codes = true;
      a.sources[0].name = same.quantiser;
      a.sources[0].rescale = static_cast<int64_t>(claims.rescales.size());
      for (ChannelClaim &reads : claims.rescales[2].channels)
        reads.range[t] = reads.range[0];
      claims.rescales.push_back(std::move(same));
    });
  // Far from the bend, where neither end of a stretch tells.
  expectFound("a clamp", [](Claims &claims) { claims.rescales[0].clampMax = 100000; });
  expectFound("another step", [](Claims &claims) {
    claims.rescales[1].clampMax = 2;
    for (ChannelClaim &f : claims.rescales[1].channels)
      f.numbers.emplace_back(100000);
  });
}

/// An integer of a sum of several where that sum is past its bend: one of the rescale's two terms tells.
TEST_F(PartFaults, AreFoundInWhatASumGates) {
  open("unrounded_leaky_of_sum");
  const size_t gated = 1, reader = 3, term = 2; // the reader's term that is gated
  ASSERT_EQ(honest.rescales[gated].accumulators.size(), 2U);
  ASSERT_EQ(honest.rescales[reader].accumulators[term].sources[0].rescale, static_cast<int64_t>(gated));
  for (int by : {-1, 1}) {
    expectFound("m of the integer", gated, [&](ChannelClaim &f) { f.m[0] += by; });
    expectFound("m of the gate", gated, [&](ChannelClaim &f) { f.m[1] += by; });
    expectFound("b", gated, [&](ChannelClaim &f) { f.b += by; });
  }
  expectFound("a clamp", [](Claims &claims) { claims.rescales[gated].clampMin = -1; });
  expectFound("a cut range", [](Claims &claims) { ++claims.rescales[gated].channels[0].range[1].first; });
  auto tellsAnother = [&](auto change) {
    return [&, change](Claims &claims) {
      RescaleClaim teller = claims.rescales[0];
      for (ChannelClaim &f : teller.channels)
        change(f);
      claims.rescales[gated].accumulators[1].sources[0].rescale =
          static_cast<int64_t>(claims.rescales.size());
      claims.rescales.push_back(std::move(teller));
    };
  };
  EXPECT_TRUE([&] {
    Claims claims = honest;
    tellsAnother([](ChannelClaim &) {})(claims);
    return holds(claims);
  }()) << "a copy of what tells";
  // B of sum A a + B, whose numbers have as many limbs as the first says.
  expectFound("a gate that opens elsewhere", tellsAnother([](ChannelClaim &f) {
                const size_t third = 2 + 2 * f.numbers[0].get_ui() + 2;
                f.numbers[third] += f.numbers[third] < Integer(1) << 31 ? Integer(2 * f.numbers[4])
                                                                        : Integer(-2 * f.numbers[4]);
              }));
  // As far as the integer past the bend, yet not 0 before it.
  expectFound("what a shut gate lets pass", [&](Claims &claims) {
    RescaleClaim &r = claims.rescales[gated];
    ChannelClaim &f = r.channels[0];
    const Integer open = f.m[1] + f.b, most = r.clampMax;
    f.m[1] = open;
    f.b = 0;
    r.clampMin = -most;
    for (ChannelClaim &reads : claims.rescales[reader].channels)
      widen(reads.range[term], 1);
  });
}

/// Sums of the parts of several channels.
TEST_F(PartFaults, AreFoundInTheChannelsOfASum) {
  open("certificate_parts_of_channels");
  const size_t run = 0, gate = 1, reader = 2;
  for (size_t t : {0, 1})
    ASSERT_EQ(honest.rescales[reader].accumulators[t].sources[0].channels.size(), 2U);
  auto channelsOf = [](Claims &claims, size_t t) -> Items & {
    return claims.rescales[reader].accumulators[t].sources[0].channels;
  };
  for (size_t t : {run, gate}) {
    const std::string of = " of term " + std::to_string(t);
    for (size_t k : {0, 1}) {
      expectFound("one channel twice" + of,
                  [&](Claims &claims) { channelsOf(claims, t)[k] = channelsOf(claims, t)[1 - k]; });
      expectFound("the other part as well" + of, [&](Claims &claims) {
        channelsOf(claims, t)[k].push_back(channelsOf(claims, 1 - t)[k][0]);
      });
      expectFound("a number as well" + of,
                  [&](Claims &claims) { channelsOf(claims, t)[k].push_back({-1, 0, {}}); });
    }
    expectFound("the other part" + of,
                [&](Claims &claims) { channelsOf(claims, t) = channelsOf(claims, 1 - t); });
  }
  for (size_t k : {0, 1})
    expectFound("one channel greater by one", [&](Claims &claims) {
      ChannelClaim &f = claims.rescales[run].channels[k];
      f.b += 1;
      f.numbers[2] += 1;
      for (ChannelClaim &reads : claims.rescales[reader].channels)
        widen(reads.range[run], 2);
    });
  for (size_t k : {0, 1})
    expectFound("one channel twice as large", [&](Claims &claims) {
      ChannelClaim &f = claims.rescales[run].channels[k];
      f.numbers[1] *= 2;
      f.numbers[2] *= 2;
      claims.rescales[run].clampMax *= 2;
      for (ChannelClaim &reads : claims.rescales[reader].channels)
        widen(reads.range[run], 2);
    });
}

} // namespace
} // namespace dyadic::certificate::test
