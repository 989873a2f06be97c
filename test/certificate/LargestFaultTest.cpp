// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults where a code is that of the largest of several functions' values.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

TEST(PlantedFaults, AreFoundInTheLargestOfSeveral) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_largest_of_positions.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  auto holds = [&](const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults.empty(); };
  EXPECT_TRUE(holds(honest));
  auto expectFound = [&](const std::string &what, auto plant) {
    Claims claims = honest;
    plant(claims);
    EXPECT_FALSE(holds(claims)) << what;
  };
  // Four positions, each with a line of its own, and a quantiser that reads the largest.
  ASSERT_EQ(honest.rescales.size(), 2U);
  auto positions = [](Claims &claims) -> std::vector<Item> & {
    return claims.rescales[1].accumulators[0].elements[0];
  };
  const size_t count = honest.rescales[0].channels.size();
  ASSERT_EQ(honest.rescales[1].accumulators[0].elements[0].size(), count);
  for (size_t k = 0; k < count; ++k) {
    const std::string of = " of position " + std::to_string(k);
    for (int by : {-1, 1}) {
      expectFound("m" + of, [&](Claims &x) { x.rescales[0].channels[k].m[0] += by * (1 << 23); });
      expectFound("b" + of, [&](Claims &x) { x.rescales[0].channels[k].b += by * (1 << 24); });
    }
    expectFound("nothing" + of,
                [&](Claims &x) { positions(x).erase(positions(x).begin() + static_cast<long>(k)); });
    expectFound("another" + of, [&](Claims &x) { positions(x)[k] = positions(x)[(k + 1) % count]; });
    expectFound("a number" + of, [&](Claims &x) { positions(x)[k] = {-1, 0, {}}; });
  }
  expectFound("a number as well", [&](Claims &x) { positions(x).push_back({-1, 0, {}}); });
}

/// The largest of several as one integer, of which an activation that falls and rises makes another.
TEST(PlantedFaults, AreFoundInTheLargestUnderAnActivation) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_largest_under_abs.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  auto holds = [&](const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults.empty(); };
  EXPECT_TRUE(holds(honest));
  auto expectFound = [&](const std::string &what, auto plant) {
    Claims claims = honest;
    plant(claims);
    claims.rescales[0].clampMin *= 8; // wide enough, so that nothing but the numbers tells
    claims.rescales[0].clampMax *= 8;
    for (ChannelClaim &f : claims.rescales[1].channels)
      f.range[0] = {8 * f.range[0].first, 8 * f.range[0].second};
    EXPECT_FALSE(holds(claims)) << what;
  };
  ASSERT_EQ(honest.rescales.size(), 2U);
  auto positions = [](Claims &claims) -> std::vector<Item> & {
    return claims.rescales[1].accumulators[0].elements[0];
  };
  const size_t count = honest.rescales[0].channels.size();
  ASSERT_EQ(honest.rescales[1].accumulators[0].elements[0].size(), count);
  for (size_t k = 0; k < count; ++k) {
    const std::string of = " of position " + std::to_string(k);
    for (int by : {-1, 1}) {
      expectFound("m" + of, [&](Claims &x) { x.rescales[0].channels[k].m[0] += by; });
      expectFound("b" + of, [&](Claims &x) { x.rescales[0].channels[k].b += by; });
      expectFound("b of what reads it" + of, [&](Claims &x) {
        ChannelClaim &f = x.rescales[1].channels[0];
        f.b += 8 * by;
        f.numbers[2] += 8 * by;
      });
    }
    expectFound("nothing" + of,
                [&](Claims &x) { positions(x).erase(positions(x).begin() + static_cast<long>(k)); });
    expectFound("another" + of, [&](Claims &x) { positions(x)[k] = positions(x)[(k + 1) % count]; });
    expectFound("a number" + of, [&](Claims &x) { positions(x)[k] = {-1, 0, {}}; });
  }
  expectFound("the least", [&](Claims &x) { // times -1, as is what reads it
    for (ChannelClaim &f : x.rescales[0].channels) {
      f.m[0] = -f.m[0];
      f.b = -f.b;
    }
  });
  expectFound("a number as well", [&](Claims &x) { positions(x).push_back({-1, 0, {}}); });
}

void takeEverywhere(Items &elements, Take take) {
  for (std::vector<Item> &items : elements)
    for (Item &item : items)
      item.take = take;
}

/// Integers times -1 in front of a step that falls instead of rising: right where the C takes their least.
TEST(PlantedFaults, AreFoundInTheDirectionInFrontOfAStep) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_largest_of_positions.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  Claims claims = llvm::cantFail(readClaims(c.text));
  auto holds = [&] { return llvm::cantFail(check(claims, *c.model)).faults.empty(); };
  Items &elements = claims.rescales[1].accumulators[0].elements;
  EXPECT_TRUE(holds());
  takeEverywhere(elements, Take::Least);
  EXPECT_FALSE(holds());
  for (ChannelClaim &f : claims.rescales[0].channels) {
    f.m[0] = -f.m[0];
    f.b = -f.b;
  }
  for (ChannelClaim &f : claims.rescales[1].channels) {
    f.range[0] = {-f.range[0].second, -f.range[0].first};
    ASSERT_EQ(f.form, Form::Dyadic64);
    f.m[0] = -f.m[0];
  }
  EXPECT_TRUE(holds());
  for (Take take : {Take::Largest, Take::Mixed}) {
    takeEverywhere(elements, take);
    EXPECT_FALSE(holds());
  }
}

/// Codes of which the C takes the least.
TEST(PlantedFaults, AreFoundInTheLeastOfCodes) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_least_of_codes.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  Claims claims = llvm::cantFail(readClaims(c.text));
  EXPECT_TRUE(llvm::cantFail(check(claims, *c.model)).faults.empty());
  Items &elements = claims.codes.back().origins[0].elements;
  ASSERT_EQ(elements.size(), 1U);
  ASSERT_EQ(elements[0].size(), 2U);
  for (Take take : {Take::Largest, Take::Mixed}) {
    takeEverywhere(elements, take);
    EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty());
  }
}

/// The largest of several of which each is the least of others.
TEST(PlantedFaults, AreFoundInTheLargestOfSeveralLeast) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_largest_of_least.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  auto holds = [&](const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults.empty(); };
  EXPECT_TRUE(holds(honest));
  auto expectFound = [&](const std::string &what, auto plant) {
    Claims claims = honest;
    plant(claims.rescales[1].accumulators[0].elements, claims.codes.back().origins[0].elements);
    EXPECT_FALSE(holds(claims)) << what;
  };
  ASSERT_EQ(honest.rescales[1].accumulators[0].elements.size(), 4U);
  expectFound("the least instead", [](Items &, Items &codes) { takeEverywhere(codes, Take::Least); });
  expectFound("the largest of each", [](Items &inner, Items &) { takeEverywhere(inner, Take::Least); });
  expectFound("all of them", [](Items &inner, Items &) { // the least of all, each time
    std::vector<Item> all;
    for (const std::vector<Item> &items : inner)
      all.insert(all.end(), items.begin(), items.end());
    for (std::vector<Item> &items : inner)
      items = all;
  });
  expectFound("others of two", [](Items &inner, Items &) { std::swap(inner[0][0], inner[1][0]); });
}

} // namespace
} // namespace dyadic::certificate::test
