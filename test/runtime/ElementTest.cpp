// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise steps, movement, argmax and the check of input codes.
#include "Support.h"

#include "dyadic_argmax.h"
#include "dyadic_codes.h"
#include "dyadic_gather.h"
#include "dyadic_rescale.h"

#include <memory>

namespace dyadic::test {

TEST(Rescale, OneOrSeveralTensors) {
  Random random(21);
  for (int round = 0; round < 800; ++round) {
    const uint32_t terms = random.chance(50) ? 1 : random.index(2, 8);
    dyadic_rescale layer{};
    layer.elements = random.index(1, 120);
    layer.period = random.index(1, 9);
    layer.out = randomType(random, 32);
    std::vector<std::unique_ptr<Tensor>> in;
    const void *pointers[8] = {};
    const int64_t limit = int64_t{1} << 30;
    for (uint32_t t = 0; t < terms; ++t) {
      layer.in[t] = randomType(random, 40);
      in.push_back(std::make_unique<Tensor>(layer.in[t], layer.elements, random));
      in.back()->fill(random, -limit, limit);
      pointers[t] = in.back()->data();
    }
    Step step(random, random.index(1, 7), terms, layer.in[0].bits <= 8 && terms == 1 ? 300 : limit,
              layer.out);
    layer.step = &step.step;
    Tensor out(layer.out, layer.elements, random);
    dyadic_rescale_run(&layer, pointers, out.data());
    ASSERT_TRUE(out.intact());
    for (uint32_t i = 0; i < layer.elements; ++i) {
      int64_t a[8];
      for (uint32_t t = 0; t < terms; ++t)
        a[t] = in[t]->get(i);
      int64_t y = step.reference((i / layer.period) % step.step.channels, a);
      if (isBipolar(layer.out))
        y = y > 0 ? 1 : -1;
      ASSERT_EQ(out.get(i), y);
    }
  }
}

TEST(Rescale, InPlaceWhereTheOutputIsNoWider) {
  Random random(22);
  for (int round = 0; round < 200; ++round) {
    dyadic_rescale layer{};
    layer.elements = random.index(1, 90);
    layer.period = 1;
    layer.in[0] = randomType(random, 8);
    layer.out = {static_cast<uint8_t>(random.index(1, layer.in[0].bits)),
                 static_cast<uint8_t>(random.chance(50))};
    Step step(random, 3, 1, 300, layer.out);
    layer.step = &step.step;
    Tensor buffer(layer.in[0], layer.elements, random);
    std::vector<int64_t> expected;
    for (uint32_t i = 0; i < layer.elements; ++i) {
      const int64_t a = buffer.get(i);
      expected.push_back(step.reference(i % 3, &a));
    }
    const void *in = buffer.data();
    dyadic_rescale_run(&layer, &in, buffer.data());
    for (uint32_t i = 0; i < layer.elements; ++i)
      ASSERT_EQ(dyadic_load(buffer.data(), layer.out, i),
                isBipolar(layer.out) ? (expected[i] > 0 ? 1 : -1) : expected[i]);
  }
}

// Any box: permuted axes, negative steps, pads, maps and a place inside a larger output.
TEST(Gather, EqualsPlainLoops) {
  Random random(23);
  for (int round = 0; round < 1500; ++round) {
    dyadic_gather layer{};
    layer.in = randomType(random, 64);
    layer.out = layer.in;
    if (random.chance(30))
      layer.out = isBipolar(layer.in) ? s(8)
                                      : dyadic_type{static_cast<uint8_t>(std::min(64, layer.in.bits + 3)),
                                                    layer.in.is_signed};
    if (random.chance(10))
      std::swap(layer.in, layer.out);
    layer.rank = random.index(1, 6);
    layer.fill = isBipolar(layer.out) ? 1 : random.edgy(minCode(layer.out), maxCode(layer.out));
    std::vector<std::vector<uint32_t>> maps(layer.rank);
    // Input extents per axis, then strides of a shuffled order for both tensors.
    std::vector<uint32_t> inExtent, order(layer.rank), outOrder(layer.rank);
    for (uint32_t r = 0; r < layer.rank; ++r) {
      inExtent.push_back(random.index(1, 4) + (r + 1 == layer.rank ? random.index(0, 20) : 0));
      order[r] = outOrder[r] = r;
    }
    if (random.chance(60)) {
      for (uint32_t r = layer.rank; r > 1; --r)
        std::swap(order[r - 1], order[random.index(0, r - 1)]);
    }
    std::vector<int32_t> stride(layer.rank);
    int32_t elements = 1;
    for (uint32_t r = layer.rank; r-- > 0;) {
      stride[order[r]] = elements;
      elements *= static_cast<int32_t>(inExtent[order[r]]);
    }
    int32_t outElements = 1;
    for (uint32_t r = layer.rank; r-- > 0;) {
      dyadic_gather_axis &axis = layer.axis[r];
      const auto have = static_cast<int32_t>(inExtent[r]);
      const auto before = static_cast<int32_t>(random.chance(30) ? random.index(0, 3) : 0);
      const auto after = random.chance(30) ? random.index(0, 3) : 0;
      axis.extent = inExtent[r] + static_cast<uint32_t>(before) + after;
      axis.first = static_cast<uint32_t>(before);
      axis.end = axis.first + inExtent[r];
      axis.in_stride = stride[r];
      if (random.chance(20)) { // reversed
        axis.in_stride = -stride[r];
        layer.in_base += (have - 1 + before) * stride[r];
      } else if (random.chance(20)) { // nearest resize or any other choice
        for (uint32_t x = 0; x < axis.extent; ++x)
          maps[r].push_back(random.index(0, inExtent[r] - 1) * static_cast<uint32_t>(stride[r]));
        axis.map = maps[r].data();
      } else {
        layer.in_base -= before * stride[r];
      }
      if (random.chance(5))
        axis.end = axis.first; // nothing but fill
      axis.out_stride = outElements;
      outElements *= static_cast<int32_t>(axis.extent) +
                     static_cast<int32_t>(random.chance(30) ? random.index(0, 2) : 0);
    }
    layer.out_base = static_cast<int32_t>(random.index(0, 9));
    Tensor in(layer.in, static_cast<size_t>(elements), random);
    Tensor out(layer.out, static_cast<size_t>(outElements + layer.out_base), random);
    in.fill(random, std::max(minCode(layer.in), minCode(layer.out)),
            std::min(maxCode(layer.in), maxCode(layer.out)));
    out.fill(random, minCode(layer.out), maxCode(layer.out));
    std::vector<int64_t> expected;
    for (size_t i = 0; i < out.size(); ++i)
      expected.push_back(out.get(i));
    std::vector<uint32_t> x(layer.rank, 0);
    for (bool more = true; more;) {
      int64_t from = layer.in_base, to = layer.out_base;
      bool inside = true;
      for (uint32_t r = 0; r < layer.rank; ++r) {
        const dyadic_gather_axis &axis = layer.axis[r];
        inside = inside && x[r] >= axis.first && x[r] < axis.end;
        from += axis.map ? axis.map[x[r]] : int64_t{x[r]} * axis.in_stride;
        to += int64_t{x[r]} * axis.out_stride;
      }
      expected[static_cast<size_t>(to)] = inside ? in.get(static_cast<size_t>(from)) : layer.fill;
      more = false;
      for (uint32_t r = layer.rank; r-- > 0 && !more;) {
        more = ++x[r] < layer.axis[r].extent;
        if (!more)
          x[r] = 0;
      }
    }
    dyadic_gather_run(&layer, in.data(), out.data());
    ASSERT_TRUE(out.intact());
    for (size_t i = 0; i < out.size(); ++i) {
      const int64_t code = isBipolar(layer.out) ? (expected[i] > 0 ? 1 : -1) : expected[i];
      ASSERT_EQ(out.get(i), code) << "round " << round << " " << nameOf(layer.in) << " -> "
                                  << nameOf(layer.out);
    }
  }
}

TEST(Argmax, FirstIndexOnTies) {
  const int32_t x[] = {3, 7, -2, 7, INT32_MIN, INT32_MIN, 5, 5, 5};
  const dyadic_argmax layer{3, 3, 1, 0, s(32), s(32)};
  int32_t out[3];
  dyadic_argmax_run(&layer, x, out);
  EXPECT_EQ(out[0], 1);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[2], 0);
}

