// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pieces, their comparison and every rounding mode against plain loops.
#include "compiler/certificate/Exact.h"
#include <gtest/gtest.h>
#include <random>

namespace dyadic::certificate {
namespace {

Rational fraction(long n, long d) {
  Rational r(n, d);
  r.canonicalize();
  return r;
}

TEST(Pieces, FloorSumIsTheSum) {
  std::mt19937 random(1);
  for (int k = 0; k < 2000; ++k) {
    long p = static_cast<long>(random() % 81) - 40, q = static_cast<long>(random() % 201) - 100,
         d = 1 + random() % 30;
    long lo = static_cast<long>(random() % 61) - 30, hi = lo + static_cast<long>(random() % 40);
    Integer sum;
    for (long a = lo; a <= hi; ++a)
      sum += model::floorDiv(Integer(p * a + q), Integer(d));
    EXPECT_EQ(sum, floorSum(p, q, d, lo, hi));
  }
}

TEST(Pieces, DifferenceFindsOneIffThereIsOne) {
  std::mt19937 random(2);
  int different = 0;
  for (int k = 0; k < 20000; ++k) {
    auto piece = [&](long d) {
      return Piece{-20,
                   20,
                   static_cast<long>(random() % 17) - 8,
                   static_cast<long>(random() % 31) - 15,
                   d,
                   static_cast<Hit>(random() % 3)};
    };
    Piece f = piece(1 + random() % 12), g = f;
    switch (random() % 4) {
    case 0:
      g = piece(1 + random() % 12);
      break;
    case 1: // nearly the same line, scaled
      g.p = f.p * 8 + static_cast<long>(random() % 3) - 1;
      g.q = f.q * 8 + static_cast<long>(random() % 9) - 4;
      g.d = f.d * 8;
      break;
    case 2:
      g.hit = static_cast<Hit>(random() % 3);
      break;
    default:
      g.q += static_cast<long>(random() % 3) - 1;
    }
    bool equal = true;
    for (long a = -20; a <= 20; ++a)
      equal &= f.at(a) == g.at(a);
    auto at = difference({f}, {g}, -20, 20);
    ASSERT_EQ(equal, !at.has_value()) << k;
    if (at) {
      ++different;
      EXPECT_NE(f.at(*at), g.at(*at));
    }
  }
  EXPECT_GT(different, 1000);
  EXPECT_LT(different, 19000);
}

TEST(Exact, ComposedQuantisersEqualTheirDefinition) {
  std::mt19937 random(3);
  for (int k = 0; k < 3000; ++k) {
    Quantiser q;
    q.mode = static_cast<qonnx::Rounding>(random() % 7);
    q.scale = fraction(static_cast<long>(random() % 15) - 7, 1 + random() % 6);
    if (q.scale == 0)
      q.scale = 1;
    q.zero = fraction(static_cast<long>(random() % 7) - 3, 1 + random() % 2);
    q.min = -static_cast<long>(random() % 20);
    q.max = fraction(random() % 60, 2);
    switch (random() % 4) {
    case 0:
      q.kind = Quantiser::Kind::Trunc;
      q.shift = static_cast<int64_t>(random() % 5) - 1;
      q.clipped = random() % 2;
      break;
    case 1:
      q.kind = Quantiser::Kind::Sign;
      break;
    case 2:
      q.kind = Quantiser::Kind::Thresholds;
      for (int i = 0; i < 7; ++i)
        q.steps.push_back(fraction(static_cast<long>(random() % 80) - 40, 3));
      std::sort(q.steps.begin(), q.steps.end());
      break;
    default:
      break;
    }
    std::vector<Post> posts;
    for (unsigned n = random() % 3; n > 0; --n) {
      Post p{static_cast<Post::Kind>(random() % 4),
             fraction(static_cast<long>(random() % 9) - 4, 3),
             fraction(static_cast<long>(random() % 9) - 4, 2),
             {},
             {}};
      if (p.kind == Post::Kind::Clip) {
        p.low = fraction(static_cast<long>(random() % 9) - 8, 2);
        if (random() % 2)
          p.high = fraction(random() % 20, 3);
      }
      posts.push_back(p);
    }
    Rational alpha = fraction(static_cast<long>(random() % 21) - 10, 1 + random() % 9),
             beta = fraction(random() % 9, 4);
    Pieces f = compose(q, segmentsOf(-30, 30, alpha, beta, posts));
    for (long a = -30; a <= 30; ++a) {
      Rational v = alpha * a + beta;
      for (const Post &p : posts)
        v = p.apply(v);
      ASSERT_EQ(q.code(v), valueAt(f, a)) << k << " at " << a;
    }
  }
}

TEST(Exact, RoundsAsTheExecutorDefines) {
  using qonnx::Rounding;
  auto at = [](Rounding m, long n, long d) { return roundBy(m, fraction(n, d)).get_si(); };
  EXPECT_EQ(at(Rounding::HalfEven, 5, 2), 2);
  EXPECT_EQ(at(Rounding::HalfEven, -3, 2), -2);
  EXPECT_EQ(at(Rounding::HalfUp, -5, 2), -3);
  EXPECT_EQ(at(Rounding::HalfUp, 5, 2), 3);
  EXPECT_EQ(at(Rounding::HalfDown, 5, 2), 2);
  EXPECT_EQ(at(Rounding::HalfDown, -5, 2), -2);
  EXPECT_EQ(at(Rounding::Down, -7, 4), -1);
  EXPECT_EQ(at(Rounding::Up, -5, 4), -2);
  EXPECT_EQ(at(Rounding::Ceil, -5, 4), -1);
  EXPECT_EQ(at(Rounding::Floor, -5, 4), -2);
}

} // namespace
} // namespace dyadic::certificate
