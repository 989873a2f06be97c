// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weighs, layer by layer, the bytes that weights take in L2 against the cycles that fetching them takes.
#include "passes/tile/Supply.h"
#include "passes/model/tiling/BandChunks.h"
#include "passes/model/tiling/Prefetch.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
namespace dyadic::tile {
namespace {

struct Supplier {
  Supplier(plat::NetworkOp network, const Planned &planned, const model::Machine &machine,
           const FarChoice &far, int64_t searchBudget)
      : network(network), layers(planned.layers), plans(planned.plans), machine(machine), far(far),
        searchBudget(searchBudget) {
    read(planned);
  }

  plat::NetworkOp network;
  const std::vector<Layer> &layers;
  const std::vector<model::LayerPlan> &plans;
  const model::Machine &machine;
  const FarChoice &far;
  const int64_t searchBudget;

  const int64_t line = machine.lineBytes(); ///< where every buffer begins, and the arena ends
  int64_t count = plat::layerCount(network);
  int64_t constants = constantBytes(network);
  model::PlanProblem activations; ///< buffers of L2 but the work areas of layers that are tiled
  std::vector<model::ResidencyLayer> demand;
  std::vector<int64_t> numbers; ///< of each tiled layer
  /// What came of a limit: plans that differ in nothing that lies in L2 are met again and again.
  mutable std::map<std::vector<int64_t>, int64_t> known;

  void read(const Planned &planned) {
    for (const Layer &layer : layers)
      numbers.push_back(cast<plat::KernelOp>(layer.op).getLayer());
    demand.resize(static_cast<size_t>(count + 2));
    demand.front().runs = demand.back().runs = false; // inputs set, outputs read
    for (auto [op, live] : joinedWith(activationsOf(network, layers), far.joined))
      if (plat::BufferOp buffer = op; !far.buffers.contains(buffer) && !far.near.contains(buffer))
        occupy(buffer.getName().str(), buffer.getSizeBytes(), buffer.getAlign(), live.first, live.last);
    for (auto [i, layer] : llvm::enumerate(layers)) {
      model::ResidencyLayer &d = demand[static_cast<size_t>(numbers[i])];
      d.name = layer.problem.name;
      d.cycles = plans[i].time.cycles;
      d.weightBytes = model::streamableBytes(machine, layer.problem);
      d.partCycles = model::firstPartCycles(machine, layer.problem, plans[i].tiling);
      const model::BandOption *bands = far.bands.lookup(i);
      if (d.weightBytes > 0)
        d.options = streamsOf(planned, machine, i, bands);
      if (bands)
        goThrough(*bands, layer, numbers[i], d);
    }
  }

  void occupy(std::string name, int64_t bytes, int64_t align, int64_t first, int64_t last) {
    activations.buffers.push_back({std::move(name), bytes, std::max(align, line), first, last, {}, {}});
    for (int64_t t = first; t <= last; ++t)
      demand[static_cast<size_t>(t)].liveBytes += llvm::alignTo(bytes, line);
  }

  /// A layer that works on bands of rows has these in L2 as well.
  void goThrough(const model::BandOption &bands, const Layer &layer, int64_t number,
                 model::ResidencyLayer &d) {
    for (const model::OperandBands &b : bands.operands) {
      const model::Operand &operand = layer.problem.operands[b.operand];
      occupy("bands of " + operand.name, b.slots * b.slotBytes, 8, number, number);
      for (auto [begin, end] : b.bytes)
        d.farCycles +=
            model::transferCycles(*machine.engine(3, 2), {.bytes = end - begin}, !operand.isOutput());
    }
    d.cycles = bands.cycles;
    d.farSlack = std::max(0.0, d.cycles - d.farCycles) / static_cast<double>(bands.ends.size());
    d.partCycles = model::firstPartCycles(machine, layer.problem, bands.plan.tiling);
  }

  int64_t up(int64_t bytes) const { return static_cast<int64_t>(llvm::alignTo(bytes, line)); }

