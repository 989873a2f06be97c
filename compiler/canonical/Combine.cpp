// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The step's own coefficients over their common divisor where they are small enough; else fractions near
// them, each tried on every combination of terms before it is believed.
#include "compiler/canonical/Combine.h"
#include "compiler/canonical/Canonical.h"
#include "dialects/qint/StepArrays.h"
#include "passes/model/Rational.h"
#include <map>

using namespace mlir;
namespace dyadic::canonical {
namespace {

using model::Integer;
using Weights = std::vector<int64_t>;

/// More combinations of terms than this are not gone through.
constexpr int64_t mostLines = 1 << 18, mostPieces = 1 << 23;

Integer fromLimbs(ArrayRef<int64_t> limbs) {
  Integer v = 0;
  for (size_t i = limbs.size(); i-- > 0;)
    v = v * (Integer(1) << 32) + Integer(limbs[i]);
  return (limbs.back() & 0x80000000) != 0 ? Integer(v - (Integer(1) << (32 * limbs.size()))) : v;
}

/// V = sum of coefficient_t a_t + constant decides the code alone, and larger V never gives a smaller code.
std::vector<Integer> coefficientsOf(qint::StepAttr step, int64_t c) {
  std::vector<Integer> all;
  auto terms = static_cast<size_t>(step.getTerms());
  if (static_cast<qint::StepForm>(step.getForms()[c]) == qint::StepForm::wide) {
    ArrayRef<int64_t> aux = qint::auxOf(step, c);
    for (size_t t = 0; t < terms; ++t)
      all.push_back(fromLimbs(aux.slice(2 + t * aux[0], aux[0])));
  } else {
    for (size_t t = 0; t < terms; ++t)
      all.emplace_back(step.getMult()[c * step.getTerms() + t]);
  }
  return all;
}

struct Terms {
  std::vector<int64_t> lo, hi;
  int64_t largest(size_t t) const { return std::max(std::abs(lo[t]), std::abs(hi[t])); }
};

bool fits(const Weights &w, const Terms &terms) {
  __int128 sum = 0;
  for (size_t t = 0; t < w.size(); ++t)
    sum += static_cast<__int128>(std::abs(w[t])) * terms.largest(t);
  return sum < exactBelow;
}

/// The step of one term with the coefficient `g` in channel c's place.
qint::StepAttr collapsed(qint::StepAttr step, int64_t c, const Integer &g, int64_t lo, int64_t hi) {
  MLIRContext *context = step.getContext();
  auto ints = [&](ArrayRef<int64_t> v) { return DenseI64ArrayAttr::get(context, v); };
  bool wide = static_cast<qint::StepForm>(step.getForms()[c]) == qint::StepForm::wide;
  std::vector<int64_t> aux, begin;
  if (wide) {
    ArrayRef<int64_t> old = qint::auxOf(step, c);
    int64_t limbs = old[0];
    aux = {limbs, old[1]};
    for (int64_t i = 0; i < limbs; ++i)
      aux.push_back(model::floorMod(model::floorDiv(g, Integer(1) << (32 * i)), Integer(1) << 32).get_si());
    ArrayRef<int64_t> rest = old.drop_front(2 + limbs * step.getTerms());
    aux.insert(aux.end(), rest.begin(), rest.end());
    begin = {0, static_cast<int64_t>(aux.size())};
  }
  return qint::StepAttr::get(context, 1, 1, 1, step.getClampMin(), step.getClampMax(),
                             DenseI8ArrayAttr::get(context, step.getForms()[c]), ints(wide ? 0 : g.get_si()),
                             ints(step.getBias()[c]), DenseI8ArrayAttr::get(context, step.getShift()[c]),
                             ints(begin), ints(aux), ints(lo), ints(hi));
}

std::optional<Combination> exactly(qint::StepAttr step, int64_t c, const std::vector<Integer> &coefficients,
                                   const Terms &terms) {
  Integer g = 0;
  for (const Integer &m : coefficients)
    g = gcd(g, m);
  Combination found;
  for (const Integer &m : coefficients) {
    std::optional<int64_t> w = model::toInt64(g == 0 ? Integer(0) : Integer(m / g));
    if (!w || std::abs(*w) >= exactBelow)
      return std::nullopt;
    found.weights.push_back(*w);
  }
  if (!fits(found.weights, terms))
    return std::nullopt;
  int64_t lo = 0, hi = 0;
  for (size_t t = 0; t < terms.lo.size(); ++t) {
    int64_t x = found.weights[t] * terms.lo[t], y = found.weights[t] * terms.hi[t];
    lo += std::min(x, y);
    hi += std::max(x, y);
  }
  llvm::Expected<qint::StepEvaluator> one = qint::StepEvaluator::make(collapsed(step, c, g, lo, hi));
  if (!one) {
    llvm::consumeError(one.takeError());
    return std::nullopt;
  }
  found.stairs = staircaseOf([&](int64_t v) { return (*one)(0, v); }, lo, hi);
  return found;
}

/// All values of all terms, as stretches along the term of the longest range on which the code is constant.
class Pieces {
public:
  static std::optional<Pieces> make(int64_t c, const qint::StepEvaluator &runner, const Terms &terms) {
    Pieces p(terms);
    size_t count = terms.lo.size();
    for (size_t t = 0; t < count; ++t)
      if (terms.hi[t] - terms.lo[t] > terms.hi[p.longest] - terms.lo[p.longest])
        p.longest = t;
    int64_t lines = 1;
    for (size_t t = 0; t < count; ++t)
      if (t != p.longest && (lines *= terms.hi[t] - terms.lo[t] + 1) > mostLines)
        return std::nullopt;
    for (int64_t line = 0; line < lines; ++line) {
      std::vector<int64_t> a = p.at(line);
      Staircase s = staircaseOf(
          [&](int64_t v) {
            a[p.longest] = v;
            return runner(c, a);
          },
          terms.lo[p.longest], terms.hi[p.longest]);
      int64_t begin = s.lo, code = s.first;
      for (const Staircase::Change &change : s.changes) {
        p.all.push_back({line, begin, change.at - 1, code});
        begin = change.at, code = change.code;
      }
      p.all.push_back({line, begin, s.hi, code});
      if (static_cast<int64_t>(p.all.size()) > mostPieces)
        return std::nullopt;
    }
    return p;
  }

