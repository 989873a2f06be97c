// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weighs sets of activations in L3, those that can be fastest first, and lets the whole plan of the best
// decide.
#include "passes/tile/Far.h"

#include "passes/tile/FarSets.h"

#include <set>

using namespace mlir;
namespace dyadic::tile {
namespace {

class Mover {
public:
  using Set = FarSets::Set;
  struct Found {
    Set set;
    FarChoice choice;
    SupplyPlan plan;
    bool played = false;
  };

  Mover(plat::NetworkOp network, const Planned &planned, const model::Machine &machine,
        const Weigher &weigher)
      : network(network), planned(planned), machine(machine), weigher(weigher), room(*machine.room(2)),
        sets(network, planned, machine) {}

  /// `plan`: with everything in L2; where that fails `shortBytes` is what it lacks, or what the set lacks
  /// that lacks least.
  model::Result<SupplyPlan> run(model::Result<SupplyPlan> plan, int64_t &shortBytes) {
    failed = plan;
    lacking = plan ? 0 : shortBytes;
    if (plan)
      found.push_back({Set(), *sets.choice({}, 0), std::move(*plan), false});
    const FarChoice all = *sets.choice({}, 0);
    const Trial own =
        tryOut(network, planned, sets.apart, all, ownDecisions(planned, machine), machine, Weigher());
    look(own.near);
    // Where L1 keeps less than that in the end, others may be better that do not count on it.
    if (!own.near.empty() && (!best || best->choice.near.size() < own.near.size()))
      look({});
    settle(sets.apart, best ? best->choice : all, machine);
    if (best)
      return std::move(best->plan);
    shortBytes = lacking;
    return failed;
  }

private:
  static constexpr int64_t shares = 8;      ///< of L2: what takes less of it is not worth the way
  static constexpr double gain = 1.001;     ///< times fewer cycles are worth more transfers
  static constexpr double unsure = 1.1;     ///< times the cycles of the best are worth a start
  static constexpr size_t beam = 3;         ///< sets that others come from
  static constexpr size_t finals = 8;       ///< plans that are weighed as a whole
  static constexpr int64_t weighings = 150; ///< at most
  static constexpr int64_t brief = 50000;   ///< of the planner, for each of many
  static constexpr size_t mostTries = 4;    ///< until what L1 keeps is what the plan counts on

  /// Weighs what L2 and L3 may hold while L1 keeps these.
  void look(const Kept &near) {
    sets.keep(near);
    llvm::erase_if(found, [](const Found &one) { return !one.choice.near.empty(); });
    offered.clear();
    weighed = 0;
    searchBudget = brief;
    const FarChoice all = *sets.choice({}, 0);
    if (found.empty() || !near.empty())
      weigh({{}, all});
    small = nothing() ? 0 : room / shares;
    if (worthwhile(bound(), sets.leastCycles(all)))
      search();
    judge();
  }

  void search() {
    const std::vector<Set> all = sets.sets(room, small);
    for (const Set &set : all)
      offer(set);
    for (Operation *buffer : sets.movable(small))
      if (auto alone = sets.toggled({}, buffer))
        offer(*alone);
    weighOffers();
    climb();
    if (nothing())
      squeeze(all);
  }

  static bool worthwhile(double cycles, double least) { return cycles > least * gain; }
  bool nothing() const { return found.empty() && !best; }
  double bound() const {
    double least = best ? best->plan.cycles : std::numeric_limits<double>::max();
    return found.empty() ? least : std::min(least, found.front().plan.cycles);
  }

  struct Offer {
    Set set;
    FarChoice choice;
    double least = 0; ///< cycles
    size_t number = 0;
  };
  std::vector<Offer> offers;
  std::set<std::set<Operation *>> offered;

  /// The set with bands of every size that makes a difference.
  void offer(const Set &set) {
    if (!offered.insert(std::set<Operation *>(set.begin(), set.end())).second)
      return;
    llvm::DenseMap<size_t, const model::BandOption *> last;
    for (int64_t limit = 0; limit <= room; limit = limit == 0 ? 512 : limit * 5 / 4) {
      std::optional<FarChoice> choice = sets.choice(set, limit);
      if (!choice || set.empty() || (limit > 0 && choice->bands == last))
        continue;
      last = choice->bands;
      if (sets.leastBytes(*choice) <= room)
        offers.push_back({set, *choice, sets.leastCycles(*choice), offers.size()});
    }
  }
  /// In the order of what they can be at best.
  void weighOffers() {
    llvm::sort(offers, [](const Offer &a, const Offer &b) {
      return std::pair(a.least, a.number) < std::pair(b.least, b.number);
    });
    for (const Offer &one : offers)
      if (worthwhile(bound(), one.least))
        weigh(one);
    offers.clear();
  }

