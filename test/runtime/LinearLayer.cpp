// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random convolutions and matrix products, and the loops that say what they mean.
#include "LinearLayer.h"

#include <cmath>

namespace dyadic::test {

namespace {

// Codes of a wide type stay small enough for 64-bit sums.
constexpr int64_t codeLimit = 1 << 22;
// Weights beyond 32 bits do come, as common multiples of scales per input channel; so do inputs that nothing
// rounded.
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

} // namespace

LinearLayer::LinearLayer(Random &random, Kind kind, bool lut) : kind(kind), lut(lut) {
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
  const bool longInputs = !lut && !longWeights && random.chance(10);
  if (longInputs)
    layer.in = {s(static_cast<uint8_t>(random.index(36, 64))), 0};
  const int64_t weightLimit = longWeights ? longLimit : codeLimit,
                inLimit = longInputs ? longLimit : codeLimit;
  const uint32_t depth = kind == Kind::depthwise ? 1 : layer.in_c / layer.groups;
  in = std::make_unique<Tensor>(layer.in.type, layer.batch * layer.h.in * layer.w.in * layer.in_c, random);
  weights = std::make_unique<Tensor>(layer.weight.type, layer.out_c * layer.h.kernel * layer.w.kernel * depth,
                                     random);
  in->fill(random, -inLimit, inLimit);
  weights->fill(random, -weightLimit, weightLimit);
  auto magnitude = [](const dyadic_operand &o, int64_t limit) {
    const int64_t low = std::max(minCode(o.type), -limit) - o.zero;
    const int64_t high = std::min(maxCode(o.type), limit) - o.zero;
    return std::max(std::abs(low), std::abs(high));
  };
  const int64_t bound = magnitude(layer.in, inLimit) * magnitude(layer.weight, weightLimit) * layer.h.kernel *
                        layer.w.kernel * depth;
  layer.acc_bits = bound < INT32_MAX && random.chance(70) ? 32 : 64;
  if (longWeights || longInputs || random.chance(25)) {
    layer.out.type = s(layer.acc_bits);
  } else {
    layer.out.type = random.chance(20) ? dyadic_type{32, uint8_t(random.chance(50))} : randomType(random, 33);
    step = std::make_unique<Step>(random, random.chance(30) ? 1 : layer.out_c, 1, bound, layer.out.type);
    layer.out.step = &step->step;
  }
}

int64_t LinearLayer::expected(uint32_t n, uint32_t oh, uint32_t ow, uint32_t oc) const {
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

dyadic_matmul LinearLayer::matmul() const {
  const dyadic_conv2d &l = layer;
  return {l.h.in, l.in_c, l.out_c, l.block, l.acc_bits, l.in, l.weight, l.out};
}

size_t LinearLayer::scratchBytes() const {
  const dyadic_matmul m = matmul();
  switch (kind) {
  case Kind::conv:
    return lut ? dyadic_conv2d_lut_scratch_bytes(&layer) : dyadic_conv2d_scratch_bytes(&layer);
  case Kind::depthwise:
    return lut ? dyadic_depthwise_lut_scratch_bytes(&layer) : dyadic_depthwise_scratch_bytes(&layer);
  default:
    return lut ? dyadic_matmul_lut_scratch_bytes(&m) : dyadic_matmul_scratch_bytes(&m);
  }
}

void LinearLayer::run(const dyadic_lut *table, const dyadic_part *part, void *out, void *scratch) const {
  const dyadic_conv2d *l = &layer;
  const dyadic_matmul whole = matmul(), *m = &whole;
  const void *x = in->data(), *w = weights->data();
  if (kind == Kind::conv && lut)
    part ? dyadic_conv2d_lut_part(l, part, table, x, w, out, scratch)
         : dyadic_conv2d_lut_run(l, table, x, w, out, scratch);
  else if (kind == Kind::conv)
    part ? dyadic_conv2d_part(l, part, x, w, out, scratch) : dyadic_conv2d_run(l, x, w, out, scratch);
  else if (kind == Kind::depthwise && lut)
    part ? dyadic_depthwise_lut_part(l, part, table, x, w, out, scratch)
         : dyadic_depthwise_lut_run(l, table, x, w, out, scratch);
  else if (kind == Kind::depthwise)
    part ? dyadic_depthwise_part(l, part, x, w, out, scratch) : dyadic_depthwise_run(l, x, w, out, scratch);
  else if (lut)
    part ? dyadic_matmul_lut_part(m, part, table, x, w, out, scratch)
         : dyadic_matmul_lut_run(m, table, x, w, out, scratch);
  else
    part ? dyadic_matmul_part(m, part, x, w, out, scratch) : dyadic_matmul_run(m, x, w, out, scratch);
}

Products::Products(Random &random, const dyadic_conv2d &layer) {
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

} // namespace dyadic::test
