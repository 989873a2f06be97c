// Piecewise linear functions, floor lines, lattices, ranges and step functions against brute force.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Lattice.h"
#include "passes/model/Range.h"
#include "passes/model/StepFunction.h"
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <iostream>
#include <random>

using namespace dyadic::model;

namespace {
std::mt19937_64 rng(7);
long pick(long lo, long hi) { return lo + static_cast<long>(rng() % static_cast<uint64_t>(hi - lo + 1)); }
Rational ratio(long n, long d) {
  Rational r(n, d);
  r.canonicalize();
  return r;
}
Rational randomRational() {
  switch (pick(0, 2)) {
  case 0:
    return ratio(pick(-40, 40), pick(1, 30));
  case 1:
    return ratio(pick(-9, 9), 1L << pick(0, 4)); // ties everywhere
  default:
    return *fromFloat32(
        std::ldexp(static_cast<float>(pick(-(1 << 24), 1 << 24)), -28 + static_cast<int>(pick(0, 6))));
  }
}
} // namespace

TEST(PiecewiseLinear, EqualsPointwiseEvaluation) {
  for (int round = 0; round < 300; ++round) {
    int64_t lo = pick(-60, 20), hi = lo + pick(0, 90);
    Rational alpha = randomRational(), beta = randomRational();
    auto f = PiecewiseLinear::affine(lo, hi, alpha, beta);
    std::vector<Rational> expected;
    for (int64_t a = lo; a <= hi; ++a)
      expected.push_back(alpha * a + beta);
    for (int steps = static_cast<int>(pick(1, 4)); steps > 0; --steps) {
      Rational x = randomRational(), y = randomRational();
      if (x > y)
        std::swap(x, y);
      int op = static_cast<int>(pick(0, 5));
      if (op == 0)
        f.mulAdd(x, y);
      if (op == 1)
        f.relu();
      if (op == 2)
        f.leakyRelu(x);
      if (op == 3)
        f.clip(x, y);
      if (op == 4)
        f.abs();
      if (op == 5)
        f.negate();
      for (Rational &v : expected) {
        if (op == 0)
          v = v * x + y;
        if (op == 1 && v < 0)
          v = 0;
        if (op == 2 && v < 0)
          v *= x;
        if (op == 3)
          v = v < x ? x : v > y ? y : v;
        if (op == 4)
          v = abs(v);
        if (op == 5)
          v = -v;
      }
    }
    bool up = false, down = false;
    for (int64_t a = lo; a <= hi; ++a) {
      auto i = static_cast<size_t>(a - lo);
      ASSERT_EQ(f.eval(a), expected[i]);
      if (i > 0) {
        up |= expected[i] > expected[i - 1];
        down |= expected[i] < expected[i - 1];
      }
    }
    using D = PiecewiseLinear::Direction;
    EXPECT_EQ(f.direction(), up && down ? D::Mixed : up ? D::Increasing : down ? D::Decreasing : D::Constant);
    EXPECT_EQ(f.valueRange().first, *std::min_element(expected.begin(), expected.end()));
    EXPECT_EQ(f.valueRange().second, *std::max_element(expected.begin(), expected.end()));
  }
}

TEST(FloorLine, SumsAndHulls) {
  for (int round = 0; round < 2000; ++round) {
    FloorLine line{pick(-300, 300), pick(-1000, 1000), pick(1, 200)};
    int64_t lo = pick(-50, 50), hi = lo + pick(0, 120);
    Integer sum = 0, least = line.r, greatest = -1;
    for (int64_t a = lo; a <= hi; ++a) {
      sum += line.eval(a);
      least = std::min(least, line.rest(a));
      greatest = std::max(greatest, line.rest(a));
    }
    ASSERT_EQ(floorSum(line, lo, hi), sum);
    ASSERT_EQ(restRange(line, lo, hi), std::make_pair(least, greatest));
    for (bool above : {false, true}) {
      // No lattice point may lie outside the chain of candidates: its hull holds every vertex.
      auto at = hullCandidates(line, lo, hi, above);
      ASSERT_EQ(at.front(), lo);
      ASSERT_EQ(at.back(), hi);
      std::vector<int64_t> chain; // the hull of the candidates
      auto y = [&](int64_t a) { return Integer(above ? -line.eval(a) - 1 : line.eval(a)); };
      for (int64_t a : at) {
        while (chain.size() > 1) {
          int64_t u = chain[chain.size() - 2], v = chain.back();
          if ((y(v) - y(u)) * (a - u) <= (y(a) - y(u)) * (v - u))
            chain.pop_back();
          else
            break;
        }
        chain.push_back(a);
      }
      for (size_t i = 1; i < chain.size(); ++i)
        for (int64_t a = chain[i - 1]; a <= chain[i]; ++a)
          ASSERT_LE((y(a) - y(chain[i - 1])) * (chain[i] - chain[i - 1]),
                    (y(chain[i]) - y(chain[i - 1])) * (a - chain[i - 1]));
    }
  }
  FloorLine big{Integer("123456789012345678901"), 17, Integer("9876543210987654321098")};
  EXPECT_LE(hullCandidates(big, -(1L << 40), 1L << 40, false).size(), 400U);
}