  void weigh(const Offer &one) {
    int64_t missing = 0;
    if (++weighed > weighings)
      return;
    auto plan =
        planSupply(network, planned, machine, one.choice, missing, {bound() * unsure, searchBudget, 0});
    if (plan)
      found.insert(llvm::find_if(found, [&](const Found &f) { return f.plan.cycles > plan->cycles; }),
                   {one.set, one.choice, std::move(*plan), false});
    else if (missing < lacking)
      failed = plan, lacking = missing;
  }

  /// With all that the planner can do, from the one that needs least on.
  void squeeze(ArrayRef<Set> all) {
    searchBudget = model::PlanOptions().searchBudget;
    for (const Set &set : all)
      offers.push_back({set, *sets.choice(set, 0), 0, offers.size()});
    for (Offer &one : offers)
      one.least = static_cast<double>(sets.leastBytes(one.choice));
    weighed = weighings - finals;
    weighOffers();
  }

  /// One buffer more or less than the best sets have, as long as that gives a better one.
  void climb() {
    for (bool better = !found.empty(); better;) {
      const double before = bound();
      std::vector<Set> best;
      for (size_t i = 0; i < found.size() && best.size() < beam; ++i)
        if (!llvm::is_contained(best, found[i].set))
          best.push_back(found[i].set);
      for (const Set &set : best)
        for (Operation *buffer : sets.movable(small))
          if (auto other = sets.toggled(set, buffer))
            offer(*other);
      weighOffers();
      better = bound() < before;
    }
  }

  /// Of the best, and of the best of the smallest sets as L1 keeps what does not lie in L3, the one whose
  /// whole plan takes the fewest cycles.
  void judge() {
    if (found.size() == 1 && found.front().choice.near.empty() && !best)
      return best = found.front(), void();
    std::vector<std::pair<size_t, size_t>> bySize; // of the set; in `found`
    for (size_t i = 0; i < found.size(); ++i)
      bySize.emplace_back(found[i].set.size(), i);
    llvm::sort(bySize);
    llvm::SmallSetVector<Found *, 2 * finals> some;
    for (size_t i = 0; i < std::min(found.size(), finals); ++i)
      some.insert(&found[i]);
    std::vector<Set> seen;
    for (size_t i = 0; i < bySize.size() && seen.size() < finals; ++i)
      if (Found &one = found[bySize[i].second]; !llvm::is_contained(seen, one.set)) {
        seen.push_back(one.set);
        some.insert(&one);
      }
    for (Found *one : some)
      if (!std::exchange(one->played, true))
        confirm(*one);
  }

  /// Plays the plan. Where L1 keeps other activations than it counts on, another plan counts on those.
  void confirm(Found one) {
    for (size_t tries = 0; tries < mostTries; ++tries) {
      const Trial trial =
          tryOut(network, planned, sets.apart, one.choice, one.plan.decisions, machine, weigher);
      Kept both;
      for (Operation *buffer : one.choice.near)
        if (trial.near.contains(buffer))
          both.insert(buffer);
      const bool holds = both.size() == one.choice.near.size();
      const double cycles = trial.cycles.value_or(std::numeric_limits<double>::max());
      if (holds && (!best || cycles < least))
        least = cycles, best = one;
      if (holds && both.size() == trial.near.size())
        return;
      one.choice.near = holds ? trial.near : both;
      constexpr double any = std::numeric_limits<double>::max();
      int64_t missing = 0;
      auto plan =
          planSupply(network, planned, machine, one.choice, missing, {any, brief, SupplyEffort().starts});
      if (!plan)
        return;
      one.plan = std::move(*plan);
    }
  }

  plat::NetworkOp network;
  const Planned &planned;
  const model::Machine &machine;
  const Weigher &weigher;
  const int64_t room;
  FarSets sets;
  std::vector<Found> found;                          ///< fewest cycles first
  std::optional<Found> best;                         ///< of those that were played
  double least = std::numeric_limits<double>::max(); ///< its cycles
  model::Result<SupplyPlan> failed = model::Result<SupplyPlan>::failure("");
  int64_t lacking = 0, weighed = 0;
  int64_t small = 0; ///< buffers of fewer bytes stay
  int64_t searchBudget = brief;
};

} // namespace

model::Result<SupplyPlan> planFar(plat::NetworkOp network, const Planned &planned,
                                  const model::Machine &machine, const Weigher &weigher,
                                  int64_t &shortBytes) {
  auto plan = planSupply(network, planned, machine, FarChoice(), shortBytes);
  auto streams = [](const Decision &d) { return d.supply.kind == Supply::Streamed; };
  if (plan && llvm::none_of(plan->decisions, streams))
    return plan; // nothing comes from L3
  return Mover(network, planned, machine, weigher).run(std::move(plan), shortBytes);
}

} // namespace dyadic::tile