  /// Bytes that a plan really takes, gaps included; `enough`: so many will do.
  int64_t placed(const model::PrefetchPlan &plan, int64_t enough = 0) const {
    model::PlanProblem problem = activations;
    std::vector<int64_t> key = {enough};
    auto add = [&](size_t at, int64_t bytes, int64_t first, int64_t last) {
      problem.buffers.push_back({"weights " + std::to_string(at), bytes, line, first, last, {}, {}});
      key.insert(key.end(), {bytes, first, last});
    };
    int64_t staying = 0; // side by side, one block
    for (int64_t number : numbers) {
      auto at = static_cast<size_t>(number);
      const model::ResidencyLayer &d = demand[at];
      if (const std::optional<model::Prefetch> &ahead = plan.layers[at])
        add(at, ahead->slots * up(d.options[*plan.options[at]].slotBytes),
            static_cast<int64_t>(ahead->firstLayer), number);
      else
        staying += up(d.weightBytes);
    }
    if (staying > 0)
      add(0, staying, 0, count + 1);
    auto [found, fresh] = known.try_emplace(std::move(key), INT64_MAX);
    if (!fresh)
      return found->second;
    model::PlanOptions options;
    options.searchBudget = searchBudget;
    options.enoughBytes = enough;
    if (auto made = model::planMemory(problem, options))
      found->second = made->arenaBytes;
    return found->second;
  }

  /// Why L2 does not hold the smallest plan: the layer that needs most and its terms.
  std::string tooSmall(const model::PrefetchPlan &least, int64_t room, int64_t &shortBytes) {
    auto stageAt = [&](size_t layer, size_t t) -> int64_t {
      const std::optional<model::Prefetch> &ahead = least.layers[layer];
      return ahead && ahead->firstLayer <= t && t <= layer
                 ? ahead->slots * demand[layer].options[*least.options[layer]].slotBytes
                 : 0;
    };
    size_t worst = 1;
    int64_t most = -1;
    for (size_t t = 1; t + 1 < demand.size(); ++t) {
      int64_t sum = demand[t].liveBytes;
      for (size_t layer = t; layer < demand.size(); ++layer)
        sum += stageAt(layer, t);
      if (sum > most)
        most = sum, worst = t;
    }
    std::string text;
    llvm::raw_string_ostream out(text);
    const auto need = static_cast<int64_t>(llvm::alignTo(placed(least), line)); // where an arena ends
    shortBytes = need + constants - room;
    out << "does not fit L2: activations and weights on their way take at least " << need
        << " bytes, parameters " << constants << "; " << machine.name << " has " << std::max<int64_t>(0, room)
        << " for them, " << shortBytes << " too few";
    if (!far.buffers.empty())
      out << ", though " << far.buffers.size()
          << (far.buffers.size() == 1 ? " activation lies" : " activations lie") << " in L3";
    for (auto kernel : network.getBody().getOps<plat::KernelOp>())
      if (static_cast<size_t>(kernel.getLayer()) == worst) {
        out << "; most in layer " << worst << ", '" << kernel.getNode() << "':";
        break;
      }
    llvm::ListSeparator plus(" +");
    for (const model::PlanBuffer &b : activations.buffers)
      if (b.first <= static_cast<int64_t>(worst) && static_cast<int64_t>(worst) <= b.last)
        out << plus << " '" << b.name << "' " << b.sizeBytes;
    for (size_t layer = worst; layer < demand.size(); ++layer)
      if (int64_t bytes = stageAt(layer, worst))
        out << plus << " weights of '" << demand[layer].name << "' " << bytes;
    return text;
  }

