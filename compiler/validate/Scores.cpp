// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From output integers to reals, classes and measures of likeness; and the search for the near-tie behind a
// deviation.
#include "compiler/validate/Scores.h"
#include <algorithm>
#include <cmath>
#include <tuple>

namespace dyadic::validate {
namespace {

using eval::Rational;

/// More near-ties of one sample are not tried.
constexpr size_t mostFlips = 256;

std::vector<Rational> fractions(mlir::ArrayAttr texts) {
  std::vector<Rational> list;
  for (mlir::Attribute text : texts)
    list.push_back(model::parseRational(mlir::cast<mlir::StringAttr>(text).getValue()).value_or(0));
  return list;
}

} // namespace

OutputMeaning::OutputMeaning(qint::PortAttr port, int64_t batch)
    : portName(port.getName().str()), head(port.getHead().str()), scale(fractions(port.getScale())),
      offset(fractions(port.getOffset())), shape(port.getShape().asArrayRef().vec()), batch(batch),
      axis(port.getAxis()), headAxis(port.getHeadAxis()) {
  Rational zero = model::parseRational(port.getZero().getValue()).value_or(0);
  size_t count = std::max(scale.size(), offset.size());
  scale.resize(count, scale[0]);
  offset.resize(count, offset[0]);
  for (size_t k = 0; k < count; ++k)
    offset[k] -= zero * scale[k];
}

eval::AccumulatorLattice OutputMeaning::lattice() const {
  eval::AccumulatorLattice lattice;
  lattice.axis = static_cast<size_t>(axis);
  for (size_t k = 0; k < scale.size(); ++k) {
    lattice.scale.push_back(model::toString(scale[k]));
    lattice.offset.push_back(model::toString(offset[k]));
  }
  return lattice;
}

std::vector<Rational> OutputMeaning::reals(const Integers &codes) const {
  size_t inner = 1, run = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    run *= static_cast<size_t>(shape[d]);
    if (static_cast<int64_t>(d) > axis)
      inner *= static_cast<size_t>(shape[d]);
  }
  std::vector<Rational> list;
  list.reserve(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    size_t c = i % run / inner % scale.size();
    list.push_back(codes[i] * scale[c] + offset[c]);
  }
  return list;
}

std::vector<float> OutputMeaning::values(const Integers &codes, int64_t samples) const {
  std::vector<Rational> list = reals(codes);
  std::vector<float> floats;
  if (head.empty()) {
    for (const Rational &real : list)
      floats.push_back(model::nearestFloat32(real));
    return floats;
  }
  eval::Shape whole(shape.begin(), shape.end());
  whole[0] = whole[0] / batch * samples;
  eval::Tensor logits = eval::Tensor::makeDense(whole, std::move(list));
  if (head == "softmax")
    return eval::softmax(logits, static_cast<size_t>(headAxis));
  for (int64_t index : eval::argMax(logits, static_cast<size_t>(headAxis)))
    floats.push_back(static_cast<float>(index));
  return floats;
}

std::optional<std::vector<int64_t>> OutputMeaning::classes(const Integers &codes, int64_t samples) const {
  size_t perSample = codes.size() / static_cast<size_t>(samples);
  if (isIndex() && perSample != static_cast<size_t>(shape[static_cast<size_t>(headAxis)]))
    return std::nullopt;
  std::vector<Rational> list = reals(codes);
  std::vector<int64_t> best;
  for (auto at = list.begin(); at != list.end(); at += static_cast<std::ptrdiff_t>(perSample))
    best.push_back(std::max_element(at, at + static_cast<std::ptrdiff_t>(perSample)) - at);
  return best;
}

