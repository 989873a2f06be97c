// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products, multiplied and looked up, against seven plain loops.
#include "LinearLayer.h"

namespace dyadic::test {

namespace {

const dyadic_conv2d noProducts{1, 1, 1, 1, {}, {}, 1, 32, {u(1), 0}, {u(1), 0}, {}};

void check(uint32_t seed, Kind kind, bool useLut, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    LinearLayer test(random, kind, useLut);
    const dyadic_conv2d &l = test.layer;
    Tensor out(l.out.type, size_t{l.batch} * l.h.out * l.w.out * l.out_c, random);
    Products products(random, useLut ? l : noProducts);
    ASSERT_EQ(test.scratchBytes() % DYADIC_SCRATCH_ALIGN, 0u);
    Guarded scratch(test.scratchBytes(), random);
    test.run(&products.lut, nullptr, out.data(), scratch.data());
    ASSERT_TRUE(scratch.intact() && out.intact());
    size_t i = 0;
    for (uint32_t n = 0; n < l.batch; ++n)
      for (uint32_t oh = 0; oh < l.h.out; ++oh)
        for (uint32_t ow = 0; ow < l.w.out; ++ow)
          for (uint32_t oc = 0; oc < l.out_c; ++oc, ++i) {
            const int64_t y = test.expected(n, oh, ow, oc);
            ASSERT_EQ(out.get(i), isBipolar(l.out.type) ? (y > 0 ? 1 : -1) : y)
                << "round " << round << " in " << nameOf(l.in.type) << " weight " << nameOf(l.weight.type)
                << " out " << nameOf(l.out.type) << " acc " << int(l.acc_bits) << " at " << oh << "," << ow
                << "," << oc;
          }
  }
}

} // namespace

TEST(Conv2d, EqualsPlainLoops) { check(1, Kind::conv, false, 500); }
TEST(Conv2d, LookedUpEqualsPlainLoops) { check(2, Kind::conv, true, 250); }
TEST(Depthwise, EqualsPlainLoops) { check(3, Kind::depthwise, false, 500); }
TEST(Depthwise, LookedUpEqualsPlainLoops) { check(4, Kind::depthwise, true, 250); }
TEST(Matmul, EqualsPlainLoops) { check(5, Kind::matmul, false, 500); }
TEST(Matmul, LookedUpEqualsPlainLoops) { check(6, Kind::matmul, true, 250); }

// The sums reach both ends of int32_t exactly.
TEST(Matmul, ReachesTheEndsOfTheAccumulator) {
  const int16_t x[] = {-32768, -32768, 1};
  const int16_t most[] = {-32768, -32767, 32767}, least[] = {32767, 32767, -32768};
  int16_t weights[6];
  std::memcpy(weights, most, sizeof most);
  std::memcpy(weights + 3, least, sizeof least);
  const dyadic_matmul layer{1, 3, 2, 1, 32, {s(16), 0}, {s(16), 0}, {s(32), nullptr}};
  alignas(8) uint8_t scratch[64];
  ASSERT_LE(dyadic_matmul_scratch_bytes(&layer), sizeof scratch);
  int32_t out[2];
  dyadic_matmul_run(&layer, x, weights, out, scratch);
  EXPECT_EQ(out[0], INT32_MAX);
  EXPECT_EQ(out[1], INT32_MIN + 32768 + 32768 - 32768);
}

// Codes above int32_t made from a 32-bit accumulator.
TEST(Matmul, WritesUnsigned32BitCodes) {
  const int8_t x[] = {-100, 100};
  const int8_t weight = 100;
  const int64_t m = 429496, b = 0;
  dyadic_step step{};
  step.channels = step.terms = 1;
  step.form = DYADIC_FORM_DYADIC64;
  step.line = {nullptr, &m, nullptr, &b, nullptr};
  step.clamp_max = UINT32_MAX;
  const dyadic_matmul layer{2, 1, 1, 1, 32, {s(8), 0}, {s(8), 0}, {u(32), &step}};
  alignas(8) uint8_t scratch[8];
  uint32_t out[2];
  dyadic_matmul_run(&layer, x, &weight, out, scratch);
  EXPECT_EQ(out[0], 0u);
  EXPECT_EQ(out[1], 4294960000u);
}

// A kernel of one position is not pointwise when padding follows the input.
TEST(Conv2d, OneByOneWithPaddingBehind) {
  for (bool rows : {false, true}) {
    dyadic_conv2d layer{};
    layer.batch = layer.in_c = layer.out_c = layer.groups = layer.block = 1;
    layer.h = {2, rows ? 3u : 2u, 1, 1, 1, 0};
    layer.w = {2, rows ? 2u : 3u, 1, 1, 1, 0};
    layer.acc_bits = 32;
    layer.in = {s(8), 1};
    layer.weight = {s(8), 0};
    layer.out.type = s(32);
    const std::vector<int8_t> x{11, 21, 31, 41};
    const int8_t weight = 2;
    alignas(8) uint8_t scratch[8];
    std::vector<int32_t> out(6);
    dyadic_conv2d_run(&layer, x.data(), &weight, out.data(), scratch);
    EXPECT_EQ(out, rows ? (std::vector<int32_t>{20, 40, 60, 80, 0, 0})
                        : (std::vector<int32_t>{20, 40, 0, 60, 80, 0}));
  }
}

TEST(Conv2d, ScratchOfTheHeaderFormula) {
  dyadic_conv2d layer{};
  layer.batch = layer.groups = 1;
  layer.in_c = 768;
  layer.out_c = 10;
  layer.h = layer.w = {2, 2, 1, 1, 1, 0};
  layer.block = 1;
  layer.acc_bits = 32;
  layer.in = {u(8), 0};
  layer.weight = {s(8), 0};
  EXPECT_EQ(dyadic_conv2d_scratch_bytes(&layer), 768u * 2);
  layer.weight = {s(4), 0};
  EXPECT_EQ(dyadic_conv2d_scratch_bytes(&layer), 768u * 2 * 2);
  layer.acc_bits = 64;
  EXPECT_EQ(dyadic_conv2d_scratch_bytes(&layer), 768u * 4 * 2);
}

} // namespace dyadic::test