  Decision decide(size_t i, const model::PrefetchPlan &plan) const {
    Decision d{plans[i].tiling, {}, std::nullopt};
    if (const model::BandOption *bands = far.bands.lookup(i)) {
      d.tiling = bands->plan.tiling;
      d.bands = *bands;
    }
    const model::ResidencyLayer &layer = demand[static_cast<size_t>(numbers[i])];
    if (layer.weightBytes == 0)
      return d;
    d.supply.kind = Supply::Resident;
    auto at = static_cast<size_t>(numbers[i]);
    if (plan.layers[at]) {
      const model::StreamOption &option = layer.options[*plan.options[at]];
      d.tiling = option.plan.tiling;
      d.supply.kind = Supply::Streamed;
      d.supply.slots = plan.layers[at]->slots;
      d.supply.early = plan.layers[at]->early;
      for (const model::Call &call : plan.layers[at]->starts)
        d.supply.starts.push_back({static_cast<int64_t>(call.layer), call.chunk});
      for (const model::Chunk &chunk : llvm::ArrayRef(option.chunks).take_front(option.chunksPerRound()))
        d.supply.chunkEnds.push_back(chunk.firstSegment + chunk.segments);
    }
    return d;
  }
};

} // namespace

Alive activationsOf(plat::NetworkOp network, const std::vector<Layer> &layers) {
  Alive live = plat::liveIntervals(network);
  for (const Layer &layer : layers)
    if (Value scratch = cast<plat::KernelOp>(layer.op).getScratch())
      live.erase(scratch.getDefiningOp<plat::BufferOp>());
  return live;
}

Alive joinedWith(Alive live, const llvm::DenseMap<Operation *, Operation *> &joined) {
  for (auto [own, shared] : joined) {
    auto one = live.find(cast<plat::BufferOp>(own)), other = live.find(cast<plat::BufferOp>(shared));
    if (one == live.end() || other == live.end())
      continue;
    other->second.first = std::min(other->second.first, one->second.first);
    other->second.last = std::max(other->second.last, one->second.last);
  }
  live.remove_if([&](const auto &entry) { return joined.contains(plat::BufferOp(entry.first)); });
  return live;
}

const std::vector<model::StreamOption> &streamsOf(const Planned &planned, const model::Machine &machine,
                                                  size_t i, const model::BandOption *bands) {
  auto [known, fresh] = planned.known.streams.try_emplace({i, bands});
  const model::LayerProblem &problem = planned.layers[i].problem;
  if (fresh && model::streamableBytes(machine, problem) > 0)
    known->second = bands ? model::bandedStreams(machine, problem, *bands, planned.options[i])
                          : model::streamOptions(machine, problem, planned.plans[i], planned.options[i]);
  return known->second;
}

int64_t constantBytes(plat::NetworkOp network) {
  int64_t bytes = 0;
  for (auto constant : network.getBody().getOps<plat::ConstantOp>())
    if (constant.getRole() != plat::Role::Weights)
      bytes += static_cast<int64_t>(llvm::alignTo(plat::imageBytes(constant), 8));
  return bytes;
}

std::vector<Decision> ownDecisions(const Planned &planned, const model::Machine &machine) {
  std::vector<Decision> decisions;
  for (auto [layer, plan] : llvm::zip(planned.layers, planned.plans)) {
    decisions.push_back({plan.tiling, {}, std::nullopt});
    if (model::streamableBytes(machine, layer.problem) > 0)
      decisions.back().supply.kind = Supply::Resident;
  }
  return decisions;
}

model::Result<SupplyPlan> planSupply(plat::NetworkOp network, const Planned &planned,
                                     const model::Machine &machine, const FarChoice &far, int64_t &shortBytes,
                                     const SupplyEffort &effort) {
  Supplier supplier(network, planned, machine, far, effort.searchBudget);
  std::optional<int64_t> room = machine.room(2);
  const int64_t free = room ? *room - supplier.constants : INT64_MAX / 4;
  const int64_t limit = free - std::max<int64_t>(0, free) % supplier.line;
  std::optional<int64_t> inFlight;
  if (machine.l3ToL2 && machine.l3ToL2->channels)
    inFlight = machine.l3ToL2->channels->value;
  model::Prefetcher prefetcher(supplier.demand, inFlight);
  auto plan = prefetcher.best(
      limit, [&](const model::PrefetchPlan &one) { return !room || supplier.placed(one, limit) <= limit; },
      effort.slowest, effort.starts);
  if (!plan) {
    // What the smallest plan takes with its gaps is enough: less than the sums where bytes are rounded up.
    plan = prefetcher.best(prefetcher.leastBytes());
    if (supplier.placed(*plan) > limit)
      return model::Result<SupplyPlan>::failure(supplier.tooSmall(*plan, *room, shortBytes));
  }
  SupplyPlan result;
  result.cycles = plan->cycles;
  for (size_t i = 0; i < planned.layers.size(); ++i)
    result.decisions.push_back(supplier.decide(i, *plan));
  return result;
}

} // namespace dyadic::tile
