// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in what a certificate tells of sums of digits, where weights are too wide for a kernel.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

class DigitFaults : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(c.text.empty()) << c.problem;
    honest = llvm::cantFail(readClaims(c.text));
    ASSERT_EQ(honest.rescales.size(), 1U);
    ASSERT_GE(honest.rescales[0].accumulators.size(), 2U);
    for (const Fault &f : faultsOf(honest))
      ADD_FAILURE() << f.text();
  }
  std::vector<Fault> faultsOf(const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults; }
  template <typename Plant> void expectFound(const std::string &what, Plant plant) {
    Claims claims = honest;
    plant(claims.rescales[0]);
    EXPECT_FALSE(faultsOf(claims).empty()) << what;
  }
  static SourceClaim &sumOf(RescaleClaim &r, size_t k) { return r.accumulators[k].sources[0]; }
  size_t digits() const { return honest.rescales[0].accumulators.size(); }
  size_t outputs() const { return honest.rescales[0].accumulators[0].sources[0].weights.size(); }

  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_digits_of_weights.onnx", {});
  Claims honest;
};

TEST_F(DigitFaults, AreFoundInTheSumsOfOneDigit) {
  for (size_t k = 0; k < digits(); ++k)
    for (size_t o = 0; o < outputs(); ++o)
      for (int by : {-1, 1}) {
        const std::string where = " of digit " + std::to_string(k) + ", output " + std::to_string(o);
        expectFound("|d|" + where, [&](RescaleClaim &r) { sumOf(r, k).weights[o].first += by; });
        expectFound("d" + where, [&](RescaleClaim &r) { sumOf(r, k).weights[o].second += by; });
      }
}

TEST_F(DigitFaults, AreFoundWhereSumsAreAnotherDigits) {
  for (size_t k = 0; k < digits(); ++k) {
    const std::string where = " of digit " + std::to_string(k);
    const size_t other = (k + 1) % digits();
    expectFound("others' sums" + where,
                [&](RescaleClaim &r) { std::swap(sumOf(r, k).weights, sumOf(r, other).weights); });
    expectFound("another accumulator" + where,
                [&](RescaleClaim &r) { r.accumulators[k] = r.accumulators[other]; });
    expectFound("nothing" + where, [&](RescaleClaim &r) {
      for (auto &sums : sumOf(r, k).weights)
        sums = {0, 0};
    });
    expectFound("the sign" + where, [&](RescaleClaim &r) {
      for (auto &sums : sumOf(r, k).weights)
        sums.second = -sums.second;
    });
    expectFound("other outputs" + where,
                [&](RescaleClaim &r) { std::swap(sumOf(r, k).weights[0], sumOf(r, k).weights[1]); });
    for (int by : {-1, 1})
      expectFound("zero" + where, [&](RescaleClaim &r) { sumOf(r, k).zero += by; });
    expectFound("bits" + where, [&](RescaleClaim &r) { sumOf(r, k).bits = 12; });
  }
}

/// A carry from one digit to the next leaves what they are together.
TEST_F(DigitFaults, AreFoundWhereDigitsAreSplitElsewhere) {
  const ChannelClaim &channel = honest.rescales[0].channels[0];
  auto factors = factorsOf(channel, digits());
  ASSERT_TRUE(factors.has_value());
  const Integer base =
      abs((*factors)[1]) > abs((*factors)[0]) ? (*factors)[1] / (*factors)[0] : (*factors)[0] / (*factors)[1];
  const size_t low = abs((*factors)[1]) > abs((*factors)[0]) ? 0 : 1;
  for (int by : {-1, 1})
    expectFound("a carry", [&](RescaleClaim &r) {
      for (size_t k : {low, 1 - low})
        for (Integer *sum : {&sumOf(r, k).weights[0].first, &sumOf(r, k).weights[0].second})
          *sum += by * (k == low ? base : Integer(-1));
    });
}

