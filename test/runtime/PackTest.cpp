// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Storage of every width against a bit-by-bit reading.
#include "Support.h"

namespace dyadic::test {

static std::vector<dyadic_type> allTypes() {
  std::vector<dyadic_type> types;
  for (unsigned bits = 1; bits <= 64; ++bits) {
    types.push_back(u(bits));
    types.push_back(s(bits));
  }
  return types;
}

TEST(Pack, TypeLimitsAndSizes) {
  for (dyadic_type t : allTypes()) {
    EXPECT_EQ(dyadic_type_min(t), minCode(t)) << nameOf(t);
    EXPECT_EQ(dyadic_type_max(t), maxCode(t)) << nameOf(t);
    for (size_t n : {0u, 1u, 7u, 8u, 9u, 1000u, 1001u}) {
      const size_t width = t.bits <= 8 ? t.bits : t.bits <= 16 ? 16 : t.bits <= 32 ? 32 : 64;
      EXPECT_EQ(dyadic_type_bytes(t, n), (n * width + 7) / 8) << nameOf(t);
    }
  }
  EXPECT_TRUE(dyadic_fits_int16({s(16), 0}));
  EXPECT_FALSE(dyadic_fits_int16({s(16), 1}));
  EXPECT_FALSE(dyadic_fits_int16({u(16), 0}));
  EXPECT_TRUE(dyadic_fits_int16({u(16), 32768}));
  EXPECT_TRUE(dyadic_fits_int16({u(8), -32512}));
  EXPECT_FALSE(dyadic_fits_int16({u(8), -32513}));
  EXPECT_TRUE(dyadic_fits_int32({s(32), 0}));
  EXPECT_FALSE(dyadic_fits_int32({s(33), 0}));
  EXPECT_FALSE(dyadic_fits_int32({u(32), 0}));
}

TEST(Pack, StoreAndLoadOneElement) {
  Random random(1);
  for (dyadic_type t : allTypes()) {
    Tensor x(t, 37, random);
    x.fill(random, minCode(t), maxCode(t));
    for (uint32_t i = 0; i < 37; ++i) {
      ASSERT_EQ(dyadic_load(x.data(), t, i), x.get(i)) << nameOf(t);
      std::vector<int64_t> before;
      for (uint32_t j = 0; j < 37; ++j)
        before.push_back(x.get(j));
      before[i] = isBipolar(t) ? -before[i] : random.edgy(minCode(t), maxCode(t));
      dyadic_store(x.data(), t, i, before[i]);
      for (uint32_t j = 0; j < 37; ++j)
        ASSERT_EQ(x.get(j), before[j]) << nameOf(t) << " wrote " << i << " looked at " << j;
    }
    ASSERT_TRUE(x.intact());
  }
}

TEST(Pack, BipolarStoresItsBit) {
  uint8_t byte = 0xF0;
  dyadic_store(&byte, s(1), 0, 1);
  dyadic_store(&byte, s(1), 7, -1);
  dyadic_store(&byte, s(1), 6, 0); // the bit itself, as a step yields it
  EXPECT_EQ(byte, 0x31);
}

TEST(Pack, UnpackAnyRun) {
  Random random(2);
  for (dyadic_type t : allTypes()) {
    if (t.bits > 32)
      continue;
    Tensor x(t, 41, random);
    x.fill(random, minCode(t), maxCode(t));
    for (int round = 0; round < 60; ++round) {
      const uint32_t first = random.index(0, 41), n = random.index(0, 41 - first);
      int32_t zero = t.bits <= 15 ? static_cast<int32_t>(random.between(-300, 300)) : 0;
      const dyadic_operand operand{t, zero};
      if (dyadic_fits_int16(operand)) {
        std::vector<int16_t> out(n);
        dyadic_unpack_i16(x.data(), operand, first, n, out.data());
        for (uint32_t j = 0; j < n; ++j)
          ASSERT_EQ(out[j], x.get(first + j) - zero) << nameOf(t);
      }
      if (dyadic_fits_int32(operand)) {
        std::vector<int32_t> out(n);
        dyadic_unpack_i32(x.data(), operand, first, n, out.data());
        for (uint32_t j = 0; j < n; ++j)
          ASSERT_EQ(out[j], x.get(first + j) - zero) << nameOf(t);
      }
      if (t.bits <= 16) {
        std::vector<uint16_t> out(n);
        dyadic_unpack_bits(x.data(), t, first, n, out.data());
        for (uint32_t j = 0; j < n; ++j) {
          const int64_t code = x.get(first + j);
          const int64_t bits = isBipolar(t) ? code > 0 : code & ((1 << t.bits) - 1);
          ASSERT_EQ(out[j], bits) << nameOf(t);
          ASSERT_EQ(dyadic_load_bits(x.data(), t, first + j), static_cast<uint32_t>(bits));
        }
      }
    }
  }
}

TEST(Pack, PackAndCopyLeaveNeighboursAlone) {
  Random random(3);
  for (dyadic_type t : allTypes()) {
    for (int round = 0; round < 60; ++round) {
      Tensor x(t, 45, random), y(t, 45, random);
      x.fill(random, minCode(t), maxCode(t));
      y.fill(random, minCode(t), maxCode(t));
      const uint32_t n = random.index(0, 45), from = random.index(0, 45 - n), to = random.index(0, 45 - n);
      std::vector<int64_t> expected;
      for (uint32_t j = 0; j < 45; ++j)
        expected.push_back(j >= to && j < to + n ? x.get(from + j - to) : y.get(j));
      if (t.bits < 32 && random.chance(50)) {
        std::vector<int32_t> codes;
        for (uint32_t j = 0; j < n; ++j)
          codes.push_back(static_cast<int32_t>(x.get(from + j)));
        dyadic_pack_i32(y.data(), t, to, n, codes.data());
      } else {
        dyadic_copy(y.data(), to, x.data(), from, n, t);
      }
      for (uint32_t j = 0; j < 45; ++j)
        ASSERT_EQ(y.get(j), expected[j]) << nameOf(t);
      ASSERT_TRUE(y.intact());
    }
  }
}

} // namespace dyadic::test