Likeness likenessOf(llvm::ArrayRef<float> found, llvm::ArrayRef<float> wanted) {
  Likeness l;
  double squares = 0, absolutes = 0, product = 0, a = 0, b = 0;
  for (auto [f, w] : llvm::zip(found, wanted)) {
    auto x = static_cast<double>(f), y = static_cast<double>(w);
    double d = std::abs(x - y);
    l.differing += !(x == y);
    squares += d * d;
    absolutes += d;
    l.largest = std::max(l.largest, d);
    product += x * y;
    a += x * x;
    b += y * y;
  }
  l.elements = static_cast<int64_t>(found.size());
  auto count = static_cast<double>(std::max<size_t>(1, found.size()));
  l.rmse = std::sqrt(squares / count);
  l.mae = absolutes / count;
  if (a > 0 || b > 0)
    l.cosine = a > 0 && b > 0 ? product / std::sqrt(a) / std::sqrt(b) : 0;
  return l;
}

std::vector<eval::Input> slice(llvm::ArrayRef<eval::Input> inputs, int64_t first, int64_t count) {
  std::vector<eval::Input> parts;
  for (const eval::Input &input : inputs) {
    std::vector<int64_t> shape = input.array.shape();
    size_t stride = input.array.bytes().size() / static_cast<size_t>(shape[0]);
    shape[0] = count;
    parts.push_back(
        {input.name, npy::Array(input.array.type(), shape,
                                input.array.bytes().substr(static_cast<size_t>(first) * stride,
                                                           static_cast<size_t>(count) * stride))});
  }
  return parts;
}

bool agrees(const eval::RunResult &result, int64_t first, int64_t samples, const Wanted &wanted) {
  for (auto [out, want] : llvm::zip(result.outputs, wanted.outputs)) {
    if (want.empty())
      continue;
    size_t count = out.isIndex ? out.indices.size() : out.reals.size();
    size_t begin = static_cast<size_t>(first) * (count / static_cast<size_t>(samples));
    for (size_t i = 0; i < count; ++i) {
      auto right = static_cast<double>(want[begin + i]);
      double here = out.isIndex ? static_cast<double>(out.indices[i]) : static_cast<double>(out.reals[i]);
      double bound = i < out.float32Bounds.size() ? out.float32Bounds[i] : 0;
      if (!(std::abs(here - right) <= bound))
        return false;
    }
  }
  return true;
}

llvm::Expected<std::vector<Deviation>> explainDeviations(eval::Evaluator &evaluator,
                                                         llvm::ArrayRef<eval::Input> inputs,
                                                         llvm::ArrayRef<int64_t> samples,
                                                         const Wanted &wanted,
                                                         llvm::function_ref<void(size_t)> progress) {
  std::vector<Deviation> all;
  for (auto [done, s] : llvm::enumerate(samples)) {
    progress(done);
    std::vector<eval::Input> one = slice(inputs, s, 1);
    eval::Options plain;
    plain.wantBounds = true;
    llvm::Expected<eval::RunResult> exact = evaluator.run(one, plain);
    if (!exact)
      return exact.takeError();
    if (agrees(*exact, s, 1, wanted))
      continue;
    Deviation deviation{s, std::nullopt};
    eval::Options ask;
    ask.wantNearTies = true;
    llvm::Expected<eval::RunResult> near = evaluator.run(one, ask);
    if (!near)
      return near.takeError();
    // Those that are no exact ties first, the nearest first.
    std::sort(near->nearTies.begin(), near->nearTies.end(), [](const auto &a, const auto &b) {
      return std::tuple(a.exactTie, a.distance / a.bound, std::string_view(a.key), a.index) <
             std::tuple(b.exactTie, b.distance / b.bound, std::string_view(b.key), b.index);
    });
    if (near->nearTies.size() > mostFlips)
      near->nearTies.resize(mostFlips);
    for (const eval::NearTie &tie : near->nearTies) {
      eval::Options flip = plain;
      flip.changes = {{tie.key, 0, tie.index, tie.other}};
      llvm::Expected<eval::RunResult> flipped = evaluator.run(one, flip);
      if (!flipped)
        return flipped.takeError();
      if (agrees(*flipped, s, 1, wanted)) {
        deviation.because = tie;
        break;
      }
    }
    all.push_back(std::move(deviation));
  }
  return all;
}

} // namespace dyadic::validate
