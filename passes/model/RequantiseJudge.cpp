// Checks a form against a step function: overflow, shape, then equality.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/RequantiseJudge.h"
#include <algorithm>
#include <tuple>

namespace dyadic::model {

using Verdict = std::optional<std::string>;

static Verdict checkLine(int64_t m, int64_t b, unsigned n, int64_t lo, int64_t hi, unsigned bits) {
  if (n > (bits == 32 ? 31U : 62U))
    return "shift " + std::to_string(n) + " is out of range";
  const Integer limit = Integer(1) << (bits - 1);
  for (int64_t a : {lo, hi}) {
    Integer product = Integer(m) * a;
    if (abs(product) >= limit || abs(Integer(product + b)) >= limit ||
        (bits == 32 && (abs(Integer(a)) >= limit || abs(Integer(m)) >= limit || abs(Integer(b)) >= limit)))
      return "m * a + b at accumulator " + std::to_string(a) + " does not fit " + std::to_string(bits) +
             " bits";
  }
  return std::nullopt;
}

/// The accumulators of [lo, hi] that piece i decides.
static std::pair<int64_t, int64_t> reachOf(const Form &form, size_t i, int64_t lo, int64_t hi) {
  return {i == 0 ? lo : std::max(lo, form.pieces[i].start),
          i + 1 < form.pieces.size() ? std::min(hi, form.pieces[i + 1].start - 1) : hi};
}

/// Overflow and the rules of each kind, whatever the function.
static Verdict checkShape(const Form &form, int64_t lo, int64_t hi, Clamp clamp) {
  const bool hasLine = form.kind == FormKind::Dyadic32 || form.kind == FormKind::Dyadic64 ||
                       form.kind == FormKind::HalfEven || form.kind == FormKind::TwoSegment;
  if (form.m.size() != (hasLine ? 1 : 0))
    return "the form has " + std::to_string(form.m.size()) + " multipliers";
  switch (form.kind) {
  case FormKind::Constant:
    return std::nullopt;
  case FormKind::Dyadic32:
    return checkLine(form.m[0], form.b, form.n, lo, hi, 32);
  case FormKind::Dyadic64:
  case FormKind::HalfEven:
    return checkLine(form.m[0], form.b, form.n, lo, hi, 64);
  case FormKind::TwoSegment:
    if (form.split > lo)
      if (auto wrong = checkLine(form.m[0], form.b, form.n, lo, std::min(hi, form.split - 1), 64))
        return wrong;
    return form.split > hi
               ? std::nullopt
               : checkLine(form.upperM, form.upperB, form.upperN, std::max(lo, form.split), hi, 64);
  case FormKind::Thresholds:
    if (!std::is_sorted(form.thresholds.begin(), form.thresholds.end()))
      return "the thresholds are not ascending";
    return std::nullopt;
  case FormKind::Table:
    if (lo < form.aLow || hi - form.aLow >= static_cast<int64_t>(form.table.size()))
      return "the table does not cover accumulators " + std::to_string(lo) + ".." + std::to_string(hi);
    return std::nullopt;
  case FormKind::Wide: {
    const WideStep &w = form.wide;
    if (w.A.size() != 1 || w.P <= 0 || w.limbs < 1 || w.limbs > WideStep::maxLimbs)
      return "the wide form is malformed";
    const Integer limit = Integer(1) << (32 * w.limbs - 1);
    for (const Integer &x :
         {Integer(w.A[0] * lo + w.B), Integer(w.A[0] * hi + w.B), Integer(w.P * clamp.min + w.Q),
          Integer(w.P * clamp.max + w.Q), Integer(w.P * clamp.min + w.Q2), Integer(w.P * clamp.max + w.Q2),
          w.A[0], w.B, w.P, w.Q, w.Q2})
      if (abs(x) >= limit)
        return "a number of the wide form does not fit " + std::to_string(w.limbs) + " limbs";
    return std::nullopt;
  }
  case FormKind::Pieces:
    if (form.pieces.size() < 2)
      return "fewer than two pieces";
    for (size_t i = 0; i < form.pieces.size(); ++i) {
      const FormPiece &piece = form.pieces[i];
      if (piece.form.kind != FormKind::Constant && piece.form.kind != FormKind::Dyadic64 &&
          piece.form.kind != FormKind::HalfEven && piece.form.kind != FormKind::Wide)
        return "a piece has the form " + std::string(formName(piece.form.kind));
      if (i > 0 && piece.start <= form.pieces[i - 1].start)
        return "the pieces are not ascending";
      const auto [from, to] = reachOf(form, i, lo, hi);
      if (from <= to)
        if (auto wrong = checkShape(piece.form, from, to, clamp))
          return wrong;
    }
    return std::nullopt;
  }
  return "unknown form";
}

/// Every accumulator of a plateau: the form is monotone on it except at a split, between pieces and in a
/// table.
static Verdict checkPlateau(const Form &form, int64_t from, int64_t to, int64_t code, Clamp clamp) {
  std::vector<int64_t> where{from, to};
  if (form.kind == FormKind::TwoSegment && from < form.split && form.split <= to)
    where.insert(where.end(), {form.split - 1, form.split});
  for (const FormPiece &piece : form.pieces)
    if (from < piece.start && piece.start <= to)
      where.insert(where.end(), {piece.start - 1, piece.start});
  for (int64_t a = from + 1; form.kind == FormKind::Table && a < to; ++a)
    where.push_back(a);
  for (int64_t a : where)
    if (int64_t got = evalForm(form, a, clamp); got != code)
      return "accumulator " + std::to_string(a) + " gives code " + std::to_string(got) + " instead of " +
             std::to_string(code);
  return std::nullopt;
}

static Verdict checkListed(const Form &form, int64_t lo, int64_t hi, int64_t first,
                           const std::vector<Change> &changes, Clamp clamp) {
  int64_t start = lo, code = first;
  for (const Change &change : changes) {
    if (auto wrong = checkPlateau(form, start, change.a - 1, code, clamp))
      return wrong;
    start = change.a;
    code = change.value;
  }
  return checkPlateau(form, start, hi, code, clamp);
}

/// floor(f) == floor(g) on [from, to].
static bool sameFloors(const FloorLine &f, const FloorLine &g, int64_t from, int64_t to) {
  // f - g = (slope a + offset) / (f.r g.r) changes sign at most once: last = last a before that.
  Integer slope = f.p * g.r - g.p * f.r, offset = f.q * g.r - g.q * f.r;
  Integer last = slope == 0 ? Integer(to) : floorDiv(-offset, slope);
  int64_t cut = last < from ? from - 1 : last > to ? to : last.get_si();
  return floorSum(f, from, cut) == floorSum(g, from, cut) &&
         floorSum(f, cut + 1, to) == floorSum(g, cut + 1, to);
}

static Verdict checkFloor(int64_t m, int64_t b, unsigned n, const FloorLine &line, int64_t from, int64_t to,
                          Clamp clamp) {
  if (from > to)
    return std::nullopt;
  const FloorLine own{m, b, Integer(1) << n};
  // Only strictly inside the clamp must the floors agree; on its edges the form may go beyond, and both are
  // monotone, so the ends of each plateau decide.
  const bool rising = line.p > 0;
  const Integer first = rising ? line.eval(from) : line.eval(to),
                last = rising ? line.eval(to) : line.eval(from);
  auto reach = [&](const Integer &k) { // rising: the first a with line >= k; falling: the last
    return rising ? ceilDiv(k * line.r - line.q, line.p) : floorDiv(line.q - k * line.r, -line.p);
  };
  auto limited = [&](const Integer &y) { return std::clamp<Integer>(y, clamp.min, clamp.max); };
  auto plateau = [&](int64_t x, int64_t y) {
    return limited(own.eval(x)) == limited(line.eval(x)) && limited(own.eval(y)) == limited(line.eval(y));
  };
  int64_t inner = from, outer = to;
  bool good = true;
  if (last <= clamp.min || first >= clamp.max) {
    good = plateau(from, to);
    inner = to + 1;
  }
  if (first <= clamp.min && last > clamp.min) {
    int64_t edge = reach(clamp.min + 1).get_si();
    good &= rising ? plateau(from, edge - 1) : plateau(edge + 1, to);
    (rising ? inner : outer) = edge;
  }
  if (last >= clamp.max && first < clamp.max) {
    int64_t edge = reach(clamp.max).get_si();
    good &= rising ? plateau(edge, to) : plateau(from, edge);
    (rising ? outer : inner) = rising ? edge - 1 : edge + 1;
  }
  if (!good || (inner <= outer && !sameFloors(own, line, inner, outer)))
    return "m, b, n differ from the step function between accumulators " + std::to_string(from) + " and " +
           std::to_string(to);
  return std::nullopt;
}

static Verdict checkAffine(const Form &form, const StepPiece &piece, Clamp clamp) {
  const AffineStep &s = piece.step;
  const auto &in = s.inclusive;
  if (form.kind == FormKind::HalfEven) {
    const Integer unit = Integer(1) << form.n;
    bool same = form.m[0] * s.s == s.p * unit && form.b * s.s == s.q * unit;
    for (unsigned c = 0; c < 4; ++c)
      same &= 2 * s.o[c] == -s.s && in[c] == (c % 2 == 0);
    return same ? Verdict() : "m, b, n are not the exact ratio that a half-even shift needs";
  }
  if (form.kind == FormKind::Wide) {
    const WideStep &w = form.wide;
    bool same = w.A[0] * s.s == s.p * w.P && w.B * s.s == s.q * w.P;
    for (unsigned c = 0; c < 4; ++c) {
      const bool positive = c >= 2, even = c % 2 == 0;
      const bool belongs[] = {true, false, even, positive, !positive};
      same &= s.o[c] * w.P == (positive ? w.Q : w.Q2) * s.s && in[c] == belongs[static_cast<size_t>(w.tie)];
    }
    return same ? Verdict() : "the wide form's numbers are not those of the step function";
  }
  auto line = StepFunction::floorLine(piece);
  if (!line)
    return "accumulators " + std::to_string(piece.start) + ".." + std::to_string(piece.end) +
           " reach exact ties that a floor cannot round";
  if (form.kind != FormKind::TwoSegment)
    return checkFloor(form.m[0], form.b, form.n, *line, piece.start, piece.end, clamp);
  if (auto wrong = checkFloor(form.m[0], form.b, form.n, *line, piece.start,
                              std::min(piece.end, form.split - 1), clamp))
    return wrong;
  return checkFloor(form.upperM, form.upperB, form.upperN, *line, std::max(piece.start, form.split),
                    piece.end, clamp);
}

/// Each piece of the form on what it decides of a piece of the function.
static Verdict checkPieces(const Form &form, const StepPiece &piece, Clamp clamp) {
  for (size_t i = 0; i < form.pieces.size(); ++i) {
    StepPiece part = piece;
    std::tie(part.start, part.end) = reachOf(form, i, piece.start, piece.end);
    if (part.start > part.end)
      continue;
    const Form &own = form.pieces[i].form;
    int64_t code = piece.constant ? piece.value : part.step.index(part.start);
    bool constant = piece.constant || part.step.index(part.end) == code;
    if (!constant && own.kind == FormKind::Constant)
      return "a constant stands for a step function of many codes";
    if (auto wrong =
            constant ? checkPlateau(own, part.start, part.end, code, clamp) : checkAffine(own, part, clamp))
      return wrong;
  }
  return std::nullopt;
}

Verdict judgeForm(const Form &form, const StepFunction &f, Clamp clamp) {
  if (f.minCode() < clamp.min || f.maxCode() > clamp.max)
    return "the clamp cuts off codes of the step function";
  if (auto wrong = checkShape(form, f.lo(), f.hi(), clamp))
    return wrong;
  if (f.listed())
    return checkListed(form, f.lo(), f.hi(), f.first(), f.changes(), clamp);
  if (form.kind == FormKind::Thresholds || form.kind == FormKind::Table) {
    auto changes = f.list(int64_t{1} << 20);
    return changes ? checkListed(form, f.lo(), f.hi(), f.first(), *changes, clamp)
                   : Verdict("too many codes to list");
  }
  if (form.kind == FormKind::Constant)
    return "a constant stands for a step function of many codes";
  for (const StepPiece &piece : f.pieces())
    if (auto wrong = form.kind == FormKind::Pieces ? checkPieces(form, piece, clamp)
                     : piece.constant ? checkPlateau(form, piece.start, piece.end, piece.value, clamp)
                                      : checkAffine(form, piece, clamp))
      return wrong;
  return std::nullopt;
}

} // namespace dyadic::model
