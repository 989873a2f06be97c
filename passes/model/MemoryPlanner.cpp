// Greedy orders first, then an exhaustive search with a budget where they miss the bound.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MemoryPlanner.h"
#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace dyadic::model {

namespace {

/// Buffers that share storage are one item; those of size 0 take no part.
struct Item {
  int64_t size = 0, align = 1, first = 0, last = 0; // first and last as indices of distinct moments
  std::optional<int64_t> fixed;
  std::vector<size_t> members;
  std::vector<int64_t> sizeAt; // bytes really live at first .. last; less than size where members differ
};

int64_t roundUp(int64_t x, int64_t align) { return (x + align - 1) & -align; }

bool meet(const Item &a, const Item &b) { return a.first <= b.last && b.first <= a.last; }

class Planner {
public:
  Planner(std::vector<Item> list, size_t momentCount) : items(std::move(list)), moments(momentCount) {
    neighbours.resize(items.size());
    for (size_t i = 0; i < items.size(); ++i)
      for (size_t j = 0; j < items.size(); ++j)
        if (i != j && meet(items[i], items[j]))
          neighbours[i].push_back(j);
    best.assign(items.size(), 0);
  }

  int64_t bound = 0;
  size_t boundMoment = 0;
  std::vector<int64_t> best;
  int64_t bestHeight = std::numeric_limits<int64_t>::max();
  bool exhausted = false; ///< the search ended before its budget
  int64_t enough = 0;     ///< if not 0: a plan of this height will do, and no other

  /// At each moment: all live sizes, each but one rounded up to the least alignment, for starts are multiples
  /// of it.
  void computeBound() {
    for (size_t t = 0; t < moments; ++t) {
      int64_t align = 0, sum = 0, slack = 0, fixedTop = 0;
      for (const Item &item : items)
        if (live(item, t))
          align = align == 0 ? item.align : std::min(align, item.align);
      for (const Item &item : items)
        if (live(item, t)) {
          const int64_t size = item.sizeAt[t - static_cast<size_t>(item.first)],
                        rounded = roundUp(size, align);
          sum += rounded;
          slack = std::max(slack, rounded - size);
          if (item.fixed)
            fixedTop = std::max(fixedTop, *item.fixed + size);
        }
      if (int64_t least = std::max(sum - slack, fixedTop); least > bound) {
        bound = least;
        boundMoment = t;
      }
    }
  }

  bool done() const { return bestHeight <= std::max(bound, enough); }
  bool hopeless() const { return enough > 0 && bound > enough; }

  /// Lowest fit in several orders, then again and again with the items that stick out moved to the front.
  void greedy() {
    std::vector<size_t> order(items.size());
    std::iota(order.begin(), order.end(), size_t{0});
    auto length = [&](size_t i) { return items[i].last - items[i].first + 1; };
    using Before = bool (*)(const Item &, const Item &, int64_t, int64_t);
    const Before orders[] = {
        [](const Item &a, const Item &b, int64_t, int64_t) { return a.size > b.size; },
        [](const Item &a, const Item &b, int64_t la, int64_t lb) { return a.size * la > b.size * lb; },
        [](const Item &, const Item &, int64_t la, int64_t lb) { return la > lb; },
        [](const Item &a, const Item &b, int64_t, int64_t) { return a.first < b.first; },
        [](const Item &a, const Item &b, int64_t, int64_t) { return a.last > b.last; }};
    std::vector<size_t> bestOrder = order;
    for (Before before : orders) {
      std::iota(order.begin(), order.end(), size_t{0});
      std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const bool ahead = before(items[a], items[b], length(a), length(b));
        return ahead || (!before(items[b], items[a], length(b), length(a)) && a < b);
      });
      if (place(order))
        bestOrder = order;
      if (done())
        return;
      for (int round = 0; round < 60; ++round) {
        size_t worst = 0;
        for (size_t k = 0; k < order.size(); ++k)
          if (offsets[order[k]] + items[order[k]].size > offsets[order[worst]] + items[order[worst]].size)
            worst = k;
        if (worst == 0)
          break;
        std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(worst),
                    order.begin() + static_cast<std::ptrdiff_t>(worst) + 1);
        if (place(order))
          bestOrder = order;
        if (done())
          return;
      }
    }
  }

  /// Depth first over plans in which items are placed in order of their offsets, each directly on what lies
  /// below it: every plan can be pushed down into one of these without growing.
  void search(int64_t budget) {
    left = budget;
    exhausted = true;
    height.assign(moments, 0);
    waiting.assign(moments, 0);
    placed.assign(items.size(), false);
    offsets.assign(items.size(), 0);
    for (const Item &item : items)
      for (int64_t t = item.first; t <= item.last; ++t)
        waiting[static_cast<size_t>(t)] += item.size;
    descend(items.size() - startBelow(), 0);
  }

