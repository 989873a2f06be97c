// Evaluates a form as the emitted C does, with the runtime's own text of rounding and saturation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Form.h"
#include "runtime-c/include/dyadic_round.h"
#include <algorithm>

namespace dyadic::model {

const char *formName(FormKind kind) {
  static const char *const names[] = {"constant",   "dyadic32", "dyadic64", "half_even", "two_segment",
                                      "thresholds", "table",    "wide",     "pieces"};
  return names[static_cast<size_t>(kind)];
}

static bool tieBelongs(TieRule tie, int64_t k) {
  switch (tie) {
  case TieRule::Inclusive:
    return true;
  case TieRule::Exclusive:
    return false;
  case TieRule::Even:
    return (k & 1) == 0;
  case TieRule::Positive:
    return k > 0;
  case TieRule::NotPositive:
    return k <= 0;
  }
  return false;
}

static int64_t evalWide(const WideStep &wide, std::span<const int64_t> a, Clamp clamp) {
  Integer v = wide.B;
  for (size_t i = 0; i < a.size(); ++i)
    v += wide.A[i] * a[i];
  int64_t low = clamp.min, high = clamp.max;
  while (low < high) {
    int64_t k = high - (high - low) / 2;
    int order = cmp(v, Integer(wide.P * k + (k > 0 ? wide.Q : wide.Q2)));
    if (order > 0 || (order == 0 && tieBelongs(wide.tie, k)))
      low = k;
    else
      high = k - 1;
  }
  return low;
}

int64_t evalForm(const Form &form, std::span<const int64_t> a, Clamp clamp) {
  // Unsigned arithmetic: a form that the judge is about to refuse may overflow.
  auto sum = [&](uint64_t x) {
    for (size_t i = 0; i < form.m.size(); ++i)
      x += static_cast<uint64_t>(form.m[i]) * static_cast<uint64_t>(a[i]);
    return static_cast<int64_t>(x);
  };
  auto limited = [&](int64_t y) { return dyadic_clamp64(y, clamp.min, clamp.max); };
  switch (form.kind) {
  case FormKind::Constant:
    return form.b;
  case FormKind::Dyadic32:
  case FormKind::Dyadic64:
    return limited(dyadic_floor_shift64(sum(static_cast<uint64_t>(form.b)), form.n));
  case FormKind::HalfEven:
    return limited(dyadic_rne_shift(sum(static_cast<uint64_t>(form.b)), form.n));
  case FormKind::TwoSegment: {
    if (a[0] < form.split)
      return limited(dyadic_floor_shift64(sum(static_cast<uint64_t>(form.b)), form.n));
    uint64_t x =
        static_cast<uint64_t>(form.upperM) * static_cast<uint64_t>(a[0]) + static_cast<uint64_t>(form.upperB);
    return limited(dyadic_floor_shift64(static_cast<int64_t>(x), form.upperN));
  }
  case FormKind::Thresholds: {
    int64_t count =
        std::upper_bound(form.thresholds.begin(), form.thresholds.end(), a[0]) - form.thresholds.begin();
    return limited(form.descending ? clamp.max - count : clamp.min + count);
  }
  case FormKind::Table: {
    // An index outside the table is the judge's to report; here it only must not read beyond.
    int64_t last = static_cast<int64_t>(form.table.size()) - 1;
    return form.table[static_cast<size_t>(std::clamp<int64_t>(a[0] - form.aLow, 0, last))];
  }
  case FormKind::Wide:
    return evalWide(form.wide, a, clamp);
  case FormKind::Pieces: {
    size_t i = 0;
    while (i + 1 < form.pieces.size() && a[0] >= form.pieces[i + 1].start)
      ++i;
    return evalForm(form.pieces[i].form, a, clamp);
  }
  }
  return clamp.min;
}

std::vector<uint32_t> toLimbs(const Integer &value, unsigned limbs) {
  const Integer modulus = Integer(1) << (32 * limbs);
  Integer rest = floorMod(value, modulus);
  std::vector<uint32_t> result(limbs, 0);
  mpz_export(result.data(), nullptr, -1, sizeof(uint32_t), 0, 0, rest.get_mpz_t());
  return result;
}

bool lineFits(int64_t m, int64_t b, int64_t lo, int64_t hi, unsigned bits) {
  const __int128 limit = static_cast<__int128>(1) << (bits - 1);
  auto within = [&](__int128 x) { return -limit < x && x < limit; };
  if (!within(m) || !within(b) || !within(lo) || !within(hi))
    return false;
  for (int64_t a : {lo, hi}) {
    __int128 product = static_cast<__int128>(m) * a;
    if (!within(product) || !within(product + b))
      return false;
  }
  return true;
}

bool raiseShift(Form &form, unsigned n, int64_t lo, int64_t hi) {
  if (form.kind != FormKind::Dyadic32 && form.kind != FormKind::Dyadic64)
    return false;
  const unsigned bits = form.kind == FormKind::Dyadic32 ? 32 : 64;
  if (form.m.size() != 1 || n < form.n || n > bits - 2)
    return false;
  // floor(x 2^d / 2^(n + d)) is floor(x / 2^n).
  const __int128 factor = static_cast<__int128>(1) << (n - form.n);
  __int128 m = form.m[0] * factor, b = form.b * factor;
  if (m != static_cast<int64_t>(m) || b != static_cast<int64_t>(b) ||
      !lineFits(static_cast<int64_t>(m), static_cast<int64_t>(b), lo, hi, bits))
    return false;
  form.m[0] = static_cast<int64_t>(m);
  form.b = static_cast<int64_t>(b);
  form.n = n;
  return true;
}

int64_t formBytes(const Form &form, unsigned codeBytes) {
  auto width = [](int64_t x) { return x == static_cast<int32_t>(x) ? 4 : 8; };
  int64_t line = 1 + width(form.b);
  for (int64_t m : form.m)
    line += width(m);
  switch (form.kind) {
  case FormKind::Constant:
    return width(form.b);
  case FormKind::TwoSegment:
    return line + 8 + 1 + width(form.upperM) + width(form.upperB);
  case FormKind::Thresholds: {
    int64_t each =
        form.thresholds.empty() ? 4 : std::max(width(form.thresholds.front()), width(form.thresholds.back()));
    return 9 + each * static_cast<int64_t>(form.thresholds.size());
  }
  case FormKind::Table:
    return 12 + static_cast<int64_t>(form.table.size()) * codeBytes;
  case FormKind::Wide:
    return 4 * static_cast<int64_t>(form.wide.limbs) * static_cast<int64_t>(form.wide.A.size() + 4);
  case FormKind::Pieces: {
    int64_t bytes = -8; // the first one's start is not written
    for (const FormPiece &piece : form.pieces)
      bytes += 8 + 1 + formBytes(piece.form, codeBytes);
    return bytes;
  }
  default:
    return line;
  }
}

} // namespace dyadic::model
