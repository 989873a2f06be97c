// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an element of the ONNX tensor to memory and on to the rescales behind it.
#include "compiler/certificate/Layout.h"
#include <algorithm>
#include <numeric>

namespace dyadic::certificate {

int64_t Cycles::of(int64_t rescale) const {
  constexpr int64_t most = int64_t{1} << 40; // beyond, every element counts on its own
  if (auto it = known.find(rescale); it != known.end())
    return it->second;
  const RescaleClaim &r = claims.rescales[static_cast<size_t>(rescale)];
  int64_t cycle = r.period * static_cast<int64_t>(r.channels.size());
  auto join = [&](int64_t own) {
    cycle = std::lcm(cycle, std::clamp<int64_t>(own, 1, int64_t{1} << 20));
    if (cycle > most || own > int64_t{1} << 20)
      cycle = most;
  };
  for (const AccumulatorClaim &a : r.accumulators) {
    if (!a.elements.empty())
      join(static_cast<int64_t>(a.elements.size()));
    else if (!a.sources[0].codes) // each output has weights, or a channel, of its own
      join(static_cast<int64_t>(a.sources[0].weights.empty() ? a.sources[0].channels.size()
                                                             : a.sources[0].weights.size()));
    else if (int64_t inner = a.sources[0].rescale; inner >= 0 && !matcher.givesCodes(inner))
      join(of(inner));
  }
  return known[rescale] = cycle;
}

Layout::Layout(const CodesClaim &codes, const Cycles &cycles, std::string &problem)
    : codes(codes), cycles(cycles) {
  size_t rank = codes.view.size();
  for (int64_t p : codes.perm)
    physical.push_back(codes.view[static_cast<size_t>(p)]);
  stride.assign(rank, 1);
  for (size_t d = rank; d-- > 1;)
    stride[d - 1] = stride[d] * codes.view[d];
  if (codes.keptAxis >= 0) {
    auto axis = static_cast<size_t>(codes.keptAxis);
    position.assign(static_cast<size_t>(physical[axis]), -1);
    for (size_t k = 0; k < codes.kept.size(); ++k)
      position[static_cast<size_t>(codes.kept[k])] = static_cast<int64_t>(k);
    physical[axis] = static_cast<int64_t>(codes.kept.size());
    if (std::set<int64_t>(codes.kept.begin(), codes.kept.end()).size() != codes.kept.size())
      problem = "keeps a channel twice";
  }
  if (codes.origins.empty())
    problem = "has no origin";
  int64_t next = 0;
  for (const Origin &o : codes.origins) {
    if (codes.origins.size() > 1 && (o.extent < 1 || o.begin != next))
      problem = "has origins that do not follow each other";
    next = o.begin + std::max<int64_t>(o.extent, 0);
  }
  if (codes.origins.size() > 1 && (rank == 0 || next != physical[static_cast<size_t>(codes.axis)]))
    problem = "has origins that do not cover the tensor";
}

int64_t Layout::extentOf(const Origin &o, size_t axis) const {
  return codes.origins.size() > 1 && static_cast<int64_t>(axis) == codes.axis ? o.extent : physical[axis];
}

std::vector<Place> Layout::of(int64_t flat) const {
  size_t rank = physical.size(), origin = 0;
  int64_t at[16]; // the reader refuses higher ranks
  for (size_t i = 0; i < rank; ++i) {
    auto axis = static_cast<size_t>(codes.perm[i]);
    at[i] = flat / stride[axis] % codes.view[axis];
    if (static_cast<int64_t>(i) == codes.keptAxis) {
      int64_t kept = position[static_cast<size_t>(at[i])];
      if (kept < 0)
        return {{Place::Kind::Removed, -1, at[i], nullptr}};
      at[i] = kept;
    }
  }
  if (codes.origins.size() > 1) {
    while (at[codes.axis] >= codes.origins[origin].begin + codes.origins[origin].extent)
      ++origin;
    at[codes.axis] -= codes.origins[origin].begin;
  }
  const Origin &o = codes.origins[origin];
  int64_t index = 0;
  for (size_t i = 0; i < rank; ++i)
    index = index * extentOf(o, i) + at[i];
  auto made = [&](int64_t rescale, const Integer &element) {
    return Place{Place::Kind::Made, rescale, element % static_cast<signed long>(cycles.of(rescale)), nullptr};
  };
  if (o.elements.empty()) {
    if (o.rescale < 0)
      return {{Place::Kind::Input, -1, 0, &o.input}};
    return {made(o.rescale, index)};
  }
  std::vector<Place> all;
  for (const Item &i : o.elements[static_cast<size_t>(index) % o.elements.size()])
    if (i.source >= 0)
      all.push_back(made(i.source, i.element));
    else if (!i.input.empty())
      all.push_back({Place::Kind::Input, -1, 0, &i.input});
    else
      all.push_back({Place::Kind::Filled, -1, i.element, nullptr});
  for (Place &p : all)
    p.take = o.elements[static_cast<size_t>(index) % o.elements.size()][0].take;
  return all;
}

} // namespace dyadic::certificate
