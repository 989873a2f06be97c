// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs: plain ones, extreme ones, and pairs on both sides of a rounding edge.
#include "test/fuzz/Generate.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

/// One sample of codes, or of steps for an input of reals.
std::vector<double> sample(Draws &d, const Source &s, int64_t number) {
  std::vector<double> values;
  Stream random = d.bulk();
  int64_t count = elements(s.shape) / s.shape[0];
  bool edges = !s.codes && d.chance(30);
  auto end = [&](bool high) { return static_cast<double>(high ? s.high : s.low); };
  for (int64_t k = 0; k < count; ++k) {
    double v = static_cast<double>(random.between(s.low, s.high));
    if (number == 1 || number == 2)
      v = end(number == 1);
    else if (number == 3)
      v = end(k % 2 == 0);
    else if (number == 4)
      v = end(random.chance(50));
    if (number == 0)
      v = s.low > 0 ? end(false) : 0;
    if (s.codes && s.low == -1 && s.high == 0) // one bit: -1 and +1
      v = v < 0 ? -1 : 1;
    if (!s.codes && number > 3) // between two steps, or right in the middle
      v += edges ? 0.5 : random.real();
    values.push_back(v * s.scale);
  }
  return values;
}

} // namespace

std::vector<eval::Input> drawSamples(Draws &d, const std::vector<Source> &sources, int64_t samples) {
  std::vector<eval::Input> inputs;
  int64_t order = d.chance(50) ? 0 : 1; // several inputs do not always meet at their ends
  for (const Source &s : sources) {
    std::vector<double> all;
    for (int64_t k = 0; k < samples; ++k) {
      std::vector<double> one = sample(d, s, (k + order * static_cast<int64_t>(inputs.size())) % 7);
      all.insert(all.end(), one.begin(), one.end());
    }
    Dims shape = s.shape;
    shape[0] = samples;
    if (s.codes) {
      std::vector<int32_t> codes;
      for (double v : all)
        codes.push_back(static_cast<int32_t>(v));
      inputs.push_back({s.name, npy::Array::of<int32_t>(shape, codes)});
    } else {
      std::vector<float> reals;
      for (double v : all)
        reals.push_back(static_cast<float>(v));
      inputs.push_back({s.name, npy::Array::of<float>(shape, reals)});
    }
  }
  return inputs;
}

} // namespace dyadic::fuzz
