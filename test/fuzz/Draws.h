// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random choices that are remembered: replayed, cut short or made smaller they still give a valid network.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

namespace dyadic::fuzz {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
class Stream {
public:
  explicit Stream(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(((next() >> 32) * n) >> 32); }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(uint32_t percent) { return below(100) < percent; }
  /// -1 .. 1 in steps of 2^-23.
  double real() { return std::ldexp(static_cast<double>(next() >> 40), -23) - 1.0; }

private:
  uint64_t state;
};

/// The choices that make a network. 0 is always the simplest one, and what a replay gives behind its end.
class Draws {
public:
  explicit Draws(uint64_t seed) : stream(seed) {}
  explicit Draws(std::vector<uint32_t> choices) : stream(0), replay(true), taken(std::move(choices)) {}

  uint32_t below(uint32_t n) { return put(replay ? 0 : stream.below(n), n); }
  /// A choice that its caller has made; a replay overrules it.
  uint32_t put(uint32_t value, uint32_t n) {
    if (replay)
      value = at < taken.size() ? taken[at] % n : 0;
    else
      taken.push_back(value);
    ++at;
    return value;
  }
  bool chance(uint32_t percent) { return below(100) >= 100 - percent; }
  int64_t between(int64_t low, int64_t high) { return low + below(static_cast<uint32_t>(high - low + 1)); }
  template <typename T> const T &pick(const std::vector<T> &list) {
    return list[below(static_cast<uint32_t>(list.size()))];
  }
  /// Many numbers for one choice.
  Stream bulk() { return Stream(below(1U << 30)); }

  const std::vector<uint32_t> &choices() const { return taken; }
  size_t used() const { return at; }

private:
  Stream stream;
  bool replay = false;
  std::vector<uint32_t> taken;
  size_t at = 0;
};

} // namespace dyadic::fuzz
