// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes buffers to L3 by what L2 holds at least; what they cost in cycles is for others to weigh.
#include "passes/tile/FarSets.h"

using namespace mlir;
namespace dyadic::tile {
namespace {

int64_t size(plat::BufferOp buffer) { return static_cast<int64_t>(buffer.getSizeBytes()); }

/// Cores see nothing of L3, and no cache stands before L2.
bool hasWays(const model::Machine &machine) {
  return machine.l3 && !machine.l3->readOnly && !machine.cache && machine.room(2) &&
         model::Timeline::connects(machine, 3, 2, true) && model::Timeline::connects(machine, 3, 2, false);
}

} // namespace

FarSets::FarSets(plat::NetworkOp network, const Planned &planned, const model::Machine &machine)
    : network(network), planned(planned), machine(machine), constants(constantBytes(network)) {
  for (auto [i, layer] : llvm::enumerate(planned.layers))
    numbers[layer.op] = i;
  takeAllApart();
  look();
  llvm::erase_if(apart, [&](Apart &one) {
    if (candidates.contains(one.shared) || candidates.contains(one.own()))
      return false;
    one.rejoin();
    return true;
  });
  look();
}

/// Backwards, as the output of one may be the input of the next.
void FarSets::takeAllApart() {
  for (const Layer &layer : llvm::reverse(planned.layers))
    if (auto one = takeApart(layer))
      apart.push_back(*one);
}

void FarSets::keep(const Kept &these) {
  near = these;
  look();
}

/// What is alive in L2 when, and what may go.
void FarSets::look() {
  live = activationsOf(network, planned.layers);
  live.remove_if([&](const auto &entry) { return near.contains(plat::BufferOp(entry.first)); });
  candidates.clear();
  for (auto [buffer, interval] : live)
    if (mayGo(buffer))
      candidates.insert(buffer);
}

/// Tiled layers alone touch it, and none writes it while it reads it.
bool FarSets::mayGo(plat::BufferOp buffer) const {
  if (!hasWays(machine) || buffer.getLevel() != plat::Level::L2 || buffer.getUser())
    return false;
  llvm::DenseMap<Operation *, bool> writes;
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
      const bool out = llvm::is_contained(kernel.getOuts(), view.getResult());
      if (auto [it, fresh] = writes.try_emplace(kernel, out); !fresh && it->second != out)
        return false;
    }
  }
  return !writes.empty();
}

FarSets::Set FarSets::movable(int64_t small) const {
  Set found;
  for (Operation *buffer : candidates)
    if (size(cast<plat::BufferOp>(buffer)) >= small)
      found.insert(buffer);
  return found;
}

FarSets::Joined FarSets::joinedOf(const Set &set) const {
  Joined joined;
  for (const Apart &one : apart)
    if (Operation *own = one.own(); !set.contains(own) && !set.contains(plat::BufferOp(one.shared)))
      joined[own] = plat::BufferOp(one.shared);
  return joined;
}

const std::vector<model::BandOption> &FarSets::bandsOf(size_t layer, const Set &set) const {
  std::vector<size_t> operands;
  for (auto [k, source] : llvm::enumerate(planned.layers[layer].sources))
    if (source.view && set.contains(plat::bufferOf(source.view)))
      operands.push_back(k);
  auto [it, fresh] = planned.known.bands.try_emplace({layer, operands});
  if (fresh && !operands.empty())
    it->second = model::bandOptions(machine, planned.layers[layer].problem, operands, planned.plans[layer],
                                    planned.options[layer], planned.known.bandPlans[layer]);
  return it->second;
}

bool FarSets::works(size_t layer, const Set &set) const {
  return llvm::any_of(planned.layers[layer].sources, [&](const Source &source) {
    return source.view && set.contains(plat::bufferOf(source.view));
  });
}

std::optional<FarChoice> FarSets::choice(const Set &set, int64_t limit) const {
  FarChoice choice;
  choice.buffers.insert(set.begin(), set.end());
  choice.joined = joinedOf(set);
  choice.near = near;
  for (size_t i = 0; i < planned.layers.size(); ++i) {
    if (!works(i, set))
      continue;
    const std::vector<model::BandOption> &options = bandsOf(i, set);
    if (options.empty())
      return std::nullopt;
    const model::BandOption *most = &options.front();
    for (const model::BandOption &option : options)
      if (option.bytes <= limit)
        most = &option;
    choice.bands[i] = most;
  }
  return choice;
}

