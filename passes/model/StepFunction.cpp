// Composes a piecewise linear function with a quantiser and lists its thresholds.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/StepFunction.h"
#include <algorithm>

namespace dyadic::model {

static constexpr int64_t codeLimit = int64_t{1} << 61;

int64_t AffineStep::index(int64_t a) const {
  Integer v = p * a + q;
  Integer above = floorDiv(v - *std::min_element(o.begin(), o.end()), s) + 1; // no k beyond is reached
  if (above >= codeLimit)
    return codeLimit;
  if (above <= -codeLimit)
    return -codeLimit;
  for (int64_t k = above.get_si();; --k) {
    unsigned c = stepClass(k);
    int order = cmp(v, Integer(s * k + o[c]));
    if (order > 0 || (order == 0 && inclusive[c]))
      return k;
  }
}

Integer AffineStep::reach(int64_t k) const {
  unsigned c = stepClass(k);
  Integer distance = s * k + o[c] - q, size = abs(p);
  Integer first = inclusive[c] ? ceilDiv(distance, size) : Integer(floorDiv(distance, size) + 1);
  return p > 0 ? first : Integer(-first);
}

void StepFunction::addConstant(int64_t start, int64_t end, int64_t value) {
  if (start > end)
    return;
  if (!parts.empty() && parts.back().constant && parts.back().value == value)
    parts.back().end = end;
  else
    parts.push_back({start, end, true, value, {}});
}

void StepFunction::addAffine(int64_t start, int64_t end, const AffineStep &step, int64_t kmin, int64_t kmax) {
  if (kmin == kmax) {
    addConstant(start, end, kmin);
    return;
  }
  const bool rising = step.p > 0;
  // [start, before(k)] and the rest: where the code is < k first (rising) or >= k first (falling).
  auto before = [&](int64_t k) {
    Integer last = rising ? Integer(step.reach(k) - 1) : step.reach(k);
    return last < start ? start - 1 : last > end ? end : last.get_si();
  };
  auto line = [&](int64_t from, int64_t to) {
    if (from > to)
      return;
    int64_t code = step.index(from);
    if (code == step.index(to))
      addConstant(from, to, code);
    else
      parts.push_back({from, to, false, 0, step});
  };
  const int64_t enter = rising ? kmin : kmax, leave = rising ? kmax : kmin;
  // Codes beyond the bounds at either end are clipped; the bound's own plateau joins them.
  int64_t from = before(rising ? kmin + 1 : kmax) + 1;
  int64_t to = before(rising ? kmax : kmin + 1);
  addConstant(start, from - 1, enter);
  const bool signMatters = step.o[0] != step.o[2] || step.o[1] != step.o[3] ||
                           step.inclusive[0] != step.inclusive[2] || step.inclusive[1] != step.inclusive[3];
  if (signMatters && from <= to) {
    int64_t zeroFrom = std::clamp(before(rising ? 0 : 1) + 1, from, to + 1);
    int64_t zeroTo = std::clamp(before(rising ? 1 : 0), from - 1, to);
    line(from, zeroFrom - 1);
    if (kmin < 0 && kmax > 0) // else code 0 is outside or belongs to a plateau above
      addConstant(zeroFrom, zeroTo, 0);
    line(std::max(zeroTo + 1, zeroFrom), to);
  } else {
    line(from, to);
  }
  addConstant(to + 1, end, leave);
}

void StepFunction::addListed(int64_t start, int64_t end, const Rational &alpha, const Rational &beta,
                             const Quantiser &q) {
  // The thresholds in order of a; the code rises or falls by one at each.
  const bool rising = alpha > 0;
  int64_t from = start, code = q.indexOfV(alpha * start + beta);
  const int64_t last = q.indexOfV(alpha * end + beta);
  while (code != last) {
    Threshold t = q.threshold(rising ? code + 1 : code);
    Rational x = (t.theta - beta) / alpha;
    bool atTie = rising == t.inclusive; // an exact hit already belongs to the next code
    Integer next = atTie ? ceilOf(x) : Integer(floorOf(x) + 1);
    addConstant(from, next.get_si() - 1, code);
    from = next.get_si();
    code += rising ? 1 : -1;
  }
  addConstant(from, end, code);
}

static AffineStep integerStep(const Rational &alpha, const Rational &beta, const AffineRule &rule) {
  Integer common = lcm(alpha.get_den(), beta.get_den());
  common = lcm(common, rule.step.get_den());
  for (const Rational &offset : rule.offset)
    common = lcm(common, offset.get_den());
  auto scaled = [&](const Rational &r) { return Integer(r.get_num() * (common / r.get_den())); };
  AffineStep step;
  step.p = scaled(alpha);
  step.q = scaled(beta);
  step.s = scaled(rule.step);
  for (unsigned c = 0; c < 4; ++c) {
    step.o[c] = scaled(rule.offset[c]);
    step.inclusive[c] = rule.inclusive[c];
  }
  return step;
}

StepFunction StepFunction::compose(const PiecewiseLinear &f, const Quantiser &q) {
  StepFunction result;
  result.low = f.lo();
  result.high = f.hi();
  for (size_t i = 0; i < f.segments().size(); ++i) {
    const auto &segment = f.segments()[i];
    const int64_t end = f.segmentEnd(i);
    Rational alpha = segment.alpha * q.preMul, beta = segment.beta * q.preMul + q.preAdd;
    if (alpha == 0 || segment.start == end)
      result.addConstant(segment.start, end, q.indexOfV(alpha * segment.start + beta));
    else if (q.listed)
      result.addListed(segment.start, end, alpha, beta, q);
    else
      result.addAffine(segment.start, end, integerStep(alpha, beta, q.rule), q.kmin, q.kmax);
  }
  result.finish();
  return result;
}

void StepFunction::finish() {
  bool up = false, down = false;
  int64_t levels = 0, previous = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const StepPiece &piece = parts[i];
    int64_t from = piece.constant ? piece.value : piece.step.index(piece.start);
    int64_t to = piece.constant ? piece.value : piece.step.index(piece.end);
    if (i == 0) {
      firstCode = previous = least = greatest = from;
    }
    least = std::min({least, from, to});
    greatest = std::max({greatest, from, to});
    up |= to > from || from > previous;
    down |= to < from || from < previous;
    levels += std::abs(from - previous) + std::abs(to - from);
    previous = to;
  }
  using Direction = PiecewiseLinear::Direction;
  dir = up && down ? Direction::Mixed
        : up       ? Direction::Increasing
        : down     ? Direction::Decreasing
                   : Direction::Constant;
  if (levels <= listLimit || std::all_of(parts.begin(), parts.end(), [](auto &p) { return p.constant; })) {
    changeList = *list(std::numeric_limits<int64_t>::max());
    isListed = true;
  }
}

