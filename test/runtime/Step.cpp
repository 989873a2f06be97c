// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random steps of every form, and what they mean, in 128-bit and GMP integers.
#include "Support.h"

#include <algorithm>

namespace dyadic::test {

namespace {

Int128 floorDiv(Int128 x, unsigned n) {
  const Int128 d = Int128{1} << n;
  return x >= 0 ? x / d : -((-x + d - 1) / d);
}

Int128 nearestEven(Int128 x, unsigned n) {
  const Int128 q = floorDiv(x, n);
  const Int128 twice = 2 * (x - q * (Int128{1} << n));
  const Int128 d = Int128{1} << n;
  return q + (twice > d || (twice == d && q % 2 != 0) ? 1 : 0);
}

// What the compiler's documentation says of each rounding: rule, and the offsets of the boundary.
bool belongs(int tie, int64_t k) {
  return tie == DYADIC_TIE_INCLUSIVE || (tie == DYADIC_TIE_EVEN && k % 2 == 0) ||
         (tie == DYADIC_TIE_POSITIVE && k > 0) || (tie == DYADIC_TIE_NOT_POSITIVE && k <= 0);
}

} // namespace

// One channel's m, b, n within the bound; m64/b64 get the same numbers as m32/b32 where those are used.
void Step::addLine(Random &random, uint32_t c, int form) {
  const bool narrow = form == DYADIC_FORM_DYADIC32;
  const int64_t limit = narrow ? (int64_t{1} << 30) : (int64_t{1} << 60);
  const int64_t perTerm = limit / step.terms / std::max<int64_t>(bound, 1);
  const int64_t span = step.clamp_max - step.clamp_min;
  unsigned shift = random.index(0, narrow ? 31 : 62);
  int64_t scale = perTerm;
  if (random.chance(70)) { // results that spread over the output range
    const auto magnitude =
        std::max<int64_t>(1, std::min<int64_t>(perTerm, int64_t{1} << random.index(0, 30)));
    scale = magnitude;
    shift = 0;
    while (shift < (narrow ? 31u : 62u) && ((Int128{magnitude} * bound) >> shift) > span)
      ++shift;
  }
  for (uint32_t t = 0; t < step.terms; ++t) {
    const int64_t m = perTerm < 1 ? 0 : random.edgy(-scale, scale);
    m64[c * step.terms + t] = m;
  }
  b64[c] = random.chance(30) ? 0 : random.edgy(-limit, limit - 1) >> random.index(0, 40);
  n[c] = static_cast<uint8_t>(shift);
  if (random.chance(30) && !narrow && shift > 0)
    b64[c] |= int64_t{1} << (shift - 1);
  if (form == DYADIC_FORM_CONSTANT)
    b64[c] = random.between(step.clamp_min, step.clamp_max);
}

Step::Step(Random &random, uint32_t channels, uint32_t terms, int64_t bound, dyadic_type out, int form)
    : bound(bound) {
  const auto [low, high] = [&]() -> std::pair<int64_t, int64_t> {
    if (isBipolar(out))
      return {0, 1};
    int64_t lo = std::max(minCode(out), -(int64_t{1} << 40)), hi = std::min(maxCode(out), int64_t{1} << 40);
    if (random.chance(30) && hi - lo > 2) {
      lo += random.between(0, (hi - lo) / 4);
      hi -= random.between(0, (hi - lo) / 4);
    }
    return {lo, hi};
  }();
  step.channels = channels;
  step.terms = static_cast<uint8_t>(terms);
  step.clamp_min = low;
  step.clamp_max = high;

  const bool small = bound <= 3000;
  auto pick = [&] {
    const int multi[] = {0, 2, 3, 7};
    for (;;) {
      const int f = terms > 1 ? multi[random.index(0, 3)] : static_cast<int>(random.between(0, 8));
      if ((f != 6 || small) && (f != 1 || bound < (1 << 30)))
        return f;
    }
  };
  const int uniform = form >= 0 ? form : pick();
  const bool mixed = form < 0 && random.chance(50);
  for (uint32_t c = 0; c < channels; ++c)
    forms.push_back(static_cast<uint8_t>(mixed ? pick() : uniform));
  step.form = static_cast<uint8_t>(uniform);
  step.forms = mixed ? forms.data() : nullptr;

  m64.assign(size_t{channels} * terms, 0);
  b64.assign(channels, 0);
  n.assign(channels, 0);
  wide.limbs = static_cast<uint8_t>(random.index(5, DYADIC_WIDE_MAX_LIMBS));
  wide.tie = static_cast<uint8_t>(random.index(0, 4));
  for (uint32_t c = 0; c < channels; ++c) {
    addLine(random, c, forms[c]);
    addWide(random, c);
    split.push_back(random.between(-bound, bound));
    m64b.push_back(random.between(-(bound < (1 << 20) ? 5000 : 5), bound < (1 << 20) ? 5000 : 5));
    b64b.push_back(random.between(-(1 << 20), 1 << 20));
    n1.push_back(static_cast<uint8_t>(random.index(0, 20)));
    const auto steps = static_cast<uint32_t>(std::min<int64_t>(high - low, 300));
    first.push_back(static_cast<uint32_t>(values64.size()));
    count.push_back(random.index(0, steps));
    descending.push_back(random.chance(30));
    std::vector<int64_t> sorted;
    for (uint32_t i = 0; i < count.back(); ++i)
      sorted.push_back(random.between(-bound, bound));
    std::sort(sorted.begin(), sorted.end());
    values64.insert(values64.end(), sorted.begin(), sorted.end());
    aLow.push_back(-bound);
    tableFirst.push_back(static_cast<uint32_t>(entries64.size()));
    if (small)
      for (int64_t a = -bound; a <= bound; ++a)
        entries64.push_back(random.between(low, high));
  }
  for (int64_t m : m64)
    m32.push_back(static_cast<int32_t>(m));
  for (int64_t b : b64)
    b32.push_back(static_cast<int32_t>(b));
  for (int64_t v : values64)
    values32.push_back(static_cast<int32_t>(v));
  auto fits = [](const std::vector<int64_t> &v) {
    return std::all_of(v.begin(), v.end(), [](int64_t x) { return x == static_cast<int32_t>(x); });
  };
  const bool narrowM = fits(m64) && random.chance(80), narrowB = fits(b64) && random.chance(80);
  step.line = {narrowM ? m32.data() : nullptr, narrowM ? nullptr : m64.data(), narrowB ? b32.data() : nullptr,
               narrowB ? nullptr : b64.data(), n.data()};
  segments = {split.data(), {nullptr, m64b.data(), nullptr, b64b.data(), n1.data()}};
  const bool narrowT = fits(values64);
  thresholds = {narrowT ? values32.data() : nullptr, narrowT ? nullptr : values64.data(), first.data(),
                count.data(), descending.data()};
  for (int64_t e : entries64)
    entries8.push_back(static_cast<int8_t>(e));
  const bool bytes = low >= -128 && high <= 127;
  table = {bytes ? static_cast<const void *>(entries8.data()) : entries64.data(), bytes ? s(8) : s(64),
           tableFirst.data(), aLow.data()};
  wide.A = A.data();
  wide.B = B.data();
  wide.P = P.data();
  wide.Q = Q.data();
  wide.Q2 = random.chance(50) && Q == Q2 ? nullptr : Q2.data();
  wide.row = random.chance(50) ? row.data() : nullptr;
  step.segments = &segments;
  step.thresholds = &thresholds;
  step.table = &table;
  step.wide = &wide;
  if (std::find(forms.begin(), forms.end(), DYADIC_FORM_PIECES) != forms.end())
    addPieces(random, channels, out);
}

// Two to five stretches for each channel, some of no accumulators at either end; the numbers are those of a
// step with a channel for each.
void Step::addPieces(Random &random, uint32_t channels, dyadic_type out) {
  pieces.count = random.index(2, 5);
  each = std::make_unique<Step>(random, channels * pieces.count, 1, bound, out, DYADIC_FORM_DYADIC64);
  for (uint32_t c = 0; c < channels; ++c) {
    std::vector<int64_t> sorted;
    for (uint32_t i = 1; i < pieces.count; ++i)
      sorted.push_back(random.chance(15) ? INT64_MAX : random.between(-bound - 2, bound + 2));
    std::sort(sorted.begin(), sorted.end());
    starts.insert(starts.end(), sorted.begin(), sorted.end());
    for (uint32_t i = 0; i < pieces.count; ++i) {
      const int few[] = {DYADIC_FORM_CONSTANT, DYADIC_FORM_DYADIC64, DYADIC_FORM_HALF_EVEN, DYADIC_FORM_WIDE};
      pieceForms.push_back(static_cast<uint8_t>(few[random.index(0, 3)]));
      if (pieceForms.back() == DYADIC_FORM_CONSTANT) {
        const size_t k = size_t{c} * pieces.count + i;
        each->b32[k] = static_cast<int32_t>(random.between(std::max<int64_t>(step.clamp_min, INT32_MIN),
                                                           std::min<int64_t>(step.clamp_max, INT32_MAX)));
        each->b64[k] = each->b32[k];
      }
    }
  }
  each->forms = pieceForms;
  each->step.clamp_min = step.clamp_min;
  each->step.clamp_max = step.clamp_max;
  pieces.start = starts.data();
  pieces.forms = pieceForms.data();
  pieces.line = each->step.line;
  pieces.wide = each->step.wide;
  step.pieces = &pieces;
}

// Numbers of one channel of the wide form: a ratio A / P that spreads over the output, often with exact ties.
void Step::addWide(Random &random, uint32_t c) {
  const uint32_t limbs = wide.limbs;
  const mpz_class unit =
      random.chance(50) ? mpz_class(1) : (mpz_class(1) << random.index(0, 32 * limbs - 160)) + 1;
  const mpz_class p =
      unit * 2 * mpz_class(static_cast<long>(random.between(1, std::max<int64_t>(1, 2 * bound / 100))));
  for (uint32_t t = 0; t < step.terms; ++t) {
    const mpz_class a = unit * static_cast<long>(random.between(-std::min<int64_t>(1000, step.clamp_max + 3),
                                                                std::min<int64_t>(1000, step.clamp_max + 3)));
    toLimbs(a, limbs, A);
  }
  const mpz_class shift =
      random.chance(50) ? mpz_class(0) : mpz_class(unit * static_cast<long>(random.between(-999, 999)));
  toLimbs(unit * static_cast<long>(random.between(-50, 50)), limbs, B);
  toLimbs(p, limbs, P);
  mpz_class q = 0, q2 = 0; // FLOOR
  switch (wide.tie) {
  case DYADIC_TIE_EXCLUSIVE:
    q = q2 = -p;
    break;
  case DYADIC_TIE_EVEN:
    q = q2 = -p / 2;
    break;
  case DYADIC_TIE_POSITIVE: // HALF_UP or DOWN
    q = c % 2 ? mpz_class(-p / 2) : mpz_class(0);
    q2 = c % 2 ? mpz_class(-p / 2) : mpz_class(-p);
    break;
  case DYADIC_TIE_NOT_POSITIVE: // HALF_DOWN or UP
    q = c % 2 ? mpz_class(-p / 2) : mpz_class(-p);
    q2 = c % 2 ? mpz_class(-p / 2) : mpz_class(0);
    break;
  default:
    break;
  }
  toLimbs(q + shift, limbs, Q);
  toLimbs(q2 + shift, limbs, Q2);
  row.push_back(c);
}

int64_t Step::shifted(const dyadic_line &line, uint32_t c, const int64_t *a, bool halfEven) const {
  Int128 x = line.b64 ? line.b64[c] : line.b32[c];
  for (uint32_t t = 0; t < step.terms; ++t) {
    const size_t i = size_t{c} * step.terms + t;
    x += Int128{line.m64 ? line.m64[i] : line.m32[i]} * a[t];
  }
  const Int128 y = halfEven ? nearestEven(x, line.n[c]) : floorDiv(x, line.n[c]);
  return static_cast<int64_t>(std::clamp<Int128>(y, step.clamp_min, step.clamp_max));
}

int64_t Step::reference(uint32_t channel, const int64_t *a) const {
  const uint32_t c = step.channels == 1 ? 0 : channel;
  switch (forms[c]) {
  case DYADIC_FORM_CONSTANT:
    return b64[c];
  case DYADIC_FORM_HALF_EVEN:
    return shifted(step.line, c, a, true);
  case DYADIC_FORM_TWO_SEGMENT:
    return shifted(a[0] < split[c] ? step.line : segments.upper, c, a, false);
  case DYADIC_FORM_THRESHOLDS: {
    const auto begin = values64.begin() + first[c];
    const auto reached = std::count_if(begin, begin + count[c], [&](int64_t t) { return t <= a[0]; });
    return descending[c] ? step.clamp_max - reached : step.clamp_min + reached;
  }
  case DYADIC_FORM_TABLE:
    return entries64[tableFirst[c] + static_cast<size_t>(a[0] - aLow[c])];
  case DYADIC_FORM_WIDE: {
    const uint32_t limbs = wide.limbs;
    mpz_class v = fromLimbs(&B[size_t{c} * limbs], limbs);
    for (uint32_t t = 0; t < step.terms; ++t)
      v += fromLimbs(&A[(size_t{c} * step.terms + t) * limbs], limbs) * static_cast<long>(a[t]);
    const mpz_class p = fromLimbs(&P[size_t{c} * limbs], limbs), q = fromLimbs(&Q[size_t{c} * limbs], limbs),
                    q2 = fromLimbs(&Q2[size_t{c} * limbs], limbs);
    auto holds = [&](int64_t k) {
      const mpz_class r = p * static_cast<long>(k) + (k > 0 ? q : q2);
      return v > r || (v == r && belongs(wide.tie, k));
    };
    // An estimate from one division, then a walk to the exact place.
    mpz_class guess;
    mpz_fdiv_q(guess.get_mpz_t(), mpz_class(v - q).get_mpz_t(), p.get_mpz_t());
    mpz_class lowK = step.clamp_min, highK = step.clamp_max;
    int64_t k = (guess < lowK ? lowK : guess > highK ? highK : guess).get_si();
    while (k < step.clamp_max && holds(k + 1))
      ++k;
    while (k > step.clamp_min && !holds(k))
      --k;
    return k;
  }
  case DYADIC_FORM_PIECES: {
    const auto begin = starts.begin() + c * (pieces.count - 1);
    const auto passed = std::count_if(begin, begin + pieces.count - 1, [&](int64_t s) { return s <= a[0]; });
    return each->reference(c * pieces.count + static_cast<uint32_t>(passed), a);
  }
  default:
    return shifted(step.line, c, a, false);
  }
}

} // namespace dyadic::test
