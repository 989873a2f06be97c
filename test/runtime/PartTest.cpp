// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts of a layer, cut at random or shared out to cores: each writes its own elements and nothing else,
// together they are the whole.
#include "LinearLayer.h"

#include "dyadic_pool_max.h"
#include "dyadic_pool_sum.h"
#include "dyadic_rescale.h"

#include <functional>
#include <numeric>

namespace dyadic::test {

namespace {

std::vector<uint32_t> randomCuts(Random &random, uint32_t n, uint32_t grain) {
  std::vector<uint32_t> cuts{0, n};
  for (uint32_t i = random.index(0, 4); i > 0; --i)
    cuts.push_back(std::min(n, random.index(0, n / grain + 1) * grain));
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

uint32_t grainFor(uint32_t bits) { return bits < 8 ? 8 / std::gcd(8u, bits) : 1; }

// A grid of parts, or the shares of some cores, in random order.
std::vector<dyadic_part> randomParts(Random &random, uint32_t pixels, uint32_t channels, uint32_t grain,
                                     uint32_t channelGrain) {
  std::vector<dyadic_part> parts;
  if (random.chance(50)) {
    const uint32_t cores = random.index(1, 9);
    const bool byChannel = random.chance(50);
    for (uint32_t core = 0; core < cores; ++core)
      parts.push_back(dyadic_share(pixels, channels,
                                   byChannel ? DYADIC_SPREAD_CHANNELS : DYADIC_SPREAD_PIXELS,
                                   byChannel ? channelGrain : grain, core, cores));
  } else {
    const auto rows = randomCuts(random, pixels, grain), columns = randomCuts(random, channels, channelGrain);
    for (size_t i = 1; i < rows.size(); ++i)
      for (size_t j = 1; j < columns.size(); ++j)
        parts.push_back({rows[i - 1], rows[i], columns[j - 1], columns[j]});
  }
  for (size_t i = parts.size(); i > 1; --i)
    std::swap(parts[i - 1], parts[random.index(0, static_cast<uint32_t>(i - 1))]);
  return parts;
}

using RunPart = std::function<void(const dyadic_part &, void *out, void *scratch)>;

// expected: every element of the layer. Each part gets scratch and, to see what it writes, an output of its
// own; all of them together fill another one.
void checkParts(Random &random, uint32_t pixels, uint32_t channels, dyadic_type type, size_t scratchBytes,
                const std::vector<int64_t> &expected, const RunPart &run) {
  const bool wholeBytes = random.chance(50); // else parts share bytes, one after the other
  const bool channelsMayBeCut = type.bits >= 8 || channels * type.bits % 8 == 0 || pixels == 1;
  const uint32_t channelGrain = !wholeBytes ? 1 : channelsMayBeCut ? grainFor(type.bits) : channels;
  const uint32_t grain = !wholeBytes ? 1 : type.bits >= 8 ? 1 : 8 / std::gcd(8u, channels * type.bits);
  Tensor all(type, expected.size(), random);
  std::vector<bool> done(expected.size());
  std::vector<int> writer(dyadic_type_bytes(type, expected.size()), -1);
  int number = 0;
  for (const dyadic_part &part : randomParts(random, pixels, channels, grain, channelGrain)) {
    Tensor own(type, expected.size(), random);
    std::vector<int64_t> before(expected.size());
    for (size_t i = 0; i < before.size(); ++i)
      before[i] = own.get(i);
    std::vector<uint8_t> bytes(writer.size());
    std::memcpy(bytes.data(), own.data(), bytes.size());
    Guarded scratch(scratchBytes, random), sameScratch(scratchBytes, random);
    run(part, own.data(), scratch.data());
    run(part, all.data(), sameScratch.data());
    ASSERT_TRUE(scratch.intact() && sameScratch.intact());
    for (size_t i = 0; i < expected.size(); ++i) {
      const auto pixel = static_cast<uint32_t>(i / channels), c = static_cast<uint32_t>(i % channels);
      const bool inside = pixel >= part.first && pixel < part.end && c >= part.c_first && c < part.c_end;
      ASSERT_EQ(own.get(i), inside ? expected[i] : before[i]) << "element " << i << " of " << expected.size();
      ASSERT_FALSE(inside && done[i]) << "element " << i << " is in two parts";
      done[i] = done[i] || inside;
    }
    for (size_t b = 0; wholeBytes && b < bytes.size(); ++b)
      if (bytes[b] != static_cast<const uint8_t *>(own.data())[b]) {
        ASSERT_TRUE(writer[b] < 0) << "two parts write byte " << b;
        writer[b] = number;
      }
    ++number;
    ASSERT_TRUE(own.intact());
  }
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_TRUE(done[i] && all.get(i) == expected[i]) << "element " << i;
  ASSERT_TRUE(all.intact());
}

const dyadic_conv2d noProducts{1, 1, 1, 1, {}, {}, 1, 32, {u(1), 0}, {u(1), 0}, {}};

void checkLinear(uint32_t seed, Kind kind, bool lut, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds && !testing::Test::HasFatalFailure(); ++round) {
    LinearLayer test(random, kind, lut);
    const dyadic_conv2d &l = test.layer;
    const Products products(random, lut ? l : noProducts);
    std::vector<int64_t> expected;
    for (uint32_t p = 0; p < test.pixels(); ++p)
      for (uint32_t c = 0; c < l.out_c; ++c) {
        const int64_t y = test.expected(p / l.w.out / l.h.out, p / l.w.out % l.h.out, p % l.w.out, c);
        expected.push_back(!isBipolar(l.out.type) ? y : y > 0 ? 1 : -1);
      }
    checkParts(random, test.pixels(), l.out_c, l.out.type, test.scratchBytes(), expected,
               [&](const dyadic_part &part, void *out, void *scratch) {
                 test.run(&products.lut, &part, out, scratch);
               });
  }
}

// Whatever the kernel itself makes of everything: the pools' own tests hold that against plain loops.
std::vector<int64_t> wholeOutput(Random &random, dyadic_type type, size_t elements, size_t scratchBytes,
                                 const std::function<void(void *out, void *scratch)> &run) {
  Tensor out(type, elements, random);
  Guarded scratch(scratchBytes, random);
  run(out.data(), scratch.data());
  std::vector<int64_t> codes;
  for (size_t i = 0; i < elements; ++i)
    codes.push_back(out.get(i));
  return codes;
}

dyadic_axis randomAxis(Random &random) {
  const uint32_t kernel = random.index(1, 3), stride = random.index(1, 2), pad = random.index(0, kernel - 1);
  const uint32_t out = random.index(1, 5);
  return {(out - 1) * stride + kernel - pad, out, kernel, stride, 1, pad};
}

} // namespace

TEST(Part, Conv2d) { checkLinear(31, Kind::conv, false, 400); }
TEST(Part, Conv2dLookedUp) { checkLinear(32, Kind::conv, true, 200); }
TEST(Part, Depthwise) { checkLinear(33, Kind::depthwise, false, 400); }
TEST(Part, DepthwiseLookedUp) { checkLinear(34, Kind::depthwise, true, 200); }
TEST(Part, Matmul) { checkLinear(35, Kind::matmul, false, 400); }
TEST(Part, MatmulLookedUp) { checkLinear(36, Kind::matmul, true, 200); }

// A layer of some of the input channels: its input and weights are theirs alone, as a tile has them.
struct Segment {
  Segment(const LinearLayer &whole, Random &random, uint32_t first, uint32_t count) : layer(whole.layer) {
    const uint32_t all = layer.in_c, positions = layer.batch * layer.h.in * layer.w.in,
                   filters = layer.out_c * layer.h.kernel * layer.w.kernel;
    layer.in_c = count;
    auto take = [&](const Tensor &from, dyadic_type type, uint32_t lines) {
      auto to = std::make_unique<Tensor>(type, size_t{lines} * count, random);
      for (uint32_t line = 0; line < lines; ++line)
        for (uint32_t i = 0; i < count; ++i)
          to->set(size_t{line} * count + i, from.get(size_t{line} * all + first + i));
      return to;
    };
    in = take(*whole.in, layer.in.type, positions);
    weights = take(*whole.weights, layer.weight.type, filters);
  }

