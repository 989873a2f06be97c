// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guarded buffers and bitwise storage for the runtime's tests.
#include "Support.h"

#if defined(__SANITIZE_ADDRESS__)
#define DYADIC_TEST_POISON
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DYADIC_TEST_POISON
#endif
#endif
#ifdef DYADIC_TEST_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

namespace dyadic::test {

Guarded::Guarded(size_t bytes, Random &random) : size(bytes), block(bytes + 2 * guard), edges(2 * guard) {
  for (uint8_t &b : block)
    b = static_cast<uint8_t>(random.between(0, 255));
  std::memcpy(edges.data(), block.data(), guard);
  std::memcpy(edges.data() + guard, block.data() + guard + size, guard);
  ASAN_POISON_MEMORY_REGION(block.data(), guard);
  ASAN_POISON_MEMORY_REGION(block.data() + guard + size, guard);
}

Guarded::~Guarded() { ASAN_UNPOISON_MEMORY_REGION(block.data(), block.size()); }

bool Guarded::intact() {
  ASAN_UNPOISON_MEMORY_REGION(block.data(), block.size());
  return std::memcmp(block.data(), edges.data(), guard) == 0 &&
         std::memcmp(block.data() + guard + size, edges.data() + guard, guard) == 0;
}

int64_t minCode(dyadic_type type) {
  if (!type.is_signed)
    return 0;
  return type.bits == 1 ? -1 : type.bits == 64 ? INT64_MIN : -(int64_t{1} << (type.bits - 1));
}

int64_t maxCode(dyadic_type type) {
  if (isBipolar(type))
    return 1;
  const unsigned bits = type.bits - (type.is_signed || type.bits == 64 ? 1 : 0);
  return bits == 63 ? INT64_MAX : (int64_t{1} << bits) - 1;
}

std::string nameOf(dyadic_type type) { return (type.is_signed ? "si" : "ui") + std::to_string(type.bits); }

static unsigned storedBits(dyadic_type type) {
  return type.bits <= 8 ? type.bits : type.bits <= 16 ? 16 : type.bits <= 32 ? 32 : 64;
}

Tensor::Tensor(dyadic_type type, size_t elements, Random &random)
    : type(type), elements(elements), bytes((elements * storedBits(type) + 7) / 8, random) {}

int64_t Tensor::get(size_t i) const {
  const auto *p = static_cast<const uint8_t *>(bytes.data());
  const unsigned width = storedBits(type);
  uint64_t value = 0;
  for (unsigned b = 0; b < width; ++b) {
    const size_t bit = i * width + b;
    value |= uint64_t{(p[bit / 8] >> (bit % 8)) & 1u} << b;
  }
  if (isBipolar(type))
    return value ? 1 : -1;
  if (type.is_signed && width < 64 && (value >> (width - 1)))
    value |= ~uint64_t{0} << width;
  return static_cast<int64_t>(value);
}

void Tensor::set(size_t i, int64_t code) {
  auto *p = static_cast<uint8_t *>(bytes.data());
  const unsigned width = storedBits(type);
  const uint64_t value = isBipolar(type) ? (code > 0) : static_cast<uint64_t>(code);
  for (unsigned b = 0; b < width; ++b) {
    const size_t bit = i * width + b;
    const auto mask = static_cast<uint8_t>(1u << (bit % 8));
    p[bit / 8] = static_cast<uint8_t>((p[bit / 8] & ~mask) | (((value >> b) & 1) ? mask : 0));
  }
}

void Tensor::fill(Random &random, int64_t low, int64_t high) {
  low = std::max(low, minCode(type));
  high = std::min(high, maxCode(type));
  for (size_t i = 0; i < elements; ++i)
    set(i, isBipolar(type) ? (random.chance(50) ? 1 : -1) : random.edgy(low, high));
}

dyadic_type randomType(Random &random, unsigned bits) {
  const unsigned narrow = std::min(bits, 8u);
  const auto width = random.chance(80) ? random.index(1, narrow) : random.index(1, bits);
  return {static_cast<uint8_t>(width), static_cast<uint8_t>(random.chance(50))};
}

mpz_class fromLimbs(const uint32_t *limbs, uint32_t count) {
  mpz_class value = 0;
  for (uint32_t i = count; i > 0; --i)
    value = value * 4294967296.0 + limbs[i - 1];
  if (limbs[count - 1] >> 31)
    value -= mpz_class(1) << (32 * count);
  return value;
}

void toLimbs(mpz_class value, uint32_t count, std::vector<uint32_t> &out) {
  if (value < 0)
    value += mpz_class(1) << (32 * count);
  for (uint32_t i = 0; i < count; ++i) {
    out.push_back(static_cast<uint32_t>(mpz_class(value & 0xFFFFFFFFu).get_ui()));
    value >>= 32;
  }
}

} // namespace dyadic::test
