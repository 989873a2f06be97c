// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Greedy: large changes first, again until nothing helps.
#include "test/fuzz/Shrink.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

class Shrinker {
public:
  Shrinker(Choices &best, const std::function<bool(const Choices &)> &fails, int tries)
      : best(best), fails(fails), tries(tries) {}

  bool round() {
    bool better = false;
    for (size_t length = best.size() / 2; length > 0; length /= 2) {
      better |= sweep(length, [](Choices &c, size_t at, size_t n) {
        bool changes =
            std::any_of(c.begin() + step(at), c.begin() + step(at + n), [](uint32_t v) { return v != 0; });
        std::fill(c.begin() + step(at), c.begin() + step(at + n), 0);
        return changes;
      });
      better |= sweep(length, [](Choices &c, size_t at, size_t n) {
        c.erase(c.begin() + step(at), c.begin() + step(at + n));
        return true;
      });
    }
    for (size_t at = 0; at < best.size(); ++at)
      while (best[at] > 1 && attempt([&](Choices &c) { c[at] /= 2; }))
        better = true;
    return better;
  }
  bool tired() const { return tries <= 0; }

private:
  Choices &best;
  const std::function<bool(const Choices &)> &fails;
  int tries;

  static std::ptrdiff_t step(size_t n) { return static_cast<std::ptrdiff_t>(n); }

  template <typename Change> bool attempt(Change change) {
    Choices c = best;
    change(c);
    while (!c.empty() && c.back() == 0)
      c.pop_back();
    if (c == best || tries-- <= 0 || !fails(c))
      return false;
    best = std::move(c);
    return true;
  }
  template <typename Change> bool sweep(size_t length, Change change) {
    bool better = false;
    for (size_t at = 0; at + length <= best.size();) {
      bool changes = true;
      bool smaller = attempt([&](Choices &c) { changes = change(c, at, length); });
      better |= smaller;
      if (!smaller || !changes || length > 1)
        at += length;
      else if (best.size() < at + length)
        break;
      else
        ++at;
    }
    return better;
  }
};

} // namespace

Choices shrink(Choices choices, const std::function<bool(const Choices &)> &fails, int tries) {
  Shrinker s(choices, fails, tries);
  while (!s.tired() && s.round()) {
  }
  return choices;
}

} // namespace dyadic::fuzz
