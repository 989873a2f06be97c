// Chooses slope, runs and jumps of a piecewise linear function.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Bends.h"

namespace dyadic::model {
namespace {

Bends bendsWith(const PiecewiseLinear &f, const Rational &slope) {
  Bends r;
  r.slope = slope;
  r.offset = f.eval(f.lo()) - slope * f.lo();
  const auto &segments = f.segments();
  int64_t from = f.lo();
  Rational factor = segments[0].alpha - slope;
  auto end = [&](int64_t to) {
    if (factor == 0 || from == to)
      return;
    if (!r.runs.empty() && r.runs.back().to == from && r.runs.back().factor == factor)
      r.runs.back().to = to;
    else
      r.runs.push_back({from, to, factor});
  };
  for (size_t i = 1; i < segments.size(); ++i) {
    const int64_t at = segments[i].start;
    const Rational next = segments[i].alpha - slope, rise = f.eval(at) - f.eval(at - 1) - slope;
    // The bend lies at this integer, or at the one before, or between them: then a jump remains.
    const int64_t bend = rise != factor && rise == next ? at - 1 : at;
    if (const Rational height = rise - (bend == at ? factor : next); height != 0)
      r.jumps.push_back({at, height});
    end(bend);
    from = bend;
    factor = next;
  }
  end(f.hi());
  return r;
}

} // namespace

Bends bendsOf(const PiecewiseLinear &f) {
  if (f.segments().front().alpha != 0 && f.segments().size() > 1 && f.segments().back().alpha == 0) {
    Bends r = bendsOf(f.mirrored());
    r.mirrored = true;
    return r;
  }
  // A run is an integer more; the accumulator is there already.
  auto cost = [](const Bends &b) { return 2 * (b.runs.size() + b.jumps.size()) + (b.slope != 0 ? 1 : 0); };
  Bends best = bendsWith(f, 0);
  for (const auto &s : f.segments())
    if (Bends other = bendsWith(f, s.alpha); cost(other) < cost(best))
      best = std::move(other);
  return best;
}

} // namespace dyadic::model
