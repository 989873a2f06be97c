// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves activations to L3 one by one until L2 holds the rest, takes back what need not have gone, then
// chooses bands.
#include "passes/tile/Far.h"

#include "dialects/plat/Liveness.h"
#include "passes/tile/Apart.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace dyadic::tile {
namespace {

class Mover {
public:
  Mover(plat::NetworkOp network, const Planned &planned, const model::Machine &machine)
      : network(network), planned(planned), machine(machine) {
    for (auto [i, layer] : llvm::enumerate(planned.layers))
      numbers[layer.op] = i;
    look();
  }

  using Plan = model::Result<SupplyPlan>;
  using Set = llvm::SmallSetVector<Operation *, 8>;

  /// What L3 holds after run().
  Set far;

  /// `failed`, which lacks `shortBytes`, is told where nothing helps, or what lacks fewer.
  Plan run(Plan failed, int64_t &shortBytes) {
    // Where what is left without any of them, and without room for bands, is too much, only the shortage can
    // fall.
    FarChoice all;
    all.buffers.insert(candidates.begin(), candidates.end());
    int64_t ignored = 0, least = shortBytes;
    const bool hopeless = !planSupply(network, planned, machine, all, ignored);
    int vain = 0;
    Plan best = failed;
    while (!best) {
      plat::BufferOp next = heaviest();
      if (!next || (hopeless && vain >= patience))
        return failed;
      if (inPlace(next)) {
        split(next);
        continue;
      }
      far.insert(next);
      int64_t lacking = INT64_MAX;
      if (parts(next))
        best = attempt(far, 0, lacking);
      if (!best && lacking > least) { // it has no bands, or its layers take more of L2 than before
        far.remove(next);
        refuse(next);
        ++vain;
        continue;
      }
      vain = lacking < least ? 0 : vain + 1;
      least = std::min(least, lacking);
      if (!best && lacking < shortBytes)
        failed = best, shortBytes = lacking;
    }
    for (Operation *one : llvm::to_vector(far)) {
      Set fewer = far;
      fewer.remove(one);
      if (Plan plan = attempt(fewer, 0, ignored))
        far = fewer, best = std::move(plan);
    }
    rejoin([&](plat::BufferOp buffer) { return far.contains(buffer); });
    for (int64_t part = 0; part <= shares; ++part)
      if (Plan plan = attempt(far, part, ignored))
        if (plan->cycles < best->cycles - 0.001)
          best = std::move(plan);
    return best;
  }

  /// More of them where L2 then holds so much more of the weights that the network is faster: large ones
  /// only.
  void ease(SupplyPlan &best) {
    double resident = 0; // no layer waits
    for (const model::LayerPlan &plan : planned.plans)
      resident += plan.time.cycles;
    for (int vain = 0; vain < tries && best.cycles > resident * worthwhile;) {
      plat::BufferOp next = heaviest();
      if (!next || size(next) * shares < *machine.room(2))
        return;
      Set more = far;
      more.insert(next);
      int64_t ignored = 0;
      std::optional<SupplyPlan> found;
      for (int64_t part = 0; part <= shares && !inPlace(next) && parts(next); ++part)
        if (Plan plan = attempt(more, part, ignored))
          if (plan->cycles < (found ? found->cycles : best.cycles * gain))
            found = std::move(*plan);
      if (found) {
        best = std::move(*found);
        far = more;
        vain = 0;
      } else {
        refuse(next);
        ++vain;
      }
    }
  }

  void commit() {
    for (Operation *op : far) {
      auto buffer = cast<plat::BufferOp>(op);
      buffer.setLevel(plat::Level::L3);
      buffer.setAlign(std::max<uint64_t>(buffer.getAlign(), machine.l3->alignBytes));
    }
  }

private:
  static constexpr int patience = 3;         ///< moves without gain, where no plan can come of them
  static constexpr int tries = 10;           ///< moves without gain, of large ones
  static constexpr double worthwhile = 1.05; ///< times the cycles without waits
  static constexpr double gain = 0.95; ///< below this share of the cycles, as outputs in L3 do not stay in L1
  static constexpr int64_t shares = 8; ///< of L2 that the bands of a layer may take: tried one by one

