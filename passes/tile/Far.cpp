// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves activations to L3 one by one until L2 holds the rest, takes back what need not have gone, then
// chooses bands.
#include "passes/tile/Far.h"

#include "dialects/plat/Liveness.h"
#include "llvm/ADT/SetVector.h"

#include <map>

using namespace mlir;
namespace dyadic::tile {
namespace {

class Mover {
public:
  Mover(plat::NetworkOp network, const Planned &planned, const model::Machine &machine)
      : network(network), planned(planned), machine(machine), live(plat::liveIntervals(network)) {
    for (auto [i, layer] : llvm::enumerate(planned.layers))
      numbers[layer.op] = i;
    for (auto [buffer, interval] : live)
      if (mayGo(buffer))
        candidates.insert(buffer);
  }

  using Plan = model::Result<SupplyPlan>;
  using Set = llvm::SmallSetVector<Operation *, 8>;

  /// `failed` is what is told where nothing helps.
  Plan run(Plan failed) {
    Set far;
    // Without any of them, and with no room for bands: else nothing helps.
    FarChoice all;
    all.buffers.insert(candidates.begin(), candidates.end());
    if (int64_t ignored = 0; !planSupply(network, planned, machine, all, ignored))
      return failed;
    Plan best = failed;
    while (!best) {
      plat::BufferOp next = heaviest(far);
      if (!next)
        return failed;
      if (!parts(next)) {
        candidates.erase(next);
        continue;
      }
      far.insert(next);
      best = attempt(far, 0);
    }
    for (Operation *one : llvm::to_vector(far)) {
      Set fewer = far;
      fewer.remove(one);
      if (Plan plan = attempt(fewer, 0))
        far = fewer, best = std::move(plan);
    }
    for (int64_t part = 1; part <= shares; ++part)
      if (Plan plan = attempt(far, part))
        if (plan->cycles < best->cycles - 0.001)
          best = std::move(plan);
    for (Operation *op : far) {
      auto buffer = cast<plat::BufferOp>(op);
      buffer.setLevel(plat::Level::L3);
      buffer.setAlign(std::max<uint64_t>(buffer.getAlign(), machine.l3->alignBytes));
    }
    return best;
  }

private:
  static constexpr int64_t shares = 8; ///< of L2 that the bands of a layer may take: tried one by one

  /// Only layers that work on tiles touch it, none of them in place.
  bool mayGo(plat::BufferOp buffer) const {
    if (buffer.getLevel() != plat::Level::L2 || buffer.getUser())
      return false;
    llvm::DenseMap<Operation *, unsigned> seen; // 1: reads it, 2: writes it
    for (Operation *user : buffer.getResult().getUsers()) {
      auto view = dyn_cast<plat::ViewOp>(user);
      if (!view || view.getBegin() != 0)
        return false;
      for (OpOperand &use : view.getResult().getUses()) {
        auto kernel = dyn_cast<plat::KernelOp>(use.getOwner());
        if (!kernel && isa<plat::TapOp>(use.getOwner()))
          continue;
        if (!kernel || !numbers.contains(kernel))
          return false;
        seen[kernel] |= llvm::is_contained(kernel.getOuts(), view.getResult()) ? 2 : 1;
        if (seen[kernel] == 3)
          return false;
      }
    }
    return !seen.empty();
  }

  /// Of the layer that has most in L2 the largest buffer that may still go.
  plat::BufferOp heaviest(const Set &far) const {
    plat::BufferOp found;
    int64_t most = 0;
    int64_t room = farRoom(far), layers = plat::layerCount(network);
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
  int64_t farRoom(const Set &far) const {
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

  /// How a layer may work with those of its operands in L3 that are; kept, as sets recur.
  const std::vector<model::BandOption> &bandsOf(size_t i, const std::vector<size_t> &operands) {
    auto [it, fresh] = known.try_emplace({i, operands});
    if (fresh)
      it->second = model::bandOptions(machine, planned.layers[i].problem, operands, planned.plans[i],
                                      planned.options[i]);
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
  Plan attempt(const Set &far, int64_t part) {
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
    int64_t ignored = 0;
    return planSupply(network, planned, machine, choice, ignored);
  }

  mutable plat::NetworkOp network;
  const Planned &planned;
  const model::Machine &machine;
  llvm::MapVector<plat::BufferOp, plat::Interval> live;
  llvm::DenseMap<Operation *, size_t> numbers;
  llvm::SmallPtrSet<Operation *, 16> candidates;
  std::map<std::pair<size_t, std::vector<size_t>>, std::vector<model::BandOption>> known;
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
  if (plan || !hasFarActivations(machine))
    return plan;
  return Mover(network, planned, machine).run(std::move(plan));
}

} // namespace dyadic::tile
