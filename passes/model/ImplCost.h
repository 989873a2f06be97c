// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What products cost when multiplied and when looked up.
#pragma once
#include <algorithm>
#include <cstdint>

namespace dyadic::model {

/// The largest table of products a layer may have.
constexpr int64_t lutLimitBytes = 64 * 1024;

/// Products of weight codes in [wMin, wMax] and activation values in [xMin, xMax]: a table indexed by both codes.
struct LutSize {
  int64_t entries = 0, entryBytes = 0;
  int64_t bytes() const { return entries * entryBytes; }
  bool fits() const { return bytes() <= lutLimitBytes; }
};
inline LutSize lutSize(unsigned weightBits, unsigned activationBits, int64_t wMin, int64_t wMax, int64_t xMin, int64_t xMax) {
  LutSize s;
  if (weightBits + activationBits > 24)
    return {int64_t{1} << 40, 4}; // absurd before it is computed
  s.entries = int64_t{1} << (weightBits + activationBits);
  int64_t most = 0;
  for (int64_t w : {wMin, wMax})
    for (int64_t x : {xMin, xMax})
      most = std::max({most, w * x, -(w * x) - 1});
  s.entryBytes = most < 128 ? 1 : most < 32768 ? 2 : 4;
  return s;
}

/// Instructions for one product of the portable inner loops, operands already unpacked: two loads, then multiply and
/// add, or shift, or, load and add. `mulCycles` weighs the multiplication on cores where it takes longer.
struct ImplCost {
  int64_t work = 0;        ///< weighted instructions of the layer
  int64_t memoryBytes = 0; ///< weights and table
};
inline ImplCost macCost(int64_t macs, int64_t weightBytes, int64_t mulCycles) { return {macs * (3 + mulCycles), weightBytes}; }
inline ImplCost lutCost(int64_t macs, int64_t weightBytes, int64_t tableBytes) { return {macs * 6, weightBytes + tableBytes}; }
/// Less work wins, then less memory.
inline bool cheaper(const ImplCost &a, const ImplCost &b) {
  return a.work != b.work ? a.work < b.work : a.memoryBytes < b.memoryBytes;
}

} // namespace dyadic::model