  /// What is alive when, and what may go.
  void look() {
    live = plat::liveIntervals(network);
    candidates.clear();
    for (auto [buffer, interval] : live)
      if (mayGo(buffer) && !refused.contains(buffer))
        candidates.insert(buffer);
  }

  /// Of each tiled layer what it does with the buffer, 1: reads it, 2: writes it; none where others touch it.
  std::optional<llvm::DenseMap<Operation *, unsigned>> usersOf(plat::BufferOp buffer) const {
    llvm::DenseMap<Operation *, unsigned> seen;
    for (Operation *user : buffer.getResult().getUsers()) {
      auto view = dyn_cast<plat::ViewOp>(user);
      if (!view || view.getBegin() != 0)
        return std::nullopt;
      for (OpOperand &use : view.getResult().getUses()) {
        auto kernel = dyn_cast<plat::KernelOp>(use.getOwner());
        if (!kernel && isa<plat::TapOp>(use.getOwner()))
          continue;
        if (!kernel || !numbers.contains(kernel))
          return std::nullopt;
        seen[kernel] |= llvm::is_contained(kernel.getOuts(), view.getResult()) ? 2 : 1;
      }
    }
    return seen;
  }
  bool mayGo(plat::BufferOp buffer) const {
    if (buffer.getLevel() != plat::Level::L2 || buffer.getUser())
      return false;
    auto users = usersOf(buffer);
    return users && !users->empty();
  }
  bool inPlace(plat::BufferOp buffer) const {
    return llvm::any_of(*usersOf(buffer), [](const auto &user) { return user.second == 3; });
  }

  /// What is written over what is read has no bands: apart, each of the two may. Backwards, as the output of
  /// one may be the input of the next.
  void split(plat::BufferOp buffer) {
    for (const Layer &layer : llvm::reverse(planned.layers))
      if (plat::bufferOf(cast<plat::KernelOp>(layer.op).getOuts().front()) == buffer)
        if (auto one = takeApart(layer))
          apart.push_back(*one);
    look();
  }
  /// Where neither goes they are better off together.
  void rejoin(llvm::function_ref<bool(plat::BufferOp)> goes) {
    llvm::erase_if(apart, [&](Apart &one) {
      plat::BufferOp own = plat::bufferOf(one.view.getResult());
      if (goes(one.shared) || goes(own))
        return false;
      refused.erase(own);
      refused.insert(one.shared);
      one.rejoin();
      return true;
    });
    look();
  }
  void refuse(plat::BufferOp buffer) {
    refused.insert(buffer);
    candidates.erase(buffer);
    rejoin([&](plat::BufferOp other) { return far.contains(other) || candidates.contains(other); });
  }

  /// Of the layer that has most in L2 the largest buffer that may still go.
  plat::BufferOp heaviest() const {
    plat::BufferOp found;
    int64_t most = 0;
    int64_t room = farRoom(), layers = plat::layerCount(network);
    for (int64_t t = 0; t <= layers + 1; ++t) {
      int64_t sum = 0;
      plat::BufferOp largest;
      for (auto [op, interval] : live) {
        plat::BufferOp buffer = op;
        if (interval.first > t || t > interval.last || far.contains(buffer))
          continue;
        auto bytes = static_cast<int64_t>(buffer.getSizeBytes());
        sum += bytes;
        if (candidates.contains(buffer) && bytes <= room && (!largest || bytes > size(largest)))
          largest = buffer;
      }
      if (largest && sum > most)
        most = sum, found = largest;
    }
    return found;
  }
  static int64_t size(plat::BufferOp buffer) { return static_cast<int64_t>(buffer.getSizeBytes()); }