private:
  std::vector<Item> items;
  size_t moments;
  std::vector<std::vector<size_t>> neighbours;
  std::vector<int64_t> offsets, height, waiting;
  std::vector<char> placed;
  std::vector<std::pair<int64_t, int64_t>> taken; ///< of lowestFit
  int64_t left = 0;

  static bool live(const Item &item, size_t t) {
    return item.first <= static_cast<int64_t>(t) && static_cast<int64_t>(t) <= item.last;
  }

  /// Lowest offset >= from where the item meets no placed neighbour.
  int64_t lowestFit(size_t i, int64_t from) {
    taken.clear();
    for (size_t j : neighbours[i])
      if (placed[j])
        taken.emplace_back(offsets[j], offsets[j] + items[j].size);
    std::sort(taken.begin(), taken.end());
    int64_t at = roundUp(from, items[i].align);
    for (auto [low, high] : taken)
      if (at < high && low < at + items[i].size)
        at = roundUp(high, items[i].align);
    return at;
  }

  void keep() {
    int64_t top = 0;
    for (size_t i = 0; i < items.size(); ++i)
      top = std::max(top, offsets[i] + items[i].size);
    if (top < bestHeight) {
      bestHeight = top;
      best = offsets;
    }
  }

  /// A plan that is to be of use stays below it.
  int64_t ceiling() const { return enough > 0 ? std::min(bestHeight, enough + 1) : bestHeight; }

  bool place(const std::vector<size_t> &order) {
    offsets.assign(items.size(), 0);
    placed.assign(items.size(), false);
    for (size_t i = 0; i < items.size(); ++i)
      if (items[i].fixed) {
        offsets[i] = *items[i].fixed;
        placed[i] = true;
      }
    for (size_t i : order)
      if (!placed[i]) {
        offsets[i] = lowestFit(i, 0);
        placed[i] = true;
      }
    int64_t before = bestHeight;
    keep();
    return bestHeight < before;
  }

  int64_t floorOf(const Item &item) const {
    int64_t top = 0;
    for (int64_t t = item.first; t <= item.last; ++t)
      top = std::max(top, height[static_cast<size_t>(t)]);
    return top;
  }

  /// What is alive throughout lies at the bottom, as no plan grows when it is moved there and the rest up:
  /// its order is not searched. Returns how many items these are.
  size_t startBelow() {
    int64_t align = 1, top = 0;
    for (const Item &item : items) {
      align = std::max(align, item.align);
      if (item.fixed)
        return 0;
    }
    size_t count = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].last - items[i].first + 1 < static_cast<int64_t>(moments) || items[i].size % align != 0)
        continue;
      offsets[i] = top;
      top += items[i].size;
      placed[i] = true;
      ++count;
      for (int64_t &bytes : waiting)
        bytes -= items[i].size;
    }
    height.assign(moments, top);
    return count;
  }

  void descend(size_t remaining, int64_t lastOffset) {
    if (remaining == 0) {
      keep();
      return;
    }
    for (size_t t = 0; t < moments; ++t)
      if (height[t] + waiting[t] >= ceiling())
        return;
    // An item that would lie at or above the end of another waiting one can wait: that one fits below first.
    struct Choice {
      int64_t offset;
      size_t item;
    };
    std::vector<Choice> choices;
    int64_t lowestEnd = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < items.size(); ++i) {
      if (placed[i])
        continue;
      int64_t offset =
          items[i].fixed ? *items[i].fixed : roundUp(std::max(floorOf(items[i]), lastOffset), items[i].align);
      choices.push_back({offset, i});
      lowestEnd = std::min(lowestEnd, offset + items[i].size);
      if (offset + items[i].size >= ceiling())
        return; // its offset only grows
    }
    left -= static_cast<int64_t>(choices.size() + moments);
    std::sort(choices.begin(), choices.end(), [&](const Choice &a, const Choice &b) {
      return a.offset != b.offset ? a.offset < b.offset : items[a.item].size > items[b.item].size;
    });
    for (const Choice &choice : choices) {
      if (choice.offset >= lowestEnd || done())
        return;
      if (left < 0) {
        exhausted = false;
        return;
      }
      const Item &item = items[choice.item];
      std::vector<int64_t> below(height.begin() + item.first, height.begin() + item.last + 1);
      if (item.fixed && *std::max_element(below.begin(), below.end()) > choice.offset)
        continue;
      placed[choice.item] = true;
      offsets[choice.item] = choice.offset;
      for (int64_t t = item.first; t <= item.last; ++t) {
        height[static_cast<size_t>(t)] = choice.offset + item.size;
        waiting[static_cast<size_t>(t)] -= item.size;
      }
      descend(remaining - 1, choice.offset);
      for (int64_t t = item.first; t <= item.last; ++t)
        waiting[static_cast<size_t>(t)] += item.size;
      std::copy(below.begin(), below.end(), height.begin() + item.first);
      placed[choice.item] = false;
    }
  }
};

} // namespace

