// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts ranges and clamps of rescales that round nothing: what they read and make lies beyond.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

/// As wide as a word: a type's range, which nothing need reach.
bool isWord(const std::pair<Integer, Integer> &range) {
  return abs(range.first) >= Integer(1) << 30 || abs(range.second) >= Integer(1) << 30;
}

/// What a sum without rounding reaches over the claimed ranges.
std::pair<Integer, Integer> reachOf(const ChannelClaim &c) {
  Integer lo = c.b, hi = c.b;
  for (size_t t = 0; t < c.m.size(); ++t) {
    const Integer x = c.m[t] * c.range[t].first, y = c.m[t] * c.range[t].second;
    lo += std::min(x, y);
    hi += std::max(x, y);
  }
  return {lo, hi};
}

class Cutter {
public:
  explicit Cutter(const std::string &file)
      : name(file), c(certify(DYADIC_SOURCE "/test/fuzz/kept/" + file + ".onnx", {})) {
    if (!c.text.empty())
      honest = llvm::cantFail(readClaims(c.text));
  }
  void run() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    std::set<int64_t> read; // by others: an output that no quantiser rounds is not looked at
    for (const RescaleClaim &rescale : honest.rescales)
      for (const AccumulatorClaim &a : rescale.accumulators)
        for (const SourceClaim &s : a.sources) {
          read.insert(s.rescale);
          read.insert(s.made.begin(), s.made.end());
        }
    const std::set<int64_t> givers = honest.givers();
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (size_t k = 0; k < honest.rescales[r].channels.size();
           k += 1 + honest.rescales[r].channels.size() / 2)
        if (givers.count(static_cast<int64_t>(r)) == 0 && read.count(static_cast<int64_t>(r)) != 0)
          channel(r, k);
  }
  int planted = 0;

private:
  template <typename Plant> void expectFound(size_t r, size_t k, const char *what, Plant plant) {
    Claims claims = honest;
    plant(claims.rescales[r], claims.rescales[r].channels[k]);
    EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty())
        << name << ": " << what << " of rescale " << r << ", channel " << k;
    ++planted;
  }
  void channel(size_t r, size_t k) {
    const RescaleClaim &rescale = honest.rescales[r];
    const ChannelClaim &own = rescale.channels[k];
    for (const AccumulatorClaim &a : rescale.accumulators)
      if (!a.elements.empty()) // of several sources, of which the widest decides the range
        return;
    bool word = false;
    for (size_t t = 0; t < own.range.size(); ++t) {
      const auto [lo, hi] = own.range[t];
      word |= isWord(own.range[t]);
      if (isWord(own.range[t]) || hi - lo < 2 || own.form == Form::Constant)
        continue;
      const Integer middle = model::floorDiv(lo + hi, 2);
      expectFound(r, k, "lower half", [&](RescaleClaim &, ChannelClaim &x) { x.range[t].first = middle; });
      expectFound(r, k, "upper half", [&](RescaleClaim &, ChannelClaim &x) { x.range[t].second = middle; });
    }
    const bool line = own.form == Form::Dyadic32 || own.form == Form::Dyadic64;
    if (!line || own.n != 0 || word || own.m.size() != 1)
      return;
    const auto [lo, hi] = reachOf(own);
    if (hi - lo < 2)
      return;
    expectFound(r, k, "least", [&](RescaleClaim &x, ChannelClaim &) { x.clampMin = lo + 1; });
    expectFound(r, k, "greatest", [&](RescaleClaim &x, ChannelClaim &) { x.clampMax = hi - 1; });
  }

  std::string name;
  Certified c;
  Claims honest;
};

TEST(PlantedFaults, AreFoundInTheRangesOfWhatIsNotRounded) {
  int planted = 0;
  for (const char *name :
       {"certificate_nested_activations", "certificate_mean_of_each_channel", "certificate_sums_of_several",
        "unrounded_leaky_into_conv", "unrounded_leaky_of_sum", "unrounded_leaky_skip",
        "unrounded_relu_average", "unrounded_relu_mean", "certificate_positions_into_conv",
        "certificate_average_over_two"}) {
    Cutter cutter(name);
    cutter.run();
    std::printf("%s: %d\n", name, cutter.planted);
    planted += cutter.planted;
  }
  EXPECT_GE(planted, 30);
}

} // namespace
} // namespace dyadic::certificate::test