  /// With these weights the sums of different codes do not mix: the step as a function of the sum.
  std::optional<Staircase> separate(const Weights &w) const {
    std::map<int64_t, std::pair<int64_t, int64_t>> sums; // of each code
    int64_t known = -1, rest = 0;
    for (const Piece &p : all) {
      if (p.line != known) {
        std::vector<int64_t> a = at(known = p.line);
        rest = 0;
        for (size_t t = 0; t < a.size(); ++t)
          rest += t == longest ? 0 : w[t] * a[t];
      }
      int64_t x = rest + w[longest] * p.begin, y = rest + w[longest] * p.end;
      auto [it, fresh] = sums.try_emplace(p.code, std::min(x, y), std::max(x, y));
      if (fresh)
        continue;
      it->second = {std::min({it->second.first, x, y}), std::max({it->second.second, x, y})};
    }
    Staircase s{sums.begin()->second.first, sums.begin()->second.second, sums.begin()->first, {}};
    for (auto [code, range] : llvm::drop_begin(sums)) {
      if (range.first <= s.hi)
        return std::nullopt;
      s.changes.push_back({range.first, code});
      s.hi = range.second;
    }
    return s;
  }

private:
  struct Piece {
    int64_t line, begin, end, code;
  };
  const Terms &terms;
  size_t longest = 0;
  std::vector<Piece> all;

  explicit Pieces(const Terms &terms) : terms(terms) {}
  /// The terms of a line; the longest is left at its lowest.
  std::vector<int64_t> at(int64_t line) const {
    std::vector<int64_t> a = terms.lo;
    for (size_t t = 0; t < a.size(); ++t)
      if (t != longest) {
        int64_t extent = terms.hi[t] - terms.lo[t] + 1;
        a[t] += line % extent;
        line /= extent;
      }
    return a;
  }
};

/// Weights ever nearer to the ratio of the coefficients, as long as the sums fit.
std::vector<Weights> candidates(const std::vector<Integer> &m, const Terms &terms) {
  std::vector<Weights> list;
  auto offer = [&](Weights w) {
    bool small = fits(w, terms);
    if (small)
      list.push_back(std::move(w));
    return small;
  };
  if (m.size() == 2 && m[0] != 0 && m[1] != 0) { // continued fraction of |m0 / m1|
    Integer a = abs(m[0]), b = abs(m[1]), p0 = 0, q0 = 1, p1 = 1, q1 = 0;
    int s0 = sgn(m[0]), s1 = sgn(m[1]);
    auto weights = [&](const Integer &p, const Integer &q) -> Weights {
      if (p >= exactBelow || q >= exactBelow)
        return {exactBelow, exactBelow};
      return {s0 * p.get_si(), s1 * q.get_si()};
    };
    while (b != 0) {
      Integer k = model::floorDiv(a, b), p = k * p1 + p0, q = k * q1 + q0;
      if (!offer(weights(p, q))) {
        // The largest mediants on the way that still fit.
        Integer low = 0, high = k;
        while (high - low > 1) {
          Integer middle = (low + high) / 2;
          (fits(weights(middle * p1 + p0, middle * q1 + q0), terms) ? low : high) = middle;
        }
        for (int i = 0; i < 8 && low > 0; ++i, low -= 1)
          offer(weights(low * p1 + p0, low * q1 + q0));
        break;
      }
      p0 = p1, q0 = q1, p1 = p, q1 = q;
      Integer r = a - k * b;
      a = b, b = r;
    }
    return list;
  }
  Integer most = 0;
  for (const Integer &v : m)
    most = std::max(most, Integer(abs(v)));
  for (int64_t scale = 1; most != 0 && scale < exactBelow; scale *= 2) {
    Weights w;
    for (const Integer &v : m) // rounded to nearest
      w.push_back(model::floorDiv(2 * v * scale + most, 2 * most).get_si());
    if (!offer(std::move(w)))
      break;
  }
  return list;
}

} // namespace

std::optional<Combination> combine(qint::StepAttr step, int64_t c, const qint::StepEvaluator &runner) {
  auto count = static_cast<size_t>(step.getTerms());
  auto slice = [&](DenseI64ArrayAttr all) {
    return all.asArrayRef().slice(static_cast<size_t>(c) * count, count).vec();
  };
  Terms terms{slice(step.getRangeMin()), slice(step.getRangeMax())};
  if (static_cast<qint::StepForm>(step.getForms()[c]) == qint::StepForm::constant)
    return Combination{Weights(count, 0), {0, 0, runner(c, terms.lo), {}}};
  std::vector<Integer> coefficients = coefficientsOf(step, c);
  if (std::optional<Combination> found = exactly(step, c, coefficients, terms))
    return found;
  std::vector<Weights> weights = candidates(coefficients, terms);
  if (weights.empty())
    return std::nullopt;
  std::optional<Pieces> pieces = Pieces::make(c, runner, terms);
  for (const Weights &w : weights)
    if (std::optional<Staircase> stairs = pieces ? pieces->separate(w) : std::nullopt)
      return Combination{w, std::move(*stairs)};
  return std::nullopt;
}

} // namespace dyadic::canonical