static constexpr int64_t maxBytes = int64_t{1} << 40;

static std::optional<std::string> malformed(const PlanProblem &problem) {
  for (const PlanBuffer &b : problem.buffers) {
    if (b.sizeBytes < 0 || b.sizeBytes > maxBytes)
      return b.name + " has a size of " + std::to_string(b.sizeBytes) + " bytes";
    if (b.alignBytes <= 0 || (b.alignBytes & (b.alignBytes - 1)) != 0)
      return b.name + " has an alignment of " + std::to_string(b.alignBytes) + ", not a power of two";
    if (b.last < b.first)
      return b.name + " ends before it begins";
    if (b.fixedOffsetBytes && (*b.fixedOffsetBytes < 0 || *b.fixedOffsetBytes > maxBytes ||
                               *b.fixedOffsetBytes % b.alignBytes != 0))
      return b.name + " is fixed at an offset that its alignment forbids";
    if (b.inPlaceOf &&
        (*b.inPlaceOf >= problem.buffers.size() || problem.buffers[*b.inPlaceOf].last != b.first))
      return b.name + " works in place of a buffer that does not end where it begins";
  }
  return std::nullopt;
}

/// Groups in-place chains; none on a cycle, on a buffer replaced twice, and on two different fixed offsets.
static std::optional<std::vector<Item>>
makeItems(const PlanProblem &problem, const std::map<int64_t, int64_t> &moments, std::string &error) {
  const auto &buffers = problem.buffers;
  std::vector<size_t> root(buffers.size());
  std::vector<char> replaced(buffers.size(), false);
  for (size_t i = 0; i < buffers.size(); ++i) {
    size_t at = i, hops = 0;
    while (buffers[at].inPlaceOf && hops++ <= buffers.size())
      at = *buffers[at].inPlaceOf;
    if (hops > buffers.size()) {
      error = buffers[i].name + " works in place of itself";
      return std::nullopt;
    }
    root[i] = at;
    if (buffers[i].inPlaceOf && std::exchange(replaced[*buffers[i].inPlaceOf], true)) {
      error = buffers[*buffers[i].inPlaceOf].name + " is replaced in place twice";
      return std::nullopt;
    }
  }
  std::map<size_t, Item> groups;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &b = buffers[i];
    const int64_t first = moments.at(b.first), last = moments.at(b.last);
    auto [entry, isNew] = groups.try_emplace(root[i]);
    Item &item = entry->second;
    item.first = isNew ? first : std::min(item.first, first);
    item.last = isNew ? last : std::max(item.last, last);
    item.size = std::max(item.size, b.sizeBytes);
    item.align = std::max(item.align, b.alignBytes);
    if (b.fixedOffsetBytes && item.fixed.value_or(*b.fixedOffsetBytes) != *b.fixedOffsetBytes) {
      error = b.name + " is fixed at another offset than the buffer it replaces";
      return std::nullopt;
    }
    if (b.fixedOffsetBytes)
      item.fixed = b.fixedOffsetBytes;
    item.members.push_back(i);
  }
  std::vector<Item> items;
  for (auto &[key, item] : groups) {
    if (item.size == 0)
      continue;
    item.sizeAt.assign(static_cast<size_t>(item.last - item.first + 1), 0);
    for (size_t member : item.members)
      for (int64_t t = moments.at(buffers[member].first); t <= moments.at(buffers[member].last); ++t) {
        int64_t &size = item.sizeAt[static_cast<size_t>(t - item.first)];
        size = std::max(size, buffers[member].sizeBytes);
      }
    items.push_back(std::move(item));
  }
  for (size_t i = 0; i < items.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (items[i].fixed && items[j].fixed && meet(items[i], items[j]) &&
          *items[i].fixed < *items[j].fixed + items[j].size &&
          *items[j].fixed < *items[i].fixed + items[i].size) {
        error = buffers[items[i].members[0]].name + " and " + buffers[items[j].members[0]].name +
                " are fixed on common bytes";
        return std::nullopt;
      }
  return items;
}