int64_t StepFunction::eval(int64_t a) const {
  auto after =
      std::upper_bound(parts.begin(), parts.end(), a, [](int64_t x, auto &p) { return x < p.start; });
  const StepPiece &piece = *(after - 1);
  return piece.constant ? piece.value : piece.step.index(a);
}

StepFunction StepFunction::between(size_t firstPiece, size_t lastPiece) const {
  StepFunction result;
  result.low = parts[firstPiece].start;
  result.high = parts[lastPiece].end;
  result.parts.assign(parts.begin() + static_cast<std::ptrdiff_t>(firstPiece),
                      parts.begin() + static_cast<std::ptrdiff_t>(lastPiece) + 1);
  result.finish();
  return result;
}

static __int128 toInt128(const Integer &value) {
  unsigned __int128 magnitude = mpz_getlimbn(value.get_mpz_t(), 1);
  magnitude = magnitude << 64 | mpz_getlimbn(value.get_mpz_t(), 0);
  return value < 0 ? -static_cast<__int128>(magnitude) : static_cast<__int128>(magnitude);
}

/// Calls emit(k, smallest x with |p| x + q' > s k + o) for k = first .. last; x = a for rising pieces, -a for
/// falling ones. Division by division this costs 0.3 us each; 64 fraction bits settle all but the exact ties
/// and those within 2^-46 of one.
template <typename Emit>
static void forEachReach(const AffineStep &step, int64_t first, int64_t last, Emit emit) {
  auto exact = [&](int64_t k) {
    Integer reach = step.reach(k);
    return step.p > 0 ? reach.get_si() : -reach.get_si();
  };
  if (last - first < 4 || last - first >= (1 << 17)) {
    for (int64_t k = first; k <= last; ++k)
      emit(k, exact(k));
    return;
  }
  const Integer size = abs(step.p);
  bool exactly = true, fits = true; // fixed point without a remainder, within 126 bits
  auto fixedPoint = [&](const Integer &numerator) {
    Integer scaled = numerator << 64, quotient = floorDiv(scaled, size);
    exactly &= quotient * size == scaled;
    fits &= mpz_sizeinbase(quotient.get_mpz_t(), 2) <= 125;
    return fits ? toInt128(quotient) : 0;
  };
  const __int128 advance = fixedPoint(step.s);
  __int128 base[4];
  for (unsigned c = 0; c < 4; ++c) {
    if (c > 0 && step.o[c] == step.o[c - 1])
      base[c] = base[c - 1];
    else
      base[c] = fixedPoint(step.s * first + step.o[c] - step.q);
  }
  __int128 grown = 0;
  for (int64_t k = first; k <= last; ++k, grown += advance) {
    if (!fits) {
      emit(k, exact(k));
      continue;
    }
    const unsigned c = stepClass(k);
    const __int128 x = base[c] + grown;
    const uint64_t fraction = static_cast<uint64_t>(x);
    const int64_t whole = static_cast<int64_t>(x >> 64);
    // The true value exceeds x by less than k - first + 1 units of 2^-64, or not at all.
    if (exactly)
      emit(k, fraction == 0 && step.inclusive[c] ? whole : whole + 1);
    else if (fraction != 0 && fraction < ~uint64_t{0} - static_cast<uint64_t>(k - first + 2))
      emit(k, whole + 1);
    else
      emit(k, exact(k));
  }
}

