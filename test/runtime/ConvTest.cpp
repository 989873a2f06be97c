// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products, multiplied and looked up, against seven plain loops.
#include "Support.h"

#include "dyadic_conv2d_lut.h"
#include "dyadic_depthwise_lut.h"
#include "dyadic_matmul_lut.h"

#include <cmath>
#include <memory>

namespace dyadic::test {

namespace {

// Codes of a wide type stay small enough for 64-bit sums.
constexpr int64_t codeLimit = 1 << 22;
// Weights beyond 32 bits do come, as common multiples of scales per input channel.
constexpr int64_t longLimit = int64_t{1} << 33;

dyadic_operand randomOperand(Random &random, unsigned bits) {
  dyadic_operand operand{randomType(random, bits), 0};
  if (random.chance(50))
    operand.zero = static_cast<int32_t>(random.between(-40, 300));
  if (!dyadic_fits_int32(operand))
    operand = {s(operand.type.bits), 0};
  return operand;
}

dyadic_axis randomAxis(Random &random, bool pointwise) {
  if (pointwise) {
    const uint32_t extent = random.index(1, 7);
    return {extent, extent, 1, 1, 1, 0};
  }
  for (;;) {
    dyadic_axis axis{random.index(1, 9), 0, random.index(1, 4), random.index(1, 3), random.index(1, 3), 0};
    if (random.chance(20)) // nearly pointwise
      axis.kernel = axis.stride = 1;
    const uint32_t reach = (axis.kernel - 1) * axis.dilation + 1;
    axis.pad = random.index(0, reach);
    const uint32_t padded = axis.in + axis.pad + random.index(0, reach); // the far pad is any
    if (padded < reach)
      continue;
    axis.out = (padded - reach) / axis.stride + 1;
    return axis;
  }
}

enum class Kind { conv, depthwise, matmul };

// One random layer of any kind; a matmul is a convolution over rows x 1 pixels here.
struct Case {
  Random &random;
  Kind kind;
  bool lut;
  dyadic_conv2d layer{};
  std::unique_ptr<Tensor> in, weights;
  std::unique_ptr<Step> step;

  Case(Random &random, Kind kind, bool lut) : random(random), kind(kind), lut(lut) {
    const bool pointwise = kind == Kind::matmul || random.chance(20);
    layer.batch = kind == Kind::matmul ? 1 : random.index(1, 2);
    layer.h = randomAxis(random, pointwise);
    layer.w = randomAxis(random, pointwise);
    if (kind == Kind::matmul)
      layer.w = {1, 1, 1, 1, 1, 0};
    layer.groups = kind == Kind::conv && random.chance(40) ? random.index(1, 4) : 1;
    layer.in_c = layer.groups * random.index(1, kind == Kind::matmul ? 40 : 7);
    layer.out_c = layer.groups * random.index(1, 6);
    if (kind == Kind::depthwise)
      layer.in_c = layer.out_c = random.index(1, 40);
    layer.block = kind == Kind::depthwise ? random.index(1, 40) : random.index(1, 9);
    layer.in = randomOperand(random, lut ? 9 : 32);
    layer.weight = randomOperand(random, lut ? 7 : 32);
    const bool longWeights = !lut && random.chance(10);
    if (longWeights)
      layer.weight = {s(static_cast<uint8_t>(random.index(36, 64))), 0};
    const int64_t weightLimit = longWeights ? longLimit : codeLimit;
    const uint32_t depth = kind == Kind::depthwise ? 1 : layer.in_c / layer.groups;
    in = std::make_unique<Tensor>(layer.in.type, layer.batch * layer.h.in * layer.w.in * layer.in_c, random);
    weights = std::make_unique<Tensor>(layer.weight.type,
                                       layer.out_c * layer.h.kernel * layer.w.kernel * depth, random);
    in->fill(random, -codeLimit, codeLimit);
    weights->fill(random, -weightLimit, weightLimit);
    auto magnitude = [](const dyadic_operand &o, int64_t limit) {
      const int64_t low = std::max(minCode(o.type), -limit) - o.zero;
      const int64_t high = std::min(maxCode(o.type), limit) - o.zero;
      return std::max(std::abs(low), std::abs(high));
    };
    const int64_t bound = magnitude(layer.in, codeLimit) * magnitude(layer.weight, weightLimit) *
                          layer.h.kernel * layer.w.kernel * depth;
    layer.acc_bits = bound < INT32_MAX && random.chance(70) ? 32 : 64;
    if (longWeights || random.chance(25)) {
      layer.out.type = s(layer.acc_bits);
    } else {
      layer.out.type =
          random.chance(20) ? dyadic_type{32, uint8_t(random.chance(50))} : randomType(random, 33);
      step = std::make_unique<Step>(random, random.chance(30) ? 1 : layer.out_c, 1, bound, layer.out.type);
      layer.out.step = &step->step;
    }
  }

