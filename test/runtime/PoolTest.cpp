// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling against plain loops, with every type, padding, dilation and count class.
#include "Support.h"

#include "dyadic_pool_max.h"
#include "dyadic_pool_sum.h"

#include <memory>

namespace dyadic::test {

namespace {

// An axis on which each window meets the input.
dyadic_axis randomAxis(Random &random) {
  for (;;) {
    dyadic_axis axis{random.index(1, 9), 0, random.index(1, 4), random.index(1, 3), random.index(1, 2), 0};
    const uint32_t reach = (axis.kernel - 1) * axis.dilation + 1;
    axis.pad = random.index(0, reach - 1);
    const uint32_t padded = axis.in + axis.pad + random.index(0, reach - 1);
    if (padded < reach)
      continue;
    axis.out = (padded - reach) / axis.stride + 1;
    bool covered = true;
    for (uint32_t o = 0; o < axis.out; ++o) {
      bool any = false;
      for (uint32_t k = 0; k < axis.kernel; ++k) {
        const int64_t x = int64_t{o} * axis.stride + int64_t{k} * axis.dilation - axis.pad;
        any = any || (x >= 0 && x < axis.in);
      }
      covered = covered && any;
    }
    if (covered)
      return axis;
  }
}

template <typename F>
void overWindow(const dyadic_axis &h, const dyadic_axis &w, uint32_t oh, uint32_t ow, F visit) {
  for (uint32_t kh = 0; kh < h.kernel; ++kh)
    for (uint32_t kw = 0; kw < w.kernel; ++kw) {
      const int64_t y = int64_t{oh} * h.stride + int64_t{kh} * h.dilation - h.pad;
      const int64_t x = int64_t{ow} * w.stride + int64_t{kw} * w.dilation - w.pad;
      if (y >= 0 && x >= 0 && y < h.in && x < w.in)
        visit(static_cast<size_t>(y) * w.in + static_cast<size_t>(x));
    }
}

} // namespace

TEST(PoolMax, EqualsPlainLoops) {
  Random random(11);
  for (int round = 0; round < 600; ++round) {
    dyadic_pool_max layer{random.index(1, 2),  random.index(1, 40), randomAxis(random),    randomAxis(random),
                          random.index(1, 40), random.chance(30),   randomType(random, 64)};
    const size_t plane = size_t{layer.h.in} * layer.w.in;
    Tensor in(layer.type, layer.batch * plane * layer.channels, random);
    Tensor out(layer.type, size_t{layer.batch} * layer.h.out * layer.w.out * layer.channels, random);
    in.fill(random, minCode(layer.type), maxCode(layer.type));
    Guarded scratch(dyadic_pool_max_scratch_bytes(&layer), random);
    dyadic_pool_max_run(&layer, in.data(), out.data(), scratch.data());
    ASSERT_TRUE(scratch.intact() && out.intact());
    size_t i = 0;
    for (uint32_t n = 0; n < layer.batch; ++n)
      for (uint32_t oh = 0; oh < layer.h.out; ++oh)
        for (uint32_t ow = 0; ow < layer.w.out; ++ow)
          for (uint32_t c = 0; c < layer.channels; ++c, ++i) {
            std::vector<int64_t> codes;
            overWindow(layer.h, layer.w, oh, ow,
                       [&](size_t p) { codes.push_back(in.get((n * plane + p) * layer.channels + c)); });
            const int64_t best = layer.minimum ? *std::min_element(codes.begin(), codes.end())
                                               : *std::max_element(codes.begin(), codes.end());
            ASSERT_EQ(out.get(i), best) << nameOf(layer.type);
          }
  }
}

TEST(PoolSum, EqualsPlainLoops) {
  Random random(12);
  for (int round = 0; round < 600; ++round) {
    dyadic_pool_sum layer{};
    layer.batch = random.index(1, 2);
    layer.channels = random.index(1, 40);
    layer.h = randomAxis(random);
    layer.w = randomAxis(random);
    layer.block = random.index(1, 40);
    layer.in = {randomType(random, 33),
                static_cast<int32_t>(random.chance(50) ? random.between(-300, 300) : 0)};
    const int64_t limit = int64_t{1} << 33;
    const int64_t bound = std::min(limit, std::max(maxCode(layer.in.type), -minCode(layer.in.type))) + 300;
    const int64_t sumBound = bound * layer.h.kernel * layer.w.kernel;
    layer.acc_bits = sumBound < INT32_MAX && random.chance(70) ? 32 : 64;

    std::vector<uint8_t> rowClass, columnClass;
    layer.column_classes = 1;
    uint32_t classes = 1;
    if (random.chance(50)) {
      for (uint32_t i = 0; i < layer.h.out; ++i)
        rowClass.push_back(static_cast<uint8_t>(random.index(0, 2)));
      classes = 3;
      layer.row_class = rowClass.data();
    }
    if (random.chance(50)) {
      for (uint32_t i = 0; i < layer.w.out; ++i)
        columnClass.push_back(static_cast<uint8_t>(random.index(0, 1)));
      layer.column_classes = 2;
      layer.column_class = columnClass.data();
    }
    layer.channels_per_class = random.chance(50) ? 1 : layer.channels;
    layer.out.type = randomType(random, 16);
    std::unique_ptr<Step> step;
    if (random.chance(80)) {
      step = std::make_unique<Step>(random, classes * layer.column_classes * layer.channels_per_class, 1,
                                    sumBound, layer.out.type);
      layer.out.step = &step->step;
    } else {
      layer.out.type = s(layer.acc_bits);
    }

    const size_t plane = size_t{layer.h.in} * layer.w.in;
    Tensor in(layer.in.type, layer.batch * plane * layer.channels, random);
    Tensor out(layer.out.type, size_t{layer.batch} * layer.h.out * layer.w.out * layer.channels, random);
    in.fill(random, -limit, limit);
    Guarded scratch(dyadic_pool_sum_scratch_bytes(&layer), random);
    dyadic_pool_sum_run(&layer, in.data(), out.data(), scratch.data());
    ASSERT_TRUE(scratch.intact() && out.intact());
    size_t i = 0;
    for (uint32_t n = 0; n < layer.batch; ++n)
      for (uint32_t oh = 0; oh < layer.h.out; ++oh)
        for (uint32_t ow = 0; ow < layer.w.out; ++ow)
          for (uint32_t c = 0; c < layer.channels; ++c, ++i) {
            int64_t sum = 0;
            overWindow(layer.h, layer.w, oh, ow, [&](size_t p) {
              sum += in.get((n * plane + p) * layer.channels + c) - layer.in.zero;
            });
            const uint32_t row = rowClass.empty() ? 0 : rowClass[oh],
                           column = columnClass.empty() ? 0 : columnClass[ow];
            const uint32_t channel = (row * layer.column_classes + column) * layer.channels_per_class +
                                     (layer.channels_per_class == 1 ? 0 : c);
            int64_t y = step ? step->reference(channel, &sum) : sum;
            if (isBipolar(layer.out.type))
              y = y > 0 ? 1 : -1;
            ASSERT_EQ(out.get(i), y) << nameOf(layer.in.type) << " -> " << nameOf(layer.out.type);
          }
  }
}

} // namespace dyadic::test
