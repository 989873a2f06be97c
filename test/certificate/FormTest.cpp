// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a form refuses: numbers that no C holds, and accumulators at which its C leaves its words; at the
// edge, and one beyond it.
#include "compiler/certificate/Claim.h"
#include <gtest/gtest.h>

namespace dyadic::certificate {
namespace {

Integer two(unsigned long k) { return Integer(1) << k; }

struct Step {
  RescaleClaim rescale;
  ChannelClaim channel;
  std::vector<Integer> lo, hi;

  Step(Form form, std::vector<Integer> m, const Integer &b, int64_t n = 0, std::vector<Integer> numbers = {})
      : lo(std::max<size_t>(m.size(), 1), 0), hi(lo) {
    rescale.clampMin = -8;
    rescale.clampMax = 7;
    channel = {form, {}, std::move(m), b, n, std::move(numbers)};
    channel.range.assign(lo.size(), {0, 0});
  }
  Step over(std::vector<std::pair<Integer, Integer>> ranges) const {
    Step s = *this;
    s.lo.clear();
    s.hi.clear();
    for (const auto &[from, to] : ranges) {
      s.lo.push_back(from);
      s.hi.push_back(to);
    }
    s.channel.range = std::move(ranges);
    return s;
  }
  Step clamped(const Integer &least, const Integer &most) const {
    Step s = *this;
    s.rescale.clampMin = least;
    s.rescale.clampMax = most;
    return s;
  }
  /// Why its C may leave its words, or its numbers are none; "" where all is well.
  std::string overflow() const { return overflowOf(rescale, channel, lo, hi).value_or(""); }
  std::string malformed() const {
    std::string why;
    std::vector<Integer> mul(lo.size(), 0), add = lo;
    mul[0] = 1;
    add[0] = 0;
    auto pieces = piecesOf(rescale, channel, mul, add, lo[0], hi[0], why);
    EXPECT_EQ(pieces.has_value(), why.empty());
    return why;
  }
};

TEST(Forms, StayInTheirWords) {
  for (auto [form, bits] :
       {std::pair{Form::Dyadic32, 32UL}, {Form::Dyadic64, 64UL}, {Form::HalfEven, 64UL}}) {
    const Integer most = two(bits - 1) - 1, least = -two(bits - 1);
    const std::string word = " leaves " + std::to_string(bits) + " bits";
    const std::string numbers = "m or b needs more than " + std::to_string(bits) + " bits";
    EXPECT_EQ(Step(form, {most}, least).overflow(), "");
    EXPECT_EQ(Step(form, {most + 1}, 0).overflow(), numbers);
    EXPECT_EQ(Step(form, {least - 1}, 0).overflow(), numbers);
    EXPECT_EQ(Step(form, {0}, most + 1).overflow(), numbers);
    EXPECT_EQ(Step(form, {0}, least - 1).overflow(), numbers);
    // The product at either end of the range.
    const Step half(form, {two(bits - 2)}, 0);
    EXPECT_EQ(half.over({{-2, 1}}).overflow(), "");
    EXPECT_EQ(half.over({{-3, 1}}).overflow(), "m * a" + word);
    EXPECT_EQ(half.over({{-2, 2}}).overflow(), "m * a" + word);
    // The sum.
    EXPECT_EQ(Step(form, {1}, most - 5).over({{0, 5}}).overflow(), "");
    EXPECT_EQ(Step(form, {1}, most - 5).over({{0, 6}}).overflow(), "m * a + b" + word);
    EXPECT_EQ(Step(form, {1}, least + 5).over({{-5, 0}}).overflow(), "");
    EXPECT_EQ(Step(form, {1}, least + 5).over({{-6, 0}}).overflow(), "m * a + b" + word);
  }
}

TEST(Forms, RoundWithinTheirWords) { // half to even adds a half before it shifts
  const Step s(Form::HalfEven, {1}, two(63) - 1 - 8 - 5, 4);
  EXPECT_EQ(s.over({{0, 5}}).overflow(), "");
  EXPECT_EQ(s.over({{0, 6}}).overflow(), "m * a + b leaves 64 bits");
}

TEST(Forms, AddTheirTermsInAnyOrder) { // the sum fits, not what comes first
  const Integer most = two(62) - 1;
  const Step s(Form::Dyadic64, {1, 1}, most);
  EXPECT_EQ(s.over({{0, most}, {-5, 0}}).overflow(), "");
  EXPECT_EQ(s.over({{0, most + 2}, {-5, -5}}).overflow(), "m * a + b leaves 64 bits");
  const Step t(Form::Dyadic64, {1, 1}, -most);
  EXPECT_EQ(t.over({{-most - 2, 0}, {0, 5}}).overflow(), "");
  EXPECT_EQ(t.over({{-most - 3, 0}, {5, 5}}).overflow(), "m * a + b leaves 64 bits");
}

TEST(Forms, TakeAndGiveWords) {
  const Step s(Form::Dyadic32, {0}, 0);
  EXPECT_EQ(s.over({{-two(31), two(31) - 1}}).overflow(), "");
  EXPECT_EQ(s.over({{-two(31) - 1, 0}}).overflow(), "the accumulator leaves 32 bits");
  EXPECT_EQ(s.over({{0, two(31)}}).overflow(), "the accumulator leaves 32 bits");
  EXPECT_EQ(s.clamped(-two(31), two(31) - 1).overflow(), "");
  EXPECT_EQ(s.clamped(-two(31) - 1, 7).overflow(), "the clamp leaves 32 bits");
  EXPECT_EQ(s.clamped(-8, two(31)).overflow(), "the clamp leaves 32 bits");
  for (Form form : {Form::Dyadic32, Form::Thresholds}) {
    const Step any(form, {0}, 0);
    EXPECT_EQ(any.clamped(-8, two(63)).overflow(), "the clamp is no range of codes");
    EXPECT_EQ(any.clamped(-two(63) - 1, 7).overflow(), "the clamp is no range of codes");
    EXPECT_EQ(any.clamped(7, 6).overflow(), "the clamp is no range of codes");
    EXPECT_EQ(any.clamped(7, 7).overflow(), "");
  }
}

TEST(Forms, ShiftByLessThanAWord) {
  for (auto [form, most] : {std::pair{Form::Dyadic32, 31}, {Form::Dyadic64, 62}, {Form::HalfEven, 62}}) {
    for (int64_t n : {0, most})
      EXPECT_EQ(Step(form, {1}, 0, n).malformed(), "");
    for (int64_t n : {-1, most + 1})
      EXPECT_EQ(Step(form, {1}, 0, n).malformed(), "n = " + std::to_string(n) + " is no shift");
  }
}

TEST(Forms, HaveTwoSegments) { // 3 a + 1 below 4, 2 (a + 1) from there on
  auto segments = [](int64_t n, std::vector<Integer> numbers) {
    return Step(Form::TwoSegment, {3}, 1, n, std::move(numbers)).over({{0, 9}});
  };
  EXPECT_EQ(segments(0, {4, 2, 2, 0}).malformed(), "");
  EXPECT_EQ(segments(0, {4, 2, 2, 62}).malformed(), "");
  for (const std::vector<Integer> &numbers :
       {std::vector<Integer>{4, 2, 2, -1}, {4, 2, 2, 63}, {4, 2, 2}, {4, 2, 2, 0, 0}})
    EXPECT_EQ(segments(0, numbers).malformed(), "two_segment needs a split, m, b and n");
  EXPECT_EQ(segments(-1, {4, 2, 2, 0}).malformed(), "n = -1 is no shift");
  EXPECT_EQ(segments(63, {4, 2, 2, 0}).malformed(), "n = 63 is no shift");
  // Each line only where it counts.
  EXPECT_EQ(segments(0, {4, two(61), 0, 0}).over({{-2, 3}}).overflow(), "");
  EXPECT_EQ(segments(0, {4, two(61), 0, 0}).over({{-2, 4}}).overflow(), "m * a leaves 64 bits");
  EXPECT_EQ(segments(0, {-1, 0, two(63), 0}).over({{-2, 4}}).overflow(), "m or b needs more than 64 bits");
  Step steep = segments(0, {4, 0, 0, 0});
  steep.channel.m[0] = two(61);
  EXPECT_EQ(steep.over({{4, 9}}).overflow(), "");
  EXPECT_EQ(steep.over({{-5, 9}}).overflow(), "m * a leaves 64 bits");
}

TEST(Forms, CountThresholds) {
  auto thresholds = [](std::vector<Integer> numbers) {
    return Step(Form::Thresholds, {}, 0, 0, std::move(numbers)).malformed();
  };
  EXPECT_EQ(thresholds({1, -3, -3, 5}), "");
  EXPECT_EQ(thresholds({0, 4, 3}), "thresholds are not ascending");
  for (const std::vector<Integer> &numbers : {std::vector<Integer>{}, {-1, 3, 4}, {2, 3, 4}})
    EXPECT_EQ(thresholds(numbers), "thresholds need to say whether they descend");
}

TEST(Forms, ReadTables) { // of accumulators 2 to 4
  const Step table(Form::Table, {}, 0, 0, {2, 10, 20, 30});
  EXPECT_EQ(table.over({{2, 4}}).malformed(), "");
  EXPECT_EQ(table.over({{1, 4}}).malformed(), "the table has no entry for accumulator 1");
  EXPECT_EQ(table.over({{2, 5}}).malformed(), "the table has no entry for accumulator 5");
  EXPECT_EQ(Step(Form::Table, {}, 0, 0, {0}).malformed(), "the table is empty");
}

TEST(Forms, HavePieces) { // (a + 2) / 4 to even below -3, 1 below 5, a from there on, by exact division
  auto pieces = [](std::vector<Integer> numbers) {
    return Step(Form::Pieces, {}, 0, 0, std::move(numbers)).over({{-9, 9}});
  };
  const std::vector<Integer> good{3, 1, 2, 2, -3, 0, 0, 1, 0, 5, 7, 1, 0, 1, 0, 1, 0, 0};
  EXPECT_EQ(pieces(good).malformed(), "");
  EXPECT_EQ(pieces(good).overflow(), "");
  auto with = [&](size_t at, const Integer &value) {
    std::vector<Integer> numbers = good;
    numbers[at] = value;
    return pieces(numbers);
  };
  for (size_t n : {3, 8})
    EXPECT_EQ(with(n, 62).malformed(), "");
  EXPECT_EQ(with(4, 4).malformed(), "");
  std::vector<Integer> one(good.begin(), good.begin() + 4), both(good.begin(), good.begin() + 9),
      more = good, start = both;
  more.emplace_back(0);
  start.emplace_back(7);
  EXPECT_EQ(pieces(both).malformed(), "");
  for (const Step &bad :
       {pieces({}),  pieces(one), pieces(more), pieces(start), with(0, 1),  with(0, 4),   with(0, 5),
        with(0, 6),  with(0, 8),  with(0, -1),  with(3, 63),   with(3, -1), with(8, 63),  with(4, 5),
        with(9, -3), with(11, 0), with(11, 9),  with(11, 2),   with(12, 5), with(13, -1), with(15, 0)})
    EXPECT_EQ(bad.malformed(), "the pieces are malformed");
  // What each gives, at both ends.
  const Step step = pieces(good);
  std::string why;
  const Pieces all = *piecesOf(step.rescale, step.channel, {1}, {0}, -9, 9, why);
  const Pieces turned = *piecesOf(step.rescale, step.channel, {-1}, {0}, -9, 9, why);
  for (auto [a, y] : {std::pair{-9, -2}, {-4, 0}, {-3, 1}, {4, 1}, {5, 5}, {9, 7}}) {
    EXPECT_EQ(valueAt(all, a), y) << a;
    EXPECT_EQ(valueAt(turned, -a), y) << a;
    const Pieces still = *piecesOf(step.rescale, step.channel, {0}, {a}, 0, 0, why);
    EXPECT_EQ(valueAt(still, 0), y) << a;
  }
  // Each form only where it counts.
  EXPECT_EQ(with(1, two(60)).overflow(), "m * a leaves 64 bits");
  EXPECT_EQ(with(1, two(60)).over({{-8, 9}}).overflow(), "");
  EXPECT_EQ(with(6, two(62)).over({{-9, 1}}).overflow(), "");
  EXPECT_EQ(with(13, two(28)).over({{-9, 7}}).overflow(), "");
  EXPECT_EQ(with(13, two(28)).over({{-9, 8}}).overflow(), "a number leaves its limbs");
}

TEST(Forms, TakeOneAccumulator) {
  for (Form form : {Form::Dyadic32, Form::TwoSegment, Form::Thresholds, Form::Table, Form::Pieces}) {
    Step s(form, {1, 1}, 0, 0, {0, 1, 2, 3});
    EXPECT_EQ(s.malformed(), std::string(nameOf(form)) + " takes one accumulator");
  }
}

TEST(Forms, HaveWholeLimbs) { // A, B, P, Q, Q2 of one limb each
  auto wide = [](std::vector<Integer> numbers) { return Step(Form::Wide, {}, 0, 0, std::move(numbers)); };
  const std::vector<Integer> good{1, 0, 5, 6, 7, 8, 9};
  EXPECT_EQ(wide(good).malformed(), "");
  auto with = [&](size_t at, const Integer &value) {
    std::vector<Integer> numbers = good;
    numbers[at] = value;
    return wide(numbers);
  };
  EXPECT_EQ(with(3, two(32) - 1).malformed(), "");
  std::vector<Integer> fewer(good.begin(), good.end() - 1), more = good, nine{9, 0};
  more.emplace_back(0);
  nine.resize(2 + 9 * 5, 1);
  for (const Step &bad :
       {wide({}), wide({1}), with(0, 0), wide({0, 0}), wide(nine), with(1, -1), with(1, 5), wide(fewer),
        wide(more), with(2, -1), with(2, two(32)), with(4, 0), with(4, two(32) - 1)})
    EXPECT_EQ(bad.malformed(), "the multi-limb numbers are malformed");
  // V = 5 a + 6 against k 7 + 8 or k 7 + 9, k from -7 to 7.
  const Integer most = (two(31) - 1 - 6) / 5;
  EXPECT_EQ(wide(good).over({{-most, most}}).overflow(), "");
  EXPECT_EQ(wide(good).over({{0, most + 1}}).overflow(), "a number leaves its limbs");
  EXPECT_EQ(wide(good).over({{-most - 4, 0}}).overflow(), "a number leaves its limbs");
  for (size_t q : {5, 6}) {
    EXPECT_EQ(with(q, two(31) - 1 - 49).overflow(), "");
    EXPECT_EQ(with(q, two(31) - 49).overflow(), "a number leaves its limbs");
    EXPECT_EQ(with(q, two(31) + 49).overflow(), "");
    EXPECT_EQ(with(q, two(31) + 48).overflow(), "a number leaves its limbs");
  }
}

} // namespace
} // namespace dyadic::certificate
