// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tries a step out over its whole range, and a convolution at every position, by plain loops.
#include "Harmless.h"
#include <algorithm>
#include <set>

namespace dyadic::certificate::test {
namespace {

/// One channel as its C evaluates it, in plain machine words.
struct Plain {
  Form form;
  std::vector<int64_t> m, numbers;
  int64_t b, n, low, high;

  Plain(const RescaleClaim &r, const ChannelClaim &c)
      : form(c.form), b(c.b.get_si()), n(c.n), low(r.clampMin.get_si()), high(r.clampMax.get_si()) {
    for (const Integer &v : c.m)
      m.push_back(v.get_si());
    for (const Integer &v : c.numbers)
      numbers.push_back(v.get_si());
  }
  int64_t operator()(const std::vector<int64_t> &a) const {
    __int128 x = b;
    for (size_t t = 0; t < m.size(); ++t)
      x += static_cast<__int128>(m[t]) * a[t];
    auto limited = [&](__int128 y) { return static_cast<int64_t>(y < low ? low : y > high ? high : y); };
    switch (form) {
    case Form::Constant:
      return b;
    case Form::Dyadic32:
    case Form::Dyadic64:
      return limited(x >> n);
    case Form::HalfEven:
      return limited(n == 0 ? x : (x + ((static_cast<__int128>(1) << (n - 1)) - 1) + ((x >> n) & 1)) >> n);
    case Form::TwoSegment:
      return limited(
          a[0] < numbers[0] ? x >> n : (static_cast<__int128>(numbers[1]) * a[0] + numbers[2]) >> numbers[3]);
    case Form::Thresholds: {
      auto count = std::upper_bound(numbers.begin() + 1, numbers.end(), a[0]) - numbers.begin() - 1;
      return limited(numbers[0] == 1 ? high - count : low + count);
    }
    case Form::Table:
      return numbers[1 + static_cast<size_t>(a[0] - numbers[0])];
    case Form::Wide:
      return wide(a);
    case Form::Pieces:
      return pieceAt(a[0])(a);
    }
    return 0;
  }

  size_t pieceSize(size_t at) const {
    return static_cast<Form>(numbers[at]) == Form::Wide ? 3 + 5 * static_cast<size_t>(numbers[at + 1]) : 4;
  }
  std::vector<int64_t> starts() const {
    std::vector<int64_t> all;
    for (size_t at = pieceSize(0); at < numbers.size(); at += 1 + pieceSize(at + 1))
      all.push_back(numbers[at]);
    return all;
  }
  /// The last piece that begins at or before a, as a form of its own.
  Plain pieceAt(int64_t a) const {
    size_t at = 0;
    for (size_t next = pieceSize(0); next < numbers.size() && numbers[next] <= a;) {
      at = next + 1;
      next = at + pieceSize(at);
    }
    Plain own = *this;
    own.form = static_cast<Form>(numbers[at]);
    auto first = numbers.begin() + static_cast<std::ptrdiff_t>(at);
    own.numbers.assign(first + 1, first + static_cast<std::ptrdiff_t>(pieceSize(at)));
    if (own.form != Form::Wide) {
      own.m = {own.numbers[0]};
      own.b = own.numbers[1];
      own.n = own.numbers[2];
    }
    return own;
  }

  /// Of exact division, the terms' factors first.
  Integer number(size_t i) const {
    auto limbs = static_cast<size_t>(numbers[0]);
    Integer v;
    for (size_t k = 0; k < limbs; ++k)
      v += Integer(static_cast<long>(numbers[2 + i * limbs + k])) << (32 * k);
    return v >= Integer(1) << (32 * limbs - 1) ? Integer(v - (Integer(1) << (32 * limbs))) : v;
  }
  bool belongs(int64_t k) const {
    return numbers[1] == 0 || (numbers[1] == 2 && k % 2 == 0) || (numbers[1] == 3 && k > 0) ||
           (numbers[1] == 4 && k <= 0);
  }

