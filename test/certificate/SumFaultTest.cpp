// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in sums that other sums read, and in sums of the digits of what parts of an activation meet.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

class SumFaults : public ::testing::Test {
protected:
  void open(const std::string &name) {
    c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_" + name + ".onnx", {});
    ASSERT_FALSE(c.text.empty()) << c.problem;
    honest = llvm::cantFail(readClaims(c.text));
    for (const Fault &f : faultsOf(honest))
      ADD_FAILURE() << name << ": " << f.text();
  }
  std::vector<Fault> faultsOf(const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults; }
  template <typename Plant> void expectFound(const std::string &what, Plant plant) {
    Claims claims = honest;
    plant(claims);
    EXPECT_FALSE(faultsOf(claims).empty()) << what;
  }
  /// As wide as need be, so that no range tells.
  static void widen(RescaleClaim &r) {
    for (ChannelClaim &f : r.channels)
      for (auto &range : f.range)
        range = {8 * range.first - 8, 8 * range.second + 8};
  }

  Certified c;
  Claims honest;
};

/// A mean over what a convolution sums of means: the convolution's weights count as much as the mean's.
TEST_F(SumFaults, AreFoundInSumsThatSumsRead) {
  open("sums_of_sums");
  ASSERT_EQ(honest.rescales.size(), 3U);
  ASSERT_TRUE(honest.rescales[1].sum && honest.rescales[2].sum);
  auto outer = [](Claims &x) -> SourceClaim & { return x.rescales[0].accumulators[0].sources[0]; };
  auto inner = [](Claims &x) -> SourceClaim & { return x.rescales[2].accumulators[0].sources[0]; };
  auto innermost = [](Claims &x) -> SourceClaim & { return x.rescales[1].accumulators[0].sources[0]; };
  ASSERT_EQ(outer(honest).made, std::vector<int64_t>{2});
  ASSERT_EQ(inner(honest).made, std::vector<int64_t>{1});
  const size_t outputs = inner(honest).weights.size();
  ASSERT_EQ(outputs, 2U);
  for (size_t o = 0; o < outputs; ++o) {
    const std::string of = " of output " + std::to_string(o);
    for (int by : {-1, 1}) {
      expectFound("|w|" + of, [&](Claims &x) { inner(x).weights[o].first += by; });
      expectFound("w" + of, [&](Claims &x) { inner(x).weights[o].second += by; });
    }
    expectFound("the sign" + of, [&](Claims &x) {
      inner(x).weights[o].second = -inner(x).weights[o].second;
      widen(x.rescales[0]);
    });
    expectFound("twice the weights" + of, [&](Claims &x) {
      inner(x).weights[o].first *= 2;
      inner(x).weights[o].second *= 2;
      widen(x.rescales[0]);
    });
    expectFound("another output" + of, [&](Claims &x) {
      outer(x).channels[o][0].element = 1 - outer(x).channels[o][0].element;
      widen(x.rescales[0]);
    });
    expectFound("codes in place of the sum" + of, [&](Claims &x) { outer(x).channels[o][0] = {-1, 0, {}}; });
  }
  expectFound("nothing is told of it", [&](Claims &x) {
    outer(x).channels.clear();
    outer(x).made.clear();
  });
  expectFound("another node", [&](Claims &x) { inner(x).name += "?"; });
  expectFound("another node's means", [&](Claims &x) { innermost(x).name += "?"; });
  expectFound("means of nothing", [&](Claims &x) { innermost(x).reads.clear(); });
  expectFound("a narrow word", [&](Claims &x) { inner(x).bits = 8; });
  for (int by : {-1, 1})
    expectFound("another zero", [&](Claims &x) {
      inner(x).zero += by;
      widen(x.rescales[0]);
    });
}

/// What lies past a bend, and whether past it, by weights of which a sum takes one digit.
TEST_F(SumFaults, AreFoundInDigitsOfParts) {
  open("digits_of_parts");
  const size_t reader = 2;
  ASSERT_EQ(honest.rescales[reader].accumulators.size(), 3U);
  auto source = [](Claims &x, size_t t) -> SourceClaim & {
    return x.rescales[reader].accumulators[t].sources[0];
  };
  ASSERT_EQ(source(honest, 1).channels, source(honest, 2).channels); // two digits
  for (size_t t : {0, 1, 2}) {
    const std::string of = " of term " + std::to_string(t);
    for (size_t o : {0, 1})
      for (int by : {-1, 1}) {
        expectFound("|w|" + of, [&](Claims &x) { source(x, t).weights[o].first += by; });
        expectFound("w" + of, [&](Claims &x) { source(x, t).weights[o].second += by; });
        expectFound("both" + of, [&](Claims &x) {
          source(x, t).weights[o].first += by;
          source(x, t).weights[o].second -= by;
          widen(x.rescales[reader]);
        });
      }
    expectFound("a zero" + of, [&](Claims &x) { source(x, t).zero += 1; });
    expectFound("a narrow word" + of, [&](Claims &x) { source(x, t).bits = 8; });
    for (ChannelClaim &f : honest.rescales[reader].channels)
      expectFound("a cut range" + of, [&](Claims &x) {
        auto &range = x.rescales[reader].channels[&f - honest.rescales[reader].channels.data()].range[t];
        ++range.first;
      });
    for (size_t channel : {0, 1})
      expectFound("codes as well" + of,
                  [&](Claims &x) { source(x, t).channels[channel].push_back({-1, 0, {}}); });
    expectFound("the other part" + of, [&](Claims &x) {
      source(x, t).channels = source(x, t == 0 ? 1 : 0).channels;
      widen(x.rescales[reader]);
    });
  }
  expectFound("one digit for the other", [&](Claims &x) {
    std::swap(source(x, 1), source(x, 2));
    widen(x.rescales[reader]);
  });
  expectFound("one digit twice", [&](Claims &x) {
    source(x, 2) = source(x, 1);
    widen(x.rescales[reader]);
  });
}

} // namespace
} // namespace dyadic::certificate::test
