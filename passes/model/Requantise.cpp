// The ladder of forms for one accumulator.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Requantise.h"
#include "passes/model/DyadicSearch.h"
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

/// The one rule that holds on every affine piece; none where pieces differ or none is affine.
static const AffineStep *commonStep(const StepFunction &f) {
  const AffineStep *step = nullptr;
  for (const StepPiece &piece : f.pieces()) {
    if (piece.constant)
      continue;
    if (step && (step->p != piece.step.p || step->q != piece.step.q || step->s != piece.step.s))
      return nullptr;
    step = &piece.step;
  }
  return step;
}

/// A form that follows the affine rule still has to give the codes of the constant pieces by its clamp.
static bool equalsOnConstantPieces(const StepFunction &f, const Form &form, Clamp clamp) {
  return std::all_of(f.pieces().begin(), f.pieces().end(), [&](const StepPiece &piece) {
    return !piece.constant || (evalForm(form, piece.start, clamp) == piece.value &&
                               evalForm(form, piece.end, clamp) == piece.value);
  });
}

std::optional<Form> halfEvenForm(const StepFunction &f, Clamp clamp) {
  const AffineStep *step = commonStep(f);
  if (!step || step->inclusive != std::array<bool, 4>{true, false, true, false})
    return std::nullopt;
  for (const Integer &o : step->o)
    if (2 * o != -step->s)
      return std::nullopt;
  Integer common = gcd(gcd(step->p, step->q), step->s);
  auto n = exactLog2(Rational(Integer(step->s / common)));
  auto m = toInt64(step->p / common), b = toInt64(step->q / common);
  if (!n || *n > 62 || !m || !b || !lineFits(*m, *b, f.lo(), f.hi(), 64))
    return std::nullopt;
  Form form;
  form.kind = FormKind::HalfEven;
  form.m = {*m};
  form.b = *b;
  form.n = static_cast<unsigned>(*n);
  if (!equalsOnConstantPieces(f, form, clamp))
    return std::nullopt;
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

std::optional<Form> thresholdsForm(const StepFunction &f, Clamp clamp, int64_t maxThresholds) {
  if (f.direction() == Direction::Mixed)
    return std::nullopt;
  auto changes = f.list(maxThresholds);
  if (!changes)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Thresholds;
  form.descending = f.direction() == Direction::Decreasing;
  int64_t code = form.descending ? clamp.max : clamp.min;
  auto step = [&](int64_t a, int64_t value) {
    int64_t times = std::abs(value - code);
    if (static_cast<int64_t>(form.thresholds.size()) + times > maxThresholds)
      return false;
    form.thresholds.insert(form.thresholds.end(), static_cast<size_t>(times), a);
    code = value;
    return true;
  };
  // A channel that starts off the clamp has its first thresholds at the first accumulator.
  bool fits = step(f.lo(), f.first());
  for (size_t i = 0; fits && i < changes->size(); ++i)
    fits = step((*changes)[i].a, (*changes)[i].value);
  return fits ? std::optional<Form>(std::move(form)) : std::nullopt;
}

std::optional<Form> tableForm(const StepFunction &f, int64_t maxTable) {
  if (f.hi() - f.lo() >= maxTable)
    return std::nullopt;
  auto changes = f.list(maxTable);
  if (!changes)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Table;
  form.aLow = f.lo();
  form.table.reserve(static_cast<size_t>(f.hi() - f.lo() + 1));
  int64_t code = f.first();
  size_t next = 0;
  for (int64_t a = f.lo(); a <= f.hi(); ++a) {
    if (next < changes->size() && (*changes)[next].a == a)
      code = (*changes)[next++].value;
    form.table.push_back(code);
  }
  return form;
}

std::optional<WideRule> wideRule(const AffineStep &step) {
  if (step.o[0] != step.o[1] || step.o[2] != step.o[3])
    return std::nullopt;
  WideRule rule{step.o[2], step.o[0], TieRule::Inclusive};
  const auto &in = step.inclusive; // even and odd k <= 0, even and odd k > 0
  if (in == std::array<bool, 4>{true, true, true, true})
    rule.tie = TieRule::Inclusive;
  else if (in == std::array<bool, 4>{false, false, false, false})
    rule.tie = TieRule::Exclusive;
  else if (in == std::array<bool, 4>{true, false, true, false})
    rule.tie = TieRule::Even;
  else if (in == std::array<bool, 4>{false, false, true, true})
    rule.tie = TieRule::Positive;
  else if (in == std::array<bool, 4>{true, true, false, false})
    rule.tie = TieRule::NotPositive;
  else
    return std::nullopt;
  return rule;
}

unsigned wideLimbs(const WideStep &wide, std::span<const std::pair<int64_t, int64_t>> ranges, Clamp clamp) {
  // The largest absolute values bound everything that is compared.
  Integer value = abs(wide.B);
  for (size_t i = 0; i < wide.A.size(); ++i)
    value += abs(wide.A[i]) * std::max(abs(Integer(ranges[i].first)), abs(Integer(ranges[i].second)));
  Integer code = std::max(abs(Integer(clamp.min)), abs(Integer(clamp.max)));
  Integer boundary = wide.P * code + std::max(abs(wide.Q), abs(wide.Q2));
  Integer largest = std::max({value, boundary, wide.P});
  for (const Integer &a : wide.A) // a coefficient counts even where its accumulator is always 0
    largest = std::max(largest, Integer(abs(a)));
  size_t bits = mpz_sizeinbase(largest.get_mpz_t(), 2) + 1;
  unsigned limbs = static_cast<unsigned>((bits + 31) / 32);
  return limbs <= WideStep::maxLimbs ? limbs : 0;
}

std::optional<Form> wideForm(const StepFunction &f, Clamp clamp) {
  const AffineStep *step = commonStep(f);
  if (!step)
    return std::nullopt;
  auto rule = wideRule(*step);
  if (!rule)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Wide;
  Integer common = gcd(gcd(step->p, step->q), gcd(step->s, gcd(rule->positive, rule->notPositive)));
  form.wide.A = {Integer(step->p / common)};
  form.wide.B = step->q / common;
  form.wide.P = step->s / common;
  form.wide.Q = rule->positive / common;
  form.wide.Q2 = rule->notPositive / common;
  form.wide.tie = rule->tie;
  const std::pair<int64_t, int64_t> range{f.lo(), f.hi()};
  form.wide.limbs = wideLimbs(form.wide, {&range, 1}, clamp);
  if (form.wide.limbs == 0 || !equalsOnConstantPieces(f, form, clamp))
    return std::nullopt;
  return form;
}

Result<Form> chooseForm(const StepFunction &f, const FormLimits &limits) {
  const Clamp clamp = limits.clamp;
  if (f.minCode() < clamp.min || f.maxCode() > clamp.max)
    return Result<Form>::failure("codes " + std::to_string(f.minCode()) + ".." + std::to_string(f.maxCode()) +
                                 " leave the step's clamp " + std::to_string(clamp.min) + ".." +
                                 std::to_string(clamp.max));
  if (f.constant()) {
    Form form;
    form.b = f.first();
    return form;
  }
  if (auto form = dyadicForm(f, clamp))
    return *form;
  if (auto form = halfEvenForm(f, clamp))
    return *form;
  if (auto form = twoSegmentForm(f, clamp))
    return *form;
  if (!f.listed())
    if (auto form = wideForm(f, clamp))
      return *form;
  auto thresholds = thresholdsForm(f, clamp, limits.maxThresholds);
  auto table = tableForm(f, limits.maxTable);
  if (table &&
      (!thresholds || formBytes(*table, limits.codeBytes) <= formBytes(*thresholds, limits.codeBytes)))
    return *table;
  if (thresholds)
    return *thresholds;
  if (auto form = wideForm(f, clamp))
    return *form;
  return Result<Form>::failure("no exact form for " + std::to_string(f.maxCode() - f.minCode() + 1) +
                               " codes over accumulators " + std::to_string(f.lo()) + ".." +
                               std::to_string(f.hi()) +
                               (f.direction() == Direction::Mixed ? ", which rise and fall" : ""));
}

} // namespace dyadic::model