std::optional<std::vector<Change>> StepFunction::list(int64_t limit) const {
  std::vector<Change> changes;
  int64_t code = firstCode;
  auto add = [&](int64_t a, int64_t value) {
    if (value == code)
      return;
    if (!changes.empty() && changes.back().a == a)
      changes.back().value = value;
    else
      changes.push_back({a, value});
    code = value;
  };
  for (const StepPiece &piece : parts) {
    if (static_cast<int64_t>(changes.size()) > limit)
      return std::nullopt;
    if (piece.constant) {
      add(piece.start, piece.value);
      continue;
    }
    int64_t from = piece.step.index(piece.start), to = piece.step.index(piece.end);
    if (std::abs(to - from) > limit)
      return std::nullopt;
    add(piece.start, from);
    if (piece.step.p > 0) {
      forEachReach(piece.step, from + 1, to, [&](int64_t k, int64_t x) { add(x, k); });
    } else {
      // The last accumulator with code >= k is -x: emitted from the far end, hence collected and reversed.
      std::vector<Change> falling;
      forEachReach(piece.step, to + 1, from,
                   [&](int64_t k, int64_t x) { falling.push_back({-x + 1, k - 1}); });
      for (auto change = falling.rbegin(); change != falling.rend(); ++change)
        add(change->a, change->value);
    }
  }
  if (static_cast<int64_t>(changes.size()) > limit)
    return std::nullopt;
  return changes;
}

std::optional<FloorLine> StepFunction::floorLine(const StepPiece &piece) {
  const AffineStep &step = piece.step;
  if (piece.constant)
    return std::nullopt;
  const unsigned even = step.index(piece.start) > 0 ? 2 : 0, odd = even + 1;
  if (step.o[even] != step.o[odd])
    return std::nullopt;
  FloorLine line{step.p, step.q - step.o[even], step.s};
  if (step.inclusive[even] == step.inclusive[odd]) {
    if (!step.inclusive[even])
      line.q -= 1; // all integers: x > y is x - 1 >= y
    return line;
  }
  if (restRange(line, piece.start, piece.end).first == 0)
    return std::nullopt;
  return line;
}

std::pair<int64_t, int64_t> commonClamp(const std::vector<StepFunction> &channels) {
  std::pair<int64_t, int64_t> clamp{0, 0};
  for (size_t i = 0; i < channels.size(); ++i) {
    clamp.first = i == 0 ? channels[i].minCode() : std::min(clamp.first, channels[i].minCode());
    clamp.second = i == 0 ? channels[i].maxCode() : std::max(clamp.second, channels[i].maxCode());
  }
  return clamp;
}

} // namespace dyadic::model
