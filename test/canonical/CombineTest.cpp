// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps of two and three terms as thresholds of one small sum, gone through completely.
#include "compiler/canonical/Combine.h"
#include "compiler/canonical/Canonical.h"
#include <gtest/gtest.h>

namespace dyadic::canonical {
namespace {

struct Combine : testing::Test {
  mlir::MLIRContext context;
  Combine() { context.loadDialect<qint::QintDialect>(); }

  qint::StepAttr step(llvm::ArrayRef<int64_t> mult, int64_t bias, int8_t shift, llvm::ArrayRef<int64_t> lo,
                      llvm::ArrayRef<int64_t> hi, qint::StepForm form = qint::StepForm::dyadic64) {
    auto ints = [&](llvm::ArrayRef<int64_t> v) { return mlir::DenseI64ArrayAttr::get(&context, v); };
    return qint::StepAttr::get(&context, 1, 1, static_cast<int64_t>(mult.size()), 0, 255,
                               mlir::DenseI8ArrayAttr::get(&context, static_cast<int8_t>(form)), ints(mult),
                               ints(bias), mlir::DenseI8ArrayAttr::get(&context, shift), ints({}), ints({}),
                               ints(lo), ints(hi));
  }
  static int64_t at(const Staircase &s, int64_t v) {
    int64_t code = s.first;
    for (const Staircase::Change &c : s.changes)
      if (v >= c.at)
        code = c.code;
    return code;
  }
  /// Codes that differ over all pairs; -1 where nothing was found.
  int64_t differences(qint::StepAttr s, int64_t *largest = nullptr) {
    auto runner = llvm::cantFail(qint::StepEvaluator::make(s));
    std::optional<Combination> found = combine(s, 0, runner);
    if (!found)
      return -1;
    int64_t wrong = 0, most = 0;
    for (int64_t a = s.getRangeMin()[0]; a <= s.getRangeMax()[0]; ++a)
      for (int64_t b = s.getRangeMin()[1]; b <= s.getRangeMax()[1]; ++b) {
        int64_t v = found->weights[0] * a + found->weights[1] * b;
        most = std::max(most, std::abs(v));
        wrong += at(found->stairs, v) != runner(0, {a, b});
      }
    EXPECT_LT(most, exactBelow);
    if (largest)
      *largest = most;
    return wrong;
  }
};

TEST_F(Combine, TakesTheCommonDivisorOut) {
  int64_t largest = 0;
  EXPECT_EQ(differences(step({int64_t{3} << 40, int64_t{5} << 40}, int64_t{1} << 41, 44, {0, 0}, {255, 255}),
                        &largest),
            0);
  EXPECT_EQ(largest, 8 * 255);
}

TEST_F(Combine, FindsSmallWeightsForLargeOnes) {
  // Two terms of 8 bits have small weights whatever their ratio: no two of their differences divide closer.
  EXPECT_EQ(differences(step({8589934583, 5308871677}, 1 << 20, 34, {0, 0}, {255, 255})), 0);
  EXPECT_EQ(differences(step({-8589934583, 308871677}, 1 << 20, 33, {-128, -128}, {127, 127})), 0);
}

TEST_F(Combine, KeepsTiesToEvenApart) {
  EXPECT_EQ(differences(
                step({4294967296, 2147483648 + 65536}, 0, 33, {0, 0}, {255, 255}, qint::StepForm::halfEven)),
            0);
}

TEST_F(Combine, SaysNoWhereNothingFits) {
  EXPECT_EQ(differences(step({8589934583, 5308871677}, 0, 50, {-4000000, -4000000}, {4000000, 4000000})), -1);
}

} // namespace
} // namespace dyadic::canonical
