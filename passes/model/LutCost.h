// What a table of products costs, against multiplying.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Range.h"

namespace dyadic::model {

/// A table of weight value times activation value, indexed by both codes: 2^(weightBits + activationBits)
/// entries.
struct LutTable {
  static constexpr int64_t maxBytes = 65536;
  int64_t entries = 0;
  unsigned entryBytes = 0; ///< 1, 2 or 4: the narrowest signed integer that holds every product
  int64_t bytes = 0;
  bool allowed() const { return entries > 0 && bytes <= maxBytes; }
};

/// Widths 1..16; wider ones give an empty table. Ranges are of the arithmetic values code - zero.
inline LutTable lutTable(unsigned weightBits, unsigned activationBits, Range weights, Range activations) {
  LutTable table;
  if (weightBits + activationBits > 32)
    return table;
  AccumulatorRange product;
  for (int64_t w : {weights.min, weights.max})
    for (int64_t a : {activations.min, activations.max}) {
      product.range.min = std::min(product.range.min, w * a);
      product.range.max = std::max(product.range.max, w * a);
    }
  auto holds = [&](int bits) {
    return product.range.min >= -(int64_t{1} << (bits - 1)) && product.range.max < int64_t{1} << (bits - 1);
  };
  table.entries = int64_t{1} << (weightBits + activationBits);
  table.entryBytes = holds(8) ? 1 : holds(16) ? 2 : 4;
  table.bytes = table.entries * table.entryBytes;
  return table;
}

/// Instructions of one multiply-accumulate on a machine: what `--impl auto` compares. Both ways unpack the
/// same codes and add once; they differ in a multiplication against forming an index and loading an entry.
struct MacCost {
  double multiply = 1; ///< 1 with a hardware multiplier, about 32 without
  double shift = 1;    ///< shift or or-in of the index
  double load = 2;     ///< one table entry
};
inline double macWork(const MacCost &cost, int64_t macs) {
  return static_cast<double>(macs) * (cost.multiply + 1);
}
inline double lutWork(const MacCost &cost, int64_t macs) {
  return static_cast<double>(macs) * (2 * cost.shift + cost.load + 1);
}
/// True where the table is allowed, saves work, and each byte of it saves at least one instruction per
/// inference.
inline bool preferLut(const MacCost &cost, int64_t macs, const LutTable &table, bool alreadyShared) {
  const double saved = macWork(cost, macs) - lutWork(cost, macs);
  return table.allowed() && saved > (alreadyShared ? 0.0 : static_cast<double>(table.bytes));
}

} // namespace dyadic::model