int64_t FarSets::leastBytes(const FarChoice &choice) const {
  const int64_t line = machine.lineBytes();
  auto up = [&](int64_t bytes) { return static_cast<int64_t>(llvm::alignTo(bytes, line)); };
  std::vector<int64_t> alive(static_cast<size_t>(plat::layerCount(network) + 2));
  int64_t always = constants;
  for (auto [buffer, interval] : joinedWith(live, choice.joined))
    for (int64_t t = interval.first; t <= interval.last && !choice.buffers.contains(buffer); ++t)
      alive[static_cast<size_t>(t)] += up(size(buffer));
  for (auto [i, layer] : llvm::enumerate(planned.layers)) {
    int64_t &own = alive[static_cast<size_t>(cast<plat::KernelOp>(layer.op).getLayer())];
    const model::BandOption *bands = choice.bands.lookup(i);
    for (size_t k = 0; bands && k < bands->operands.size(); ++k)
      own += up(bands->operands[k].slots * bands->operands[k].slotBytes);
    const int64_t weights = model::streamableBytes(machine, layer.problem);
    if (weights == 0)
      continue;
    int64_t least = INT64_MAX;
    for (const model::StreamOption &option : streamsOf(planned, machine, i, bands))
      least = std::min(least, option.slots * up(option.slotBytes));
    (least == INT64_MAX ? always : own) += std::min(least, weights);
  }
  return always + *llvm::max_element(alive);
}

double FarSets::leastCycles(const FarChoice &choice) const {
  double cycles = 0;
  for (auto [i, layer] : llvm::enumerate(planned.layers)) {
    const model::BandOption *bands = choice.bands.lookup(i);
    const model::LayerPlan &plan = bands ? bands->plan : planned.plans[i];
    cycles += bands ? bands->cycles : plan.time.cycles;
    if (i > 0 && model::streamableBytes(machine, layer.problem) > 0)
      cycles -= model::firstPartCycles(machine, layer.problem, plan.tiling);
  }
  return cycles;
}

/// What L3 has left beside all weights, which come from there.
bool FarSets::fitsFar(const Set &set) const {
  std::optional<int64_t> room = machine.room(3);
  if (!room)
    return true;
  int64_t bytes = 0;
  auto add = [&](int64_t more) { bytes += llvm::alignTo(more, machine.l3->alignBytes); };
  for (auto constant : network.getBody().getOps<plat::ConstantOp>())
    if (constant.getRole() == plat::Role::Weights)
      add(plat::imageBytes(constant));
  for (Operation *buffer : set)
    add(size(cast<plat::BufferOp>(buffer)));
  return bytes <= *room;
}

std::optional<FarSets::Set> FarSets::toggled(const Set &set, Operation *buffer) const {
  auto offered = [&](Set more) -> std::optional<Set> {
    if (!fitsFar(more) || !choice(more, 0))
      return std::nullopt;
    return more;
  };
  Set other = set;
  if (!other.insert(buffer))
    other.remove(buffer);
  return offered(std::move(other));
}

/// Of the layer that has most in L2 the largest buffer that may still go.
Operation *FarSets::heaviest(const Set &set, const Set &refused) const {
  Operation *found = nullptr;
  int64_t most = 0;
  const Alive together = joinedWith(live, joinedOf(set));
  for (int64_t t = 0; t <= plat::layerCount(network) + 1; ++t) {
    auto at = [&](const auto &entry) { return entry.second.first <= t && t <= entry.second.last; };
    int64_t sum = 0;
    for (const auto &entry : together)
      sum += at(entry) && !set.contains(plat::BufferOp(entry.first)) ? size(entry.first) : 0;
    plat::BufferOp largest;
    for (const auto &entry : live)
      if (Operation *op = plat::BufferOp(entry.first); at(entry) && candidates.contains(op) &&
                                                       !set.contains(op) && !refused.contains(op) &&
                                                       (!largest || size(entry.first) > size(largest)))
        largest = entry.first;
    if (largest && sum > most)
      most = sum, found = largest;
  }
  return found;
}

std::vector<FarSets::Set> FarSets::sets(int64_t room, int64_t small) const {
  std::vector<Set> all = {Set()};
  Set set, refused;
  auto least = [&](const Set &one) { return leastBytes(*choice(one, 0)); };
  while (Operation *next = heaviest(set, refused)) {
    const int64_t before = least(set);
    const bool must = before > room - room / 8; // gaps count, too
    auto more = must || size(cast<plat::BufferOp>(next)) >= small ? toggled(set, next) : std::nullopt;
    for (const Apart &one : apart) {
      Operation *own = one.own(), *shared = plat::BufferOp(one.shared);
      if (more && least(*more) > before && (own == next || shared == next))
        if (auto both = toggled(*more, own == next ? shared : own); both && both->size() > more->size())
          more = both;
    }
    if (!more || least(*more) > before) {
      refused.insert(next);
      continue;
    }
    set = *more;
    all.push_back(set);
    Set fewer = set;
    for (Operation *one : set)
      if (auto without = toggled(fewer, one); without && least(*without) <= least(set))
        fewer = *without;
    if (fewer.size() < set.size())
      all.push_back(fewer);
  }
  return all;
}

} // namespace dyadic::tile