TEST(Argmax, EqualsPlainLoops) {
  Random random(24);
  for (int round = 0; round < 300; ++round) {
    const dyadic_argmax layer{random.index(1, 4),     random.index(1, 20),
                              random.index(1, 3),     uint8_t(random.chance(30)),
                              randomType(random, 64), u(random.chance(50) ? 5 : 32)};
    Tensor in(layer.in, size_t{layer.rows} * layer.length * layer.inner, random);
    Tensor out(layer.out, size_t{layer.rows} * layer.inner, random);
    in.fill(random, std::max<int64_t>(minCode(layer.in), -4), 4);
    dyadic_argmax_run(&layer, in.data(), out.data());
    ASSERT_TRUE(out.intact());
    for (uint32_t r = 0; r < layer.rows; ++r)
      for (uint32_t j = 0; j < layer.inner; ++j) {
        auto at = [&](uint32_t i) { return in.get((r * layer.length + i) * layer.inner + j); };
        uint32_t best = 0;
        for (uint32_t i = 0; i < layer.length; ++i)
          if (layer.minimum ? at(i) < at(best) : at(i) > at(best))
            best = i;
        ASSERT_EQ(out.get(r * layer.inner + j), best);
      }
  }
}

TEST(Codes, RangeOfInputs) {
  const int8_t codes[] = {-8, 0, 7};
  EXPECT_TRUE(dyadic_codes_in_range(codes, s(8), 3, s(4), -8, 7));
  EXPECT_FALSE(dyadic_codes_in_range(codes, s(8), 3, s(4), -7, 7));
  EXPECT_FALSE(dyadic_codes_in_range(codes, s(8), 3, s(4), -8, 6));
  const int8_t bipolar[] = {-1, 1, 0};
  EXPECT_TRUE(dyadic_codes_in_range(bipolar, s(8), 2, s(1), -1, 1));
  EXPECT_FALSE(dyadic_codes_in_range(bipolar, s(8), 3, s(1), -1, 1));
}

} // namespace dyadic::test