/// Every number of a form, and every range.
TEST_F(DigitFaults, AreFoundInTheFactorsOfDigits) {
  const RescaleClaim &rescale = honest.rescales[0];
  for (size_t k = 0; k < rescale.channels.size(); k += 1 + rescale.channels.size() / 4) {
    const ChannelClaim &channel = rescale.channels[k];
    for (size_t t = 0; t < digits(); ++t) {
      expectFound("least", [&](RescaleClaim &r) { ++r.channels[k].range[t].first; });
      expectFound("most", [&](RescaleClaim &r) { --r.channels[k].range[t].second; });
    }
    for (size_t t = 0; t < channel.m.size(); ++t)
      for (int by : {-1, 1})
        expectFound("m", [&](RescaleClaim &r) { r.channels[k].m[t] += by; });
    // Limbs of the terms' factors, after their number and the rule for ties.
    for (size_t t = 2; channel.form == Form::Wide && t < 2 + channel.numbers[0].get_ui() * digits(); ++t)
      expectFound("limb " + std::to_string(t), [&](RescaleClaim &r) { r.channels[k].numbers[t] ^= 1; });
    for (size_t t = 0; t < digits(); ++t)
      expectFound("a factor of 0", [&](RescaleClaim &r) {
        ChannelClaim &f = r.channels[k];
        for (size_t i = 0; f.form == Form::Wide && i < f.numbers[0]; ++i)
          f.numbers[2 + t * f.numbers[0].get_ui() + i] = 0;
        for (size_t i = t; i < std::min(t + 1, f.m.size()); ++i)
          f.m[i] = 0;
      });
  }
}

/// V = sum A a + B, each number of as many limbs as the first says.
Integer limbsAt(const ChannelClaim &f, size_t number) {
  const size_t limbs = f.numbers[0].get_ui();
  Integer v;
  for (size_t i = 0; i < limbs; ++i)
    v += f.numbers[2 + number * limbs + i] << (32 * i);
  return v >= Integer(1) << (32 * limbs - 1) ? Integer(v - (Integer(1) << (32 * limbs))) : v;
}
void setLimbsAt(ChannelClaim &f, size_t number, const Integer &value) {
  const size_t limbs = f.numbers[0].get_ui();
  for (size_t i = 0; i < limbs; ++i) {
    const Integer high = model::floorDiv(value, Integer(1) << (32 * i));
    f.numbers[2 + number * limbs + i] = model::floorMod(high, Integer(1) << 32);
  }
}

/// Another zero, made up for by B: right wherever a window lies inside, wrong at borders.
TEST(PlantedFaults, AreFoundInZerosOfDigitsThatOnlyPaddingReads) {
  for (auto [name, same] :
       {std::pair{"certificate_padded_digits", false}, {"certificate_digits_inside", true}}) {
    Certified c = certify(std::string(DYADIC_SOURCE "/test/fuzz/kept/") + name + ".onnx", {});
    ASSERT_FALSE(c.text.empty()) << c.problem;
    Claims claims = llvm::cantFail(readClaims(c.text));
    EXPECT_TRUE(llvm::cantFail(check(claims, *c.model)).faults.empty()) << name;
    RescaleClaim &r = claims.rescales.back();
    ASSERT_GE(r.accumulators.size(), 2U) << name;
    for (size_t k = 0; k < r.channels.size(); ++k) {
      ChannelClaim &f = r.channels[k];
      ASSERT_EQ(f.form, Form::Wide) << name;
      Integer missing;
      for (size_t t = 0; t < r.accumulators.size(); ++t) {
        const auto &[absolute, sum] = r.accumulators[t].sources[0].weights[k];
        missing += limbsAt(f, t) * sum;
        f.range[t].first -= absolute;
        f.range[t].second += absolute;
      }
      setLimbsAt(f, r.accumulators.size(), limbsAt(f, r.accumulators.size()) + missing);
    }
    for (AccumulatorClaim &a : r.accumulators)
      a.sources[0].zero += 1;
    EXPECT_EQ(llvm::cantFail(check(claims, *c.model)).faults.empty(), same) << name;
  }
}

} // namespace
} // namespace dyadic::certificate::test