Result<PlanSolution> planMemory(const PlanProblem &problem, const PlanOptions &options) {
  if (auto why = malformed(problem))
    return Result<PlanSolution>::failure(*why);
  // Only steps at which something begins matter: between them the live set only shrinks.
  std::map<int64_t, int64_t> moments;
  for (const PlanBuffer &b : problem.buffers)
    moments[b.first] = moments[b.last] = 0;
  std::vector<int64_t> steps;
  for (auto &[step, index] : moments) {
    index = static_cast<int64_t>(steps.size());
    steps.push_back(step);
  }
  std::string error;
  auto items = makeItems(problem, moments, error);
  if (!items)
    return Result<PlanSolution>::failure(error);
  PlanSolution plan;
  for (const PlanBuffer &b : problem.buffers)
    plan.offsetBytes.push_back(b.sizeBytes == 0 ? b.fixedOffsetBytes.value_or(0) : 0);
  plan.optimal = true;
  if (items->empty())
    return plan;
  Planner planner(*items, steps.size());
  planner.computeBound();
  planner.enough = options.enoughBytes;
  planner.greedy();
  const bool anyFixed =
      std::any_of(items->begin(), items->end(), [](const Item &i) { return i.fixed.has_value(); });
  if (!planner.done() && !planner.hopeless())
    planner.search(options.searchBudget);
  plan.optimal = planner.bestHeight <= planner.bound ||
                 (planner.exhausted && !planner.done() && !anyFixed && options.enoughBytes == 0);
  for (size_t i = 0; i < items->size(); ++i)
    for (size_t member : (*items)[i].members)
      plan.offsetBytes[member] = planner.best[i];
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    if (problem.buffers[i].sizeBytes > 0)
      plan.arenaBytes = std::max(plan.arenaBytes, plan.offsetBytes[i] + problem.buffers[i].sizeBytes);
  plan.boundBytes = planner.bound;
  plan.boundStep = steps[planner.boundMoment];
  return plan;
}

} // namespace dyadic::model
