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
      found.push_back({Set(), *sets.choice({}, 0), std::move(*plan)});
    small = found.empty() ? 0 : room / shares;
    if (found.empty() || worthwhile(found.front().plan.cycles, sets.leastCycles(found.front().choice))) {
      std::vector<Set> all = sets.sets(room, small);
      for (const Set &set : all)
        offer(set);
      for (Operation *buffer : sets.movable(small))
        if (auto alone = sets.toggled({}, buffer))
          offer(*alone);
      weighOffers();
      climb();
      if (found.empty())
        squeeze(all);
    }
    if (found.empty()) {
      settle(sets.apart, *sets.choice({}, 0), machine);
      shortBytes = lacking;
      return failed;
    }
    Found &best = judged();
    settle(sets.apart, best.choice, machine);
    return std::move(best.plan);
  }

private:
  static constexpr int64_t shares = 8;      ///< of L2: what takes less of it is not worth the way
  static constexpr double gain = 1.001;     ///< times fewer cycles are worth more transfers
  static constexpr double unsure = 1.03;    ///< a plan is weighed as sums tell, which keep less in L1 than it
  static constexpr size_t beam = 3;         ///< sets that others come from
  static constexpr size_t finals = 8;       ///< plans that are weighed as a whole
  static constexpr int64_t weighings = 150; ///< at most

  static bool worthwhile(double cycles, double least) { return cycles > least * gain; }
  double bound() const {
    return found.empty() ? std::numeric_limits<double>::max() : found.front().plan.cycles;
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
    auto plan = planSupply(network, planned, machine, one.choice, missing, {bound() * unsure, searchBudget});
    if (plan)
      found.insert(llvm::find_if(found, [&](const Found &f) { return f.plan.cycles > plan->cycles; }),
                   {one.set, one.choice, std::move(*plan)});
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
  Found &judged() {
    Found *best = &found.front();
    if (found.size() == 1)
      return *best;
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
    double least = std::numeric_limits<double>::max();
    for (Found *one : some)
      if (auto cycles =
              tile::weighed(network, planned, sets.apart, one->choice, one->plan.decisions, machine, weigher);
          cycles && *cycles < least)
        least = *cycles, best = one;
    return *best;
  }

  plat::NetworkOp network;
  const Planned &planned;
  const model::Machine &machine;
  const Weigher &weigher;
  const int64_t room;
  FarSets sets;
  std::vector<Found> found; ///< fewest cycles first
  model::Result<SupplyPlan> failed = model::Result<SupplyPlan>::failure("");
  int64_t lacking = 0, weighed = 0;
  int64_t small = 0;            ///< buffers of fewer bytes stay
  int64_t searchBudget = 50000; ///< of the planner, for each of many
};

/// Cores see nothing of L3, and no cache stands before L2.
bool hasFarActivations(const model::Machine &machine) {
  return machine.l3 && !machine.l3->readOnly && !machine.cache && machine.room(2) &&
         model::Timeline::connects(machine, 3, 2, true) && model::Timeline::connects(machine, 3, 2, false);
}

} // namespace

model::Result<SupplyPlan> planFar(plat::NetworkOp network, const Planned &planned,
                                  const model::Machine &machine, const Weigher &weigher,
                                  int64_t &shortBytes) {
  auto plan = planSupply(network, planned, machine, FarChoice(), shortBytes);
  if (!hasFarActivations(machine))
    return plan;
  return Mover(network, planned, machine, weigher).run(std::move(plan), shortBytes);
}

} // namespace dyadic::tile
