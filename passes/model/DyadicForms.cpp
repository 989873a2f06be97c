// Forms of one or two lines: what a line must satisfy on a stretch of accumulators, and the search for it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/DyadicSearch.h"
#include "passes/model/Requantise.h"
#include <algorithm>

namespace dyadic::model {

using Direction = PiecewiseLinear::Direction;

namespace {

/// Collects what a line must satisfy on a stretch of accumulators.
class Collector {
public:
  Collector(const StepFunction &f, Clamp clamp) : f(f), clamp(clamp) {}

  /// Constraints of [from, to]; false where the code there is no floor of one line. Listed functions may be
  /// cut anywhere, symbolic ones at the ends of pieces.
  bool collect(int64_t from, int64_t to) {
    lines = {};
    constantCode = f.eval(from);
    isConstant = true;
    if (f.listed())
      collectListed(from, to);
    else if (!collectPieces(from, to))
      return false;
    lines.sort();
    return true;
  }

  std::optional<DyadicLine> solve(int64_t from, int64_t to) {
    if (!collect(from, to))
      return std::nullopt;
    if (isConstant)
      return DyadicLine{0, constantCode, 0, true};
    if (lines.lower.empty() || lines.upper.empty())
      return std::nullopt;
    return searchLine(lines, from, to);
  }

private:
  const StepFunction &f;
  Clamp clamp;
  LineConstraints lines;
  int64_t constantCode = 0;
  bool isConstant = true;

  void reach(int64_t x, int64_t code) {
    if (code > clamp.min)
      lines.lower.push_back({x, code});
  }
  void stayBelow(int64_t x, int64_t code) {
    if (code < clamp.max)
      lines.upper.push_back({x, code + 1});
  }
  void plateau(int64_t from, int64_t to, int64_t code) {
    isConstant &= code == constantCode;
    if (f.direction() != Direction::Decreasing) {
      reach(from, code);
      stayBelow(to, code);
    }
    if (f.direction() != Direction::Increasing) {
      reach(to, code);
      stayBelow(from, code);
    }
  }

  void collectListed(int64_t from, int64_t to) {
    const auto &changes = f.changes();
    auto next = std::upper_bound(changes.begin(), changes.end(), from,
                                 [](int64_t x, const Change &c) { return x < c.a; });
    int64_t start = from, code = next == changes.begin() ? f.first() : (next - 1)->value;
    for (; next != changes.end() && next->a <= to; ++next) {
      plateau(start, next->a - 1, code);
      start = next->a;
      code = next->value;
    }
    plateau(start, to, code);
  }

  bool collectPieces(int64_t from, int64_t to) {
    for (const StepPiece &piece : f.pieces()) {
      if (piece.end < from || piece.start > to)
        continue;
      if (piece.constant)
        plateau(std::max(piece.start, from), std::min(piece.end, to), piece.value);
      else if (piece.start < from || piece.end > to || !collectAffine(piece))
        return false;
    }
    return true;
  }

  bool collectAffine(const StepPiece &piece) {
    auto line = StepFunction::floorLine(piece);
    if (!line)
      return false;
    isConstant = false;
    // Where the code sits on the clamp the line may go beyond: only the ends of those plateaus bind.
    const bool rising = line->p > 0;
    const int64_t atStart = piece.step.index(piece.start), atEnd = piece.step.index(piece.end);
    const int64_t least = std::min(atStart, atEnd), greatest = std::max(atStart, atEnd);
    int64_t x0 = piece.start, x1 = piece.end;
    if (least == clamp.min) {
      int64_t first = piece.step.reach(clamp.min + 1).get_si(); // or the last one with that code, falling
      (rising ? x0 : x1) = first;
      stayBelow(rising ? first - 1 : first + 1, clamp.min);
    }
    if (greatest == clamp.max) {
      int64_t first = piece.step.reach(clamp.max).get_si();
      (rising ? x1 : x0) = rising ? first - 1 : first + 1;
      reach(first, clamp.max);
    }
    if (x0 > x1)
      return true;
    for (int64_t x : hullCandidates(*line, x0, x1, false))
      reach(x, line->eval(x).get_si());
    for (int64_t x : hullCandidates(*line, x0, x1, true))
      stayBelow(x, line->eval(x).get_si());
    return true;
  }
};

} // namespace

std::optional<Form> dyadicForm(const StepFunction &f, Clamp clamp) {
  if (f.direction() == Direction::Mixed)
    return std::nullopt;
  auto line = Collector(f, clamp).solve(f.lo(), f.hi());
  if (!line)
    return std::nullopt;
  Form form;
  form.kind = line->fits32 ? FormKind::Dyadic32 : FormKind::Dyadic64;
  form.m = {line->m};
  form.b = line->b;
  form.n = line->n;
  return form;
}

std::optional<Form> twoSegmentForm(const StepFunction &f, Clamp clamp) {
  Collector collector(f, clamp);
  const auto &pieces = f.pieces();
  // The longer the lower stretch the easier the upper one, so only the longest lower stretch matters: first
  // in whole pieces, then into a plateau (DOWN breaks inside the plateau of 0).
  auto lowerTo = [&](int64_t end) { return collector.solve(f.lo(), end); };
  size_t good = 0, bad = pieces.size();
  while (bad - good > 1) {
    size_t middle = (good + bad) / 2;
    (lowerTo(pieces[middle - 1].end) ? good : bad) = middle;
  }
  int64_t split = good == 0 ? f.lo() : pieces[good - 1].end + 1; // first accumulator of the upper stretch
  if (bad <= pieces.size() && pieces[bad - 1].constant) {
    int64_t fits = split, fails = pieces[bad - 1].end + 1;
    while (fails - fits > 1) {
      int64_t middle = fits + (fails - fits) / 2;
      (lowerTo(middle - 1) ? fits : fails) = middle;
    }
    split = fits;
  }
  if (split <= f.lo())
    return std::nullopt;
  auto lower = lowerTo(split - 1), upper = collector.solve(split, f.hi());
  if (!lower || !upper)
    return std::nullopt;
  Form form;
  form.kind = FormKind::TwoSegment;
  form.split = split;
  form.m = {lower->m};
  form.b = lower->b;
  form.n = lower->n;
  form.upperM = upper->m;
  form.upperB = upper->b;
  form.upperN = upper->n;
  return form;
}

} // namespace dyadic::model