  void run(Kind kind, const dyadic_part &part, const dyadic_sums &sums, void *out, void *scratch) const {
    const dyadic_conv2d &l = layer;
    const dyadic_matmul matmul{l.h.in, l.in_c, l.out_c, l.block, l.acc_bits, l.in, l.weight, l.out};
    if (kind == Kind::conv)
      dyadic_conv2d_segment(&l, &part, &sums, in->data(), weights->data(), out, scratch);
    else
      dyadic_matmul_segment(&matmul, &part, &sums, in->data(), weights->data(), out, scratch);
  }

  dyadic_conv2d layer;
  std::unique_ptr<Tensor> in, weights;
};

// Input channels segment by segment, each segment part by part: the same outputs, and none before the end.
void checkSegments(uint32_t seed, Kind kind, int rounds) {
  Random random(seed);
  for (int done = 0; done < rounds && !testing::Test::HasFatalFailure();) {
    const LinearLayer test(random, kind, false);
    const dyadic_conv2d &l = test.layer;
    if (l.acc_bits != 32 || l.groups != 1)
      continue;
    ++done;
    auto cuts = randomCuts(random, l.in_c, 1);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    const size_t outputs = size_t{test.pixels()} * l.out_c;
    Guarded values(outputs * sizeof(int32_t), random);
    Tensor out(l.out.type, outputs, random);
    std::vector<int64_t> before;
    for (size_t i = 0; i < outputs; ++i)
      before.push_back(out.get(i));
    for (size_t k = 1; k < cuts.size(); ++k) {
      const Segment segment(test, random, cuts[k - 1], cuts[k] - cuts[k - 1]);
      const dyadic_sums sums{reinterpret_cast<int32_t *>(values.data()), k == 1, k + 1 == cuts.size()};
      for (const dyadic_part &part : randomParts(random, test.pixels(), l.out_c, 1, 1)) {
        Guarded scratch(dyadic_conv2d_scratch_bytes(&segment.layer), random);
        segment.run(kind, part, sums, out.data(), scratch.data());
        ASSERT_TRUE(scratch.intact());
      }
      for (size_t i = 0; i < outputs && !sums.last; ++i)
        ASSERT_EQ(out.get(i), before[i]) << "element " << i << " comes early";
    }
    for (uint32_t p = 0; p < test.pixels(); ++p)
      for (uint32_t c = 0; c < l.out_c; ++c) {
        const int64_t y = test.expected(p / l.w.out / l.h.out, p / l.w.out % l.h.out, p % l.w.out, c);
        ASSERT_EQ(out.get(size_t{p} * l.out_c + c), !isBipolar(l.out.type) ? y : y > 0 ? 1 : -1);
      }
    ASSERT_TRUE(values.intact() && out.intact());
  }
}

TEST(Segment, Conv2d) { checkSegments(41, Kind::conv, 300); }
TEST(Segment, Matmul) { checkSegments(42, Kind::matmul, 300); }

TEST(Part, PoolMax) {
  Random random(37);
  for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
    const dyadic_pool_max layer{random.index(1, 2),    random.index(1, 40), randomAxis(random),
                                randomAxis(random),    random.index(1, 40), random.chance(30),
                                randomType(random, 64)};
    Tensor in(layer.type, size_t{layer.batch} * layer.h.in * layer.w.in * layer.channels, random);
    in.fill(random, minCode(layer.type), maxCode(layer.type));
    const uint32_t pixels = layer.batch * layer.h.out * layer.w.out;
    const size_t bytes = dyadic_pool_max_scratch_bytes(&layer);
    const auto expected =
        wholeOutput(random, layer.type, size_t{pixels} * layer.channels, bytes,
                    [&](void *out, void *scratch) { dyadic_pool_max_run(&layer, in.data(), out, scratch); });
    checkParts(random, pixels, layer.channels, layer.type, bytes, expected,
               [&](const dyadic_part &part, void *out, void *scratch) {
                 dyadic_pool_max_part(&layer, &part, in.data(), out, scratch);
               });
  }
}

