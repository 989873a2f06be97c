// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds every change by halving, which is complete because each stretch is monotone.
#include "compiler/canonical/Staircase.h"
#include <algorithm>

namespace dyadic::canonical {
namespace {

/// Changes on (low, high], ascending; codeLow and codeHigh are the codes at the ends.
void find(llvm::function_ref<int64_t(int64_t)> code, int64_t low, int64_t codeLow, int64_t high,
          int64_t codeHigh, std::vector<Staircase::Change> &changes) {
  if (codeLow == codeHigh)
    return;
  if (high == low + 1) {
    changes.push_back({high, codeHigh});
    return;
  }
  int64_t middle = low + (high - low) / 2, codeMiddle = code(middle);
  find(code, low, codeLow, middle, codeMiddle, changes);
  find(code, middle, codeMiddle, high, codeHigh, changes);
}

} // namespace

Staircase staircaseOf(llvm::function_ref<int64_t(int64_t)> code, llvm::ArrayRef<int64_t> starts, int64_t hi) {
  Staircase s{starts.front(), hi, code(starts.front()), {}};
  int64_t before = s.first;
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t low = starts[i], high = i + 1 < starts.size() ? starts[i + 1] - 1 : hi;
    int64_t codeLow = code(low), codeHigh = code(high);
    if (codeLow != before)
      s.changes.push_back({low, codeLow});
    find(code, low, codeLow, high, codeHigh, s.changes);
    before = codeHigh;
  }
  return s;
}

bool Staircase::rises() const {
  int64_t before = first;
  return llvm::any_of(changes, [&](const Change &c) { return std::exchange(before, c.code) < c.code; });
}
bool Staircase::falls() const {
  int64_t before = first;
  return llvm::any_of(changes, [&](const Change &c) { return std::exchange(before, c.code) > c.code; });
}
int64_t Staircase::least() const {
  int64_t code = first;
  for (const Change &c : changes)
    code = std::min(code, c.code);
  return code;
}
int64_t Staircase::most() const {
  int64_t code = first;
  for (const Change &c : changes)
    code = std::max(code, c.code);
  return code;
}

Staircase Staircase::mirrored() const {
  Staircase m{-hi, -lo, changes.empty() ? first : changes.back().code, {}};
  // a < c.at had the code before: -a > -c.at, that is, from 1 - c.at on.
  for (size_t i = changes.size(); i-- > 0;)
    m.changes.push_back({1 - changes[i].at, i == 0 ? first : changes[i - 1].code});
  return m;
}

Rows thresholdRows(llvm::ArrayRef<Staircase> stairs, int64_t sign, llvm::ArrayRef<int64_t> ahead) {
  std::vector<std::vector<int64_t>> lists;
  Rows rows{static_cast<int64_t>(stairs.size()), 1, {}}; // an operator without thresholds is none
  for (auto [s, always] : llvm::zip(stairs, ahead)) {
    std::vector<int64_t> &list = lists.emplace_back(static_cast<size_t>(always), s.lo);
    int64_t before = s.first;
    for (const Staircase::Change &c : s.changes)
      list.insert(list.end(),
                  static_cast<size_t>(std::max<int64_t>(0, sign * (c.code - std::exchange(before, c.code)))),
                  c.at);
    rows.columns = std::max(rows.columns, static_cast<int64_t>(list.size()));
  }
  for (auto [s, list] : llvm::zip(stairs, lists)) {
    list.resize(static_cast<size_t>(rows.columns), s.hi + 1); // never reached
    rows.values.insert(rows.values.end(), list.begin(), list.end());
  }
  return rows;
}

} // namespace dyadic::canonical