TEST(StepFunction, EqualsQuantiserOfValue) {
  for (int round = 0; round < 3000; ++round) {
    int64_t lo = pick(-400, 100), hi = lo + pick(0, 700);
    auto f = PiecewiseLinear::affine(lo, hi, randomRational(), randomRational());
    if (pick(0, 2) == 0)
      f.relu();
    if (pick(0, 3) == 0)
      f.leakyRelu(ratio(13, 128));
    if (pick(0, 5) == 0)
      f.abs();
    Rational s = randomRational();
    if (s == 0)
      s = 1;
    auto mode = static_cast<RoundingMode>(pick(0, 6));
    Rational z = pick(0, 2) == 0 ? randomRational() : Rational(pick(-2, 2));
    Quantiser q;
    switch (pick(0, 5)) {
    case 0:
      q = *makeTruncV1(s, z, pick(1, 8), pick(1, 8), mode);
      break;
    case 1:
      q = *makeTruncV2(s, z, s * abs(randomRational() + 50), -8, 7, mode);
      break;
    case 2: {
      std::vector<Rational> t;
      for (long n = pick(0, 9); n > 0; --n)
        t.push_back(randomRational());
      q = makeMultiThreshold(t, 1, 0);
      break;
    }
    case 3:
      q = *makeBipolar(s);
      break;
    default:
      q = *makeQuantBits(s, z, static_cast<float>(pick(1, 16)), pick(0, 1), pick(0, 1), mode);
    }
    auto g = StepFunction::compose(f, q);
    auto changes = g.list(1 << 20);
    ASSERT_TRUE(changes);
    size_t next = 0;
    int64_t code = g.first(), least = code, greatest = code;
    bool up = false, down = false;
    for (int64_t a = lo; a <= hi; ++a) {
      int64_t expected = q.index(f.eval(a)), before = code;
      if (next < changes->size() && (*changes)[next].a == a)
        code = (*changes)[next++].value;
      ASSERT_EQ(code, expected) << "a " << a << " mode " << roundingModeName(mode);
      ASSERT_EQ(g.eval(a), expected);
      up |= code > before;
      down |= code < before;
      least = std::min(least, code);
      greatest = std::max(greatest, code);
    }
    ASSERT_EQ(next, changes->size());
    ASSERT_EQ(g.minCode(), least);
    ASSERT_EQ(g.maxCode(), greatest);
    ASSERT_EQ(g.direction() == PiecewiseLinear::Direction::Mixed, up && down);
    for (const StepPiece &piece : g.pieces())
      if (auto line = StepFunction::floorLine(piece)) {
        for (int64_t a = piece.start; a <= piece.end; ++a)
          ASSERT_EQ(line->eval(a), g.eval(a));
      }
  }
}

TEST(StepFunction, ManyThresholdsAreQuick) {
  std::vector<PiecewiseLinear> channels;
  for (int i = 0; i < 4500; ++i) {
    auto f = PiecewiseLinear::affine(
        -40000 - i, 60000 + i, *fromFloat32(1e-5F * static_cast<float>(i + 1000)) * *fromFloat32(0.0173F),
        *fromFloat32(0.37F * static_cast<float>(i % 17)));
    f.relu();
    channels.push_back(f);
  }
  auto q = *makeQuantBits(*fromFloat32(0.0391F), 0, 8, false, false, RoundingMode::HalfEven);
  auto start = std::chrono::steady_clock::now();
  size_t total = 0;
  for (auto &f : channels)
    total += StepFunction::compose(f, q).changes().size();
  double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  std::cout << total << " thresholds in " << ms << " ms\n";
  EXPECT_LT(ms, 3000); // loose: machines differ and sanitizers slow it down
}

TEST(Lattice, UnitsAndRanges) {
  const Rational values[] = {ratio(3, 4), ratio(-5, 6), ratio(0, 1)};
  auto unit = commonUnit(values);
  EXPECT_EQ(unit.unit, ratio(1, 12));
  EXPECT_EQ(unit.multiples[0], 9);
  EXPECT_EQ(unit.multiples[1], -10);
  const Rational steps[] = {ratio(1, 2), ratio(1, 3)}, origins[] = {ratio(1, 4), ratio(1, 2)};
  auto lattice = *commonLattice(steps, origins);
  for (size_t i = 0; i < 2; ++i)
    for (int q = -3; q < 4; ++q)
      EXPECT_EQ(lattice.unit * (lattice.mul[i] * q + lattice.add[i]) + lattice.offset,
                origins[i] + steps[i] * q);
  EXPECT_FALSE(commonLattice(steps, origins, 1));

  AccumulatorRange r;
  r.addTap(3, {2, 5}, false);
  r.addTap(-2, {1, 4}, false);
  EXPECT_EQ(r.range, (Range{6 - 8, 15 - 2}));
  EXPECT_EQ(r.anyOrder, 15 + 8);
  r.addTap(1, {2, 5}, true); // a padded tap may read 0
  EXPECT_EQ(r.range, (Range{-2, 18}));
  EXPECT_TRUE(r.fits(6));
  EXPECT_FALSE(r.fits(5));
  r.addTap(int64_t{1} << 40, {0, int64_t{1} << 40}, false);
  EXPECT_TRUE(r.overflow);
  EXPECT_FALSE(r.fits(64));
}