  int64_t expected(uint32_t n, uint32_t oh, uint32_t ow, uint32_t oc) const {
    const bool depthwise = kind == Kind::depthwise;
    const uint32_t depth = depthwise ? 1 : layer.in_c / layer.groups;
    const uint32_t group = depthwise ? oc : oc / (layer.out_c / layer.groups);
    int64_t sum = 0;
    for (uint32_t kh = 0; kh < layer.h.kernel; ++kh) {
      for (uint32_t kw = 0; kw < layer.w.kernel; ++kw) {
        const int64_t y = int64_t{oh} * layer.h.stride + int64_t{kh} * layer.h.dilation - layer.h.pad;
        const int64_t x = int64_t{ow} * layer.w.stride + int64_t{kw} * layer.w.dilation - layer.w.pad;
        if (y < 0 || x < 0 || y >= layer.h.in || x >= layer.w.in)
          continue;
        for (uint32_t ic = 0; ic < depth; ++ic) {
          const size_t tap = size_t{kh} * layer.w.kernel + kw;
          const size_t w = depthwise ? tap * layer.out_c + oc
                                     : (size_t{oc} * layer.h.kernel * layer.w.kernel + tap) * depth + ic;
          const size_t i =
              ((size_t{n} * layer.h.in + static_cast<size_t>(y)) * layer.w.in + static_cast<size_t>(x)) *
                  layer.in_c +
              group * depth + ic;
          sum += (weights->get(w) - layer.weight.zero) * (in->get(i) - layer.in.zero);
        }
      }
    }
    return step ? step->reference(oc, &sum) : sum;
  }
};

// The table of products, in the narrowest entries or wider ones.
struct Products {
  std::vector<int8_t> bytes;
  std::vector<int16_t> halves;
  std::vector<int32_t> words;
  dyadic_lut lut{};

  Products(Random &random, const dyadic_conv2d &layer) {
    Tensor w(layer.weight.type, 1, random), x(layer.in.type, 1, random);
    auto codeOf = [](dyadic_type t, uint32_t bits) -> int64_t {
      if (isBipolar(t))
        return bits ? 1 : -1;
      return t.is_signed && (bits >> (t.bits - 1)) ? int64_t{bits} - (int64_t{1} << t.bits) : int64_t{bits};
    };
    for (uint32_t i = 0; i < (1u << layer.weight.type.bits); ++i)
      for (uint32_t j = 0; j < (1u << layer.in.type.bits); ++j)
        words.push_back(static_cast<int32_t>((codeOf(layer.weight.type, i) - layer.weight.zero) *
                                             (codeOf(layer.in.type, j) - layer.in.zero)));
    auto fits = [&](int64_t limit) {
      for (int32_t v : words)
        if (v < -limit || v >= limit)
          return false;
      return true;
    };
    lut = {words.data(), 32, layer.in.type.bits};
    if (fits(128) && random.chance(80)) {
      bytes.assign(words.begin(), words.end());
      lut.entries = bytes.data();
      lut.entry_bits = 8;
    } else if (fits(32768) && random.chance(80)) {
      halves.assign(words.begin(), words.end());
      lut.entries = halves.data();
      lut.entry_bits = 16;
    }
  }
};

void check(uint32_t seed, Kind kind, bool useLut, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    Case test(random, kind, useLut);
    const dyadic_conv2d &l = test.layer;
    const dyadic_matmul m{l.h.in, l.in_c, l.out_c, l.block, l.acc_bits, l.in, l.weight, l.out};
    Tensor out(l.out.type, size_t{l.batch} * l.h.out * l.w.out * l.out_c, random);
    const void *in = test.in->data(), *weights = test.weights->data();
    Products products(random,
                      useLut ? l : dyadic_conv2d{1, 1, 1, 1, {}, {}, 1, 32, {u(1), 0}, {u(1), 0}, {}});
    const dyadic_lut *lut = &products.lut;
    const size_t bytes =
        kind == Kind::conv ? useLut ? dyadic_conv2d_lut_scratch_bytes(&l) : dyadic_conv2d_scratch_bytes(&l)
        : kind == Kind::depthwise
            ? useLut ? dyadic_depthwise_lut_scratch_bytes(&l) : dyadic_depthwise_scratch_bytes(&l)
        : useLut ? dyadic_matmul_lut_scratch_bytes(&m)
                 : dyadic_matmul_scratch_bytes(&m);
    ASSERT_EQ(bytes % DYADIC_SCRATCH_ALIGN, 0u);
    Guarded scratch(bytes, random);
    if (kind == Kind::conv && useLut)
      dyadic_conv2d_lut_run(&l, lut, in, weights, out.data(), scratch.data());
    else if (kind == Kind::conv)
      dyadic_conv2d_run(&l, in, weights, out.data(), scratch.data());
    else if (kind == Kind::depthwise && useLut)
      dyadic_depthwise_lut_run(&l, lut, in, weights, out.data(), scratch.data());
    else if (kind == Kind::depthwise)
      dyadic_depthwise_run(&l, in, weights, out.data(), scratch.data());
    else if (useLut)
      dyadic_matmul_lut_run(&m, lut, in, weights, out.data(), scratch.data());
    else
      dyadic_matmul_run(&m, in, weights, out.data(), scratch.data());
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