TEST(Part, PoolSum) {
  Random random(38);
  for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
    dyadic_pool_sum layer{};
    layer.batch = random.index(1, 2);
    layer.channels = random.index(1, 40);
    layer.h = randomAxis(random);
    layer.w = randomAxis(random);
    layer.block = random.index(1, 40);
    layer.acc_bits = random.chance(50) ? 32 : 64;
    layer.in = {randomType(random, 16), static_cast<int32_t>(random.between(-300, 300))};
    layer.column_classes = 1;
    std::vector<uint8_t> rowClass;
    if (random.chance(50)) {
      for (uint32_t i = 0; i < layer.h.out; ++i)
        rowClass.push_back(static_cast<uint8_t>(random.index(0, 1)));
      layer.row_class = rowClass.data();
    }
    layer.channels_per_class = random.chance(50) ? 1 : layer.channels;
    layer.out.type = randomType(random, 16);
    const Step step(random, 2 * layer.channels_per_class, 1, 40 * (65536 + 300), layer.out.type);
    layer.out.step = &step.step;
    Tensor in(layer.in.type, size_t{layer.batch} * layer.h.in * layer.w.in * layer.channels, random);
    in.fill(random, minCode(layer.in.type), maxCode(layer.in.type));
    const uint32_t pixels = layer.batch * layer.h.out * layer.w.out;
    const size_t bytes = dyadic_pool_sum_scratch_bytes(&layer);
    const auto expected =
        wholeOutput(random, layer.out.type, size_t{pixels} * layer.channels, bytes,
                    [&](void *out, void *scratch) { dyadic_pool_sum_run(&layer, in.data(), out, scratch); });
    checkParts(random, pixels, layer.channels, layer.out.type, bytes, expected,
               [&](const dyadic_part &part, void *out, void *scratch) {
                 dyadic_pool_sum_part(&layer, &part, in.data(), out, scratch);
               });
  }
}

