// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runtime's tests share: guarded buffers, storage written bit by bit, random shapes and types.
#pragma once

#include "dyadic_pack.h"
#include "dyadic_step.h"

#include <gmpxx.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace dyadic::test {

using Int128 = __int128;

class Random {
public:
  explicit Random(uint32_t seed) : engine(seed) {}

  int64_t between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }
  uint32_t index(uint32_t low, uint32_t high) { return static_cast<uint32_t>(between(low, high)); }
  bool chance(int percent) { return between(1, 100) <= percent; }
  // Mostly uniform, often an end of the range.
  int64_t edgy(int64_t low, int64_t high) {
    return chance(15) ? low : chance(15) ? high : between(low, high);
  }

private:
  std::mt19937_64 engine;
};

// Bytes between guards, which must not change; under AddressSanitizer not even a read of them is allowed.
class Guarded {
public:
  Guarded(size_t bytes, Random &random);
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;
  ~Guarded();
  void *data() { return block.data() + guard; }
  const void *data() const { return block.data() + guard; }
  bool intact(); // to be asked last: it lifts the ban on the guards

private:
  static constexpr size_t guard = 32;
  size_t size;
  std::vector<uint8_t> block;
  std::vector<uint8_t> edges;
};

inline constexpr dyadic_type u(unsigned bits) { return {static_cast<uint8_t>(bits), 0}; }
inline constexpr dyadic_type s(unsigned bits) { return {static_cast<uint8_t>(bits), 1}; }

inline bool isBipolar(dyadic_type type) { return type.bits == 1 && type.is_signed; }
int64_t minCode(dyadic_type type);
int64_t maxCode(dyadic_type type);
std::string nameOf(dyadic_type type);

// A tensor whose elements are read and written bit by bit, with code that shares nothing with the runtime.
class Tensor {
public:
  Tensor(dyadic_type type, size_t elements, Random &random);
  int64_t get(size_t i) const;
  void set(size_t i, int64_t code);
  void fill(Random &random, int64_t low, int64_t high);
  void *data() { return bytes.data(); }
  const void *data() const { return bytes.data(); }
  size_t size() const { return elements; }
  bool intact() { return bytes.intact(); }
  const dyadic_type type;

private:
  size_t elements;
  Guarded bytes;
};

// Any type up to `bits` bits wide.
dyadic_type randomType(Random &random, unsigned bits);

// A random step for accumulators of at most `bound` in magnitude, with its own reference evaluation.
class Step {
public:
  Step(Random &random, uint32_t channels, uint32_t terms, int64_t bound, dyadic_type out, int form = -1);
  Step(const Step &) = delete;
  Step &operator=(const Step &) = delete;
  int64_t reference(uint32_t channel, const int64_t *a) const;
  dyadic_step step{};

private:
  void addLine(Random &random, uint32_t c, int form);
  void addWide(Random &random, uint32_t c);
  void addPieces(Random &random, uint32_t channels, dyadic_type out);
  int64_t shifted(const dyadic_line &line, uint32_t c, const int64_t *a, bool halfEven) const;

  int64_t bound;
  std::vector<uint8_t> forms, n, n1, descending;
  std::vector<int32_t> m32, b32, values32;
  std::vector<int64_t> m64, b64, m64b, b64b, split, values64, aLow;
  std::vector<uint32_t> first, count, tableFirst, row, A, B, P, Q, Q2;
  std::vector<int8_t> entries8;
  std::vector<int64_t> entries64;
  dyadic_two_segment segments{};
  dyadic_thresholds thresholds{};
  dyadic_table table{};
  dyadic_wide wide{};
  dyadic_pieces pieces{};
  std::vector<int64_t> starts;
  std::vector<uint8_t> pieceForms;
  std::unique_ptr<Step> each; // whose channel c * pieces.count + i is piece i of channel c
};

mpz_class fromLimbs(const uint32_t *limbs, uint32_t count);
void toLimbs(mpz_class value, uint32_t count, std::vector<uint32_t> &out);

} // namespace dyadic::test
