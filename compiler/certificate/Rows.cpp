// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products of rows whose functions differ, such as tokens to which learned positions are added.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"

namespace dyadic::certificate {

llvm::Expected<FieldPtr> Walker::rowByRow(const FieldPtr &x, const Weights &weights,
                                          std::vector<int64_t> shape, int64_t columns,
                                          llvm::function_ref<int64_t(int64_t, int64_t)> weightOf) {
  constexpr size_t mostTaps = size_t{1} << 24; // that are summed at all
  auto outputs = static_cast<int64_t>(weights.unit.size()),
       depth = static_cast<int64_t>(weights.values.size()) / outputs;
  Field r;
  r.shape = std::move(shape);
  int64_t count = 1;
  for (int64_t d : r.shape)
    count *= d;
  // Outputs of one column of weights over the same functions are alike.
  std::map<std::pair<int64_t, std::vector<uint32_t>>, uint32_t> known;
  size_t summed = 0;
  for (int64_t at = 0; at < count; ++at) {
    int64_t output = at / columns % outputs, row = at / columns / outputs;
    std::vector<uint32_t> entries;
    for (int64_t k = 0; k < depth; ++k)
      entries.push_back(x->index[(row * depth + k) * columns + at % columns]);
    auto [it, fresh] = known.try_emplace({output, entries}, static_cast<uint32_t>(r.elements.size()));
    r.index.push_back(it->second);
    if (!fresh)
      continue;
    if ((summed += entries.size()) > mostTaps)
      return error("multiplies rows of different functions, too many to derive them all");
    std::vector<Tap> taps;
    for (int64_t k = 0; k < depth; ++k)
      taps.push_back({weights.values[weightOf(output, k)], &x->elements[entries[k]], 0, k});
    auto sums = sumOf(taps, weights.unit[output], {std::vector<bool>{true}}, std::nullopt);
    if (!sums)
      return sums.takeError();
    r.elements.push_back(std::move(sums->front()));
  }
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