  /// What L3 has left beside all weights, which come from there.
  int64_t farRoom() const {
    std::optional<int64_t> room = machine.room(3);
    if (!room)
      return INT64_MAX;
    int64_t bytes = *room, align = machine.l3->alignBytes;
    for (auto constant : network.getBody().getOps<plat::ConstantOp>())
      if (constant.getRole() == plat::Role::Weights)
        bytes -= static_cast<int64_t>(llvm::alignTo(plat::imageBytes(constant), align));
    for (Operation *op : far)
      bytes -= static_cast<int64_t>(llvm::alignTo(cast<plat::BufferOp>(op).getSizeBytes(), align));
    return bytes;
  }

  /// How a layer may work with those of its operands in L3 that are.
  const std::vector<model::BandOption> &bandsOf(size_t i, const std::vector<size_t> &operands) {
    auto [it, fresh] = planned.known.bands.try_emplace({i, operands});
    if (fresh)
      it->second = model::bandOptions(machine, planned.layers[i].problem, operands, planned.plans[i],
                                      planned.options[i], planned.known.bandPlans[i]);
    return it->second;
  }

  static std::vector<size_t> operandsIn(const Layer &layer, llvm::function_ref<bool(plat::BufferOp)> far) {
    std::vector<size_t> operands;
    for (auto [k, source] : llvm::enumerate(layer.sources))
      if (source.view && far(plat::bufferOf(source.view)))
        operands.push_back(k);
    return operands;
  }

  /// All layers can have it in bands.
  bool parts(plat::BufferOp buffer) {
    for (auto [i, layer] : llvm::enumerate(planned.layers))
      if (auto operands = operandsIn(layer, [&](plat::BufferOp home) { return home == buffer; });
          !operands.empty() && bandsOf(i, operands).empty())
        return false;
    return true;
  }

  /// The bands of each layer take at most `part` / `shares` of L2; 0: as little as they can.
  Plan attempt(const Set &far, int64_t part, int64_t &lacking) {
    FarChoice choice;
    choice.buffers.insert(far.begin(), far.end());
    int64_t limit = part == 0 ? 0 : *machine.room(2) * part / shares;
    for (auto [i, layer] : llvm::enumerate(planned.layers)) {
      auto operands = operandsIn(layer, [&](plat::BufferOp home) { return far.contains(home); });
      if (operands.empty())
        continue;
      const std::vector<model::BandOption> &options = bandsOf(i, operands);
      if (options.empty())
        return Plan::failure("does not fit L2: '" + layer.problem.name +
                             "' has no rows at which all its activations part on whole bytes");
      const model::BandOption *best = &options.front();
      for (const model::BandOption &option : options)
        if (option.bytes <= limit)
          best = &option;
      choice.bands[i] = best;
    }
    return planSupply(network, planned, machine, choice, lacking);
  }

  mutable plat::NetworkOp network;
  const Planned &planned;
  const model::Machine &machine;
  llvm::MapVector<plat::BufferOp, plat::Interval> live;
  llvm::DenseMap<Operation *, size_t> numbers;
  llvm::SmallPtrSet<Operation *, 16> candidates, refused;
  SmallVector<Apart> apart;
};

/// Cores see nothing of L3, and no cache stands before L2.
bool hasFarActivations(const model::Machine &machine) {
  return machine.l3 && !machine.l3->readOnly && !machine.cache && machine.room(2) &&
         model::Timeline::connects(machine, 3, 2, true) && model::Timeline::connects(machine, 3, 2, false);
}

} // namespace

model::Result<SupplyPlan> planFar(plat::NetworkOp network, const Planned &planned,
                                  const model::Machine &machine, int64_t &shortBytes) {
  auto plan = planSupply(network, planned, machine, FarChoice(), shortBytes);
  if (!hasFarActivations(machine))
    return plan;
  Mover mover(network, planned, machine);
  if (!plan)
    plan = mover.run(std::move(plan), shortBytes);
  if (!plan)
    return plan;
  mover.ease(*plan);
  mover.commit();
  return plan;
}

} // namespace dyadic::tile
