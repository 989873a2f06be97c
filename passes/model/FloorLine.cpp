// Euclid's algorithm on a line and the integer grid.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/FloorLine.h"
#include <algorithm>

namespace dyadic::model {

/// Positions x in [0, count) of the running minima of (step * x + rest) mod modulus, ends of runs only.
/// Two steps are kept: `down` (x grows by downX, the rest falls by down > 0) and `up` (x grows by upX, the
/// rest grows by up >= 0). They are consecutive intermediate fractions of step / modulus, hence `down + k up`
/// lists all best one-sided approximations; the first that does not exceed the rest gives the next minimum,
/// and also the steepest edge of the hull.
static void runningMinima(Integer step, const Integer &modulus, Integer rest, const Integer &count,
                          std::vector<Integer> &out) {
  Integer x = 0, downX = 0, down = modulus, upX = 1, up = floorMod(step, modulus);
  out.push_back(x);
  while (rest > 0 && up > 0) {
    Integer most = ceilDiv(down, up) - 1; // largest k with down - k up > 0
    Integer need = down <= rest ? Integer(0) : ceilDiv(down - rest, up);
    if (need > most) {
      down -= most * up;
      downX += most * upX;
      Integer j = floorDiv(up, down);
      up -= j * down;
      upX += j * downX;
      if (downX >= count && upX >= count)
        return;
      continue;
    }
    down -= need * up;
    downX += need * upX;
    if (x + downX >= count)
      return;
    Integer times = floorDiv(rest, down), room = floorDiv(count - 1 - x, downX);
    if (times > room)
      times = room;
    rest -= times * down;
    x += times * downX;
    out.push_back(x);
  }
}

std::vector<int64_t> hullCandidates(const FloorLine &line, int64_t lo, int64_t hi, bool above) {
  const Integer count = Integer(hi) - lo + 1;
  std::vector<Integer> fromLeft, fromRight;
  const Integer sign = above ? -1 : 1;
  // The slack is rest(a), or r - 1 - rest(a) = (-p a - q - 1) mod r.
  auto slack = [&](int64_t a) { return above ? Integer(line.r - 1 - line.rest(a)) : line.rest(a); };
  runningMinima(sign * line.p, line.r, slack(lo), count, fromLeft);
  runningMinima(-sign * line.p, line.r, slack(hi), count, fromRight);
  std::vector<int64_t> result;
  result.reserve(fromLeft.size() + fromRight.size());
  for (const Integer &x : fromLeft)
    result.push_back(lo + x.get_si());
  for (const Integer &x : fromRight)
    result.push_back(hi - x.get_si());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::pair<Integer, Integer> restRange(const FloorLine &line, int64_t lo, int64_t hi) {
  Integer least = line.rest(lo), greatest = least;
  for (int64_t a : hullCandidates(line, lo, hi, false))
    least = std::min(least, line.rest(a));
  for (int64_t a : hullCandidates(line, lo, hi, true))
    greatest = std::max(greatest, line.rest(a));
  return {least, greatest};
}

Integer floorSum(const FloorLine &line, int64_t lo, int64_t hi) {
  if (hi < lo)
    return 0;
  Integer count = Integer(hi) - lo + 1, p = line.p, q = line.p * lo + line.q, r = line.r, sum = 0;
  while (true) {
    sum += floorDiv(p, r) * (count * (count - 1) / 2) + floorDiv(q, r) * count;
    p = floorMod(p, r);
    q = floorMod(q, r);
    // Lattice points under the line with 0 <= p, q < r: counted by rows, they lie under the line with p and r
    // swapped.
    Integer top = p * count + q;
    if (top < r)
      return sum;
    count = floorDiv(top, r);
    q = floorMod(top, r);
    std::swap(p, r);
  }
}

} // namespace dyadic::model