  /// The search of dyadic_wide.c on numbers of any length.
  int64_t wide(const std::vector<int64_t> &a) const {
    Integer v = number(a.size());
    for (size_t t = 0; t < a.size(); ++t)
      v += number(t) * a[t];
    Integer p = number(a.size() + 1), q = number(a.size() + 2), q2 = number(a.size() + 3);
    int64_t least = low, most = high;
    while (least < most) {
      int64_t k = most - (most - least) / 2;
      Integer boundary = k * p + (k > 0 ? q : q2);
      if (v > boundary || (v == boundary && belongs(k)))
        least = k;
      else
        most = k - 1;
    }
    return least;
  }
};

/// Where f runs one way and g does: where f is constant, g is the same iff it is at both ends.
bool sameOnStretch(const Plain &f, const Plain &g, int64_t lo, int64_t hi) {
  int64_t first = f({lo}), last = f({hi});
  if (g({lo}) != first || g({hi}) != last)
    return false;
  if (first == last || hi - lo < 2)
    return true;
  int64_t middle = lo + (hi - lo) / 2;
  return sameOnStretch(f, g, lo, middle) && sameOnStretch(f, g, middle, hi);
}

/// Exact divisions: by the accumulators at which each code begins (or, falling, ends).
bool sameDivision(const Plain &f, const Plain &g, int64_t lo, int64_t hi) {
  struct Numbers {
    const Plain &form;
    Integer a = form.number(0), b = form.number(1), p = form.number(2), q = form.number(3),
            q2 = form.number(4);
    Integer begin(int64_t k, const Integer &lo, const Integer &hi) const {
      Integer distance = k * p + (k > 0 ? q : q2) - b, size = abs(a), at;
      mpz_fdiv_q(at.get_mpz_t(), distance.get_mpz_t(), size.get_mpz_t());
      if (!form.belongs(k) || at * size != distance)
        ++at;
      if (a < 0)
        at = -at;
      return std::clamp(at, a > 0 ? lo : Integer(lo - 1), a > 0 ? Integer(hi + 1) : hi);
    }
  };
  const Numbers x{f}, y{g};
  if (x.a == 0 || sgn(x.a) != sgn(y.a))
    return false;
  for (int64_t k = f.low + 1; k <= f.high; ++k)
    if (x.begin(k, lo, hi) != y.begin(k, lo, hi))
      return false;
  return true;
}

/// Forms in pieces: each piece runs one way.
bool samePieces(const Plain &f, const Plain &g, int64_t lo, int64_t hi) {
  std::set<int64_t> starts{lo, hi + 1};
  for (const Plain *form : {&f, &g})
    for (int64_t start : form->starts())
      if (start > lo && start <= hi)
        starts.insert(start);
  for (auto from = starts.begin(), to = std::next(from); to != starts.end(); ++from, ++to) {
    const Plain x = f.pieceAt(*from), y = g.pieceAt(*from);
    bool divide = x.form == Form::Wide && y.form == Form::Wide;
    if (!(divide ? sameDivision : sameOnStretch)(x, y, *from, *to - 1))
      return false;
  }
  return true;
}

/// ONNX channel of position `at` of a quantiser's tensor [N, C, ...], and whether a channel is still there.
int64_t keptChannel(const CodesClaim &c, int64_t at) { return c.kept.empty() ? at : c.kept[at]; }
bool isKept(const CodesClaim &c, int64_t channel) {
  return c.kept.empty() || llvm::is_contained(c.kept, channel);
}

} // namespace

int64_t valueOf(const RescaleClaim &r, const ChannelClaim &channel, const std::vector<int64_t> &a) {
  return Plain(r, channel)(a);
}

std::optional<bool> equalEverywhere(const RescaleClaim &r, const ChannelClaim &honest, const RescaleClaim &s,
                                    const ChannelClaim &planted) {
  if (planted.n < 0 || planted.n > 62)
    return std::nullopt;
  Integer count = 1;
  std::vector<int64_t> a;
  for (const auto &[lo, hi] : honest.range) {
    count *= hi - lo + 1;
    a.push_back(lo.get_si());
  }
  Plain f(r, honest), g(s, planted);
  if (honest.form == Form::Pieces && planted.form == Form::Pieces)
    return samePieces(f, g, a[0], honest.range[0].second.get_si());
  auto slow = [](Form form) { return form == Form::Wide || form == Form::Pieces; };
  if (count > (slow(honest.form) || slow(planted.form) ? 1 << 20 : 1 << 26))
    return std::nullopt;
  for (Integer k = 0; k < count; ++k) {
    if (f(a) != g(a))
      return false;
    for (size_t t = 0; t < a.size() && ++a[t] > honest.range[t].second; ++t)
      a[t] = honest.range[t].first.get_si();
  }
  return true;
}

std::optional<std::pair<Integer, Integer>> reachOf(mlir::ModuleOp model, const Claims &claims,
                                                   const Derived &derived, size_t rescale, size_t channel) {
  const SourceClaim &a = claims.rescales[rescale].accumulators[0].sources[0];
  auto codesOf = [&](const std::string &key) {
    return llvm::find_if(claims.codes, [&](const CodesClaim &c) { return c.key == key; });
  };
  auto out = codesOf(claims.rescales[rescale].quantiser);
  if (a.codes || a.reads.size() != 1 || a.zero != 0 || out == claims.codes.end())
    return std::nullopt;
  auto in = codesOf(a.reads[0]);
  auto source = llvm::find_if(derived.quantised, [&](const Quantised &q) { return q.key == a.reads[0]; });
  qonnx::ConvOp conv;
  model.walk([&](qonnx::ConvOp op) {
    if (nodeOf(op) == a.name)
      conv = op;
  });
  auto weights = conv ? conv.getWeights().getDefiningOp<qonnx::QuantConstantOp>() : qonnx::QuantConstantOp();
  if (!weights || in == claims.codes.end() || source == derived.quantised.end() || source->input)
    return std::nullopt;
  auto shape = [](mlir::Value v) { return mlir::cast<mlir::RankedTensorType>(v.getType()).getShape(); };
  auto x = shape(conv.getInput()), w = shape(conv.getWeights()), y = shape(conv.getResult());
  std::vector<int64_t> codes, low(x[1], INT64_MAX), high(x[1], INT64_MIN);
  for (const llvm::APInt &v : weights.getCodes().getValues<llvm::APInt>())
    codes.push_back(v.getSExtValue());
  int64_t plane = x[2] * x[3];
  for (size_t i = 0; i < source->index.size(); ++i)
    for (const Piece &p : source->functions[source->index[i]].pieces)
      for (const Integer &at : {p.lo, p.hi}) {
        int64_t c = static_cast<int64_t>(i) / plane % x[1];
        low[c] = std::min<int64_t>(low[c], p.at(at).get_si());
        high[c] = std::max<int64_t>(high[c], p.at(at).get_si());
      }
  int64_t o = keptChannel(*out, static_cast<int64_t>(channel)), group = o / (y[1] / conv.getGroup());
  std::optional<std::pair<Integer, Integer>> reach;
  for (int64_t row = 0; row < y[2]; ++row)
    for (int64_t column = 0; column < y[3]; ++column) {
      int64_t least = 0, most = 0;
      for (int64_t i = 0; i < w[1]; ++i)
        for (int64_t k = 0; k < w[2] * w[3]; ++k) {
          int64_t iy = row * conv.getStrides()[0] + k / w[3] * conv.getDilations()[0] - conv.getPads()[0];
          int64_t ix = column * conv.getStrides()[1] + k % w[3] * conv.getDilations()[1] - conv.getPads()[1];
          int64_t c = group * w[1] + i, v = codes[(o * w[1] + i) * w[2] * w[3] + k];
          if (iy < 0 || iy >= x[2] || ix < 0 || ix >= x[3] || !isKept(*in, c))
            continue;
          least += v * (v > 0 ? low[c] : high[c]);
          most += v * (v > 0 ? high[c] : low[c]);
        }
      if (!reach)
        reach = {least, most};
      reach->first = std::min<Integer>(reach->first, least);
      reach->second = std::max<Integer>(reach->second, most);
    }
  return reach;
}

} // namespace dyadic::certificate::test