TEST(Part, Rescale) {
  Random random(39);
  for (int round = 0; round < 400 && !HasFatalFailure(); ++round) {
    dyadic_rescale layer{};
    layer.elements = random.index(1, 120);
    layer.period = random.index(1, 9);
    layer.in[0] = randomType(random, 16);
    layer.out = randomType(random, 32);
    const Step step(random, random.index(1, 7), 1, 65536, layer.out);
    layer.step = &step.step;
    Tensor in(layer.in[0], layer.elements, random);
    in.fill(random, minCode(layer.in[0]), maxCode(layer.in[0]));
    const void *pointer = in.data();
    const auto expected = wholeOutput(random, layer.out, layer.elements, 0,
                                      [&](void *out, void *) { dyadic_rescale_run(&layer, &pointer, out); });
    checkParts(random, layer.elements, 1, layer.out, 0, expected,
               [&](const dyadic_part &part, void *out, void *) {
                 if (part.c_first < part.c_end) // elements have no channels to divide
                   dyadic_rescale_part(&layer, &part, &pointer, out);
               });
  }
}

// Exactly floor(units * core / cores), up to the largest tensors.
TEST(Share, CutsEvenlyWithoutOverflow) {
  Random random(40);
  for (int round = 0; round < 20000; ++round) {
    const auto n = static_cast<uint32_t>(random.edgy(0, random.chance(50) ? 100 : UINT32_MAX));
    const uint32_t grain = random.chance(30) ? 1 : random.index(1, 64), cores = random.index(1, 16);
    const uint64_t units = (uint64_t{n} + grain - 1) / grain;
    for (uint32_t core = 0; core < cores; ++core) {
      const dyadic_part part = dyadic_share(n, 7, DYADIC_SPREAD_PIXELS, grain, core, cores);
      ASSERT_EQ(part.first, std::min<uint64_t>(n, units * core / cores * grain));
      ASSERT_EQ(part.end, std::min<uint64_t>(n, units * (core + 1) / cores * grain));
      ASSERT_TRUE(part.c_first == 0 && part.c_end == 7);
    }
  }
}

} // namespace dyadic::test
