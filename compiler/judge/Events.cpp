// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the plan on labelled memory, event by event, as the emitted C would with transfers as late as they may
// be.
#include "compiler/judge/Tiles.h"
#include "compiler/judge/World.h"
#include <set>

namespace dyadic::judge {
namespace {

class Walker : World {
public:
  Walker(const Plan &plan, Memory &memory, Verdict &verdict) : World(plan, memory, verdict) {
    for (size_t i = 0; i < plan.tiled.size(); ++i)
      for (const Move &m : plan.tiled[i].each)
        if (m.kind == Move::Start && m.moment == Move::Last)
          early.insert({m.stream, static_cast<int64_t>(i)});
    versions.resize(plan.streams.size());
    parts.resize(plan.streams.size());
  }

  void run() {
    memory.actor = "initialisation";
    for (const Event &event : plan.sequence)
      if (event.kind == Event::Clean && ofLoading(event))
        rule(event);
    for (size_t s = 0; s < plan.stages.size(); ++s)
      if (plan.stages[s].resident) {
        startChunk(static_cast<int64_t>(s), 0);
        awaitChunk(static_cast<int64_t>(s), 0);
      }
    for (const Event &event : plan.sequence)
      if (event.kind == Event::Invalidate && ofLoading(event))
        rule(event);
    for (const Tiled &layer : plan.tiled) {
      memory.actor = nameOf(layer.layer, layer.node);
      checkTiles(plan, layer, memory);
      for (int64_t s : layer.streams) {
        versions[s] = versionsOf(plan.streams[s], layer);
        parts[s].assign(layer.tiles(), std::nullopt);
      }
    }
    // Twice: what the first inference leaves behind must serve the second.
    for (int round = 0; round < 2 && memory.good(); ++round) {
      verdict.transfers = verdict.bytesMoved = verdict.tiles = 0;
      memory.actor = "the caller";
      for (const Port &input : plan.inputs)
        if (round == 0 || input.overwritten)
          writeView(input.view, "the input");
      for (const Event &event : plan.sequence) {
        if (!memory.good())
          return;
        memory.actor = "the sequence";
        if (event.kind == Event::StartChunk)
          startChunk(event.index, event.chunk);
        else if (event.kind == Event::AwaitChunk)
          awaitChunk(event.index, event.chunk);
        else if (event.kind == Event::StartBand)
          startBand(event.index, event.band);
        else if (event.kind == Event::AwaitBand)
          awaitBand(event.index, event.band);
        else if (event.kind == Event::RunKernel)
          runKernel(plan.kernels[event.index]);
        else if (event.kind == Event::Clean || event.kind == Event::Invalidate) {
          if (!ofLoading(event))
            rule(event);
        } else
          runTiles(event);
      }
      memory.actor = "the end of the inference";
      for (auto *all : {&flights, &bandFlights})
        for (auto &[place, flight] : *all)
          if (flight.active)
            memory.fail("missing wait", "comes while " + flight.what + " is in flight");
      memory.actor = "the caller";
      for (const Port &output : plan.outputs)
        readView(output.view, "the output");
    }
  }

private:
  //===-- tiles ---------------------------------------------------------------------------------------===//

  const Runs &part(int64_t stream, int64_t tile) {
    const Stream &s = plan.streams[stream];
    if (!parts[stream][tile])
      parts[stream][tile] = partOf(s, plan.tiled[s.tiled], tile, memory);
    return *parts[stream][tile];
  }
  int64_t slotOf(int64_t stream, int64_t tile) const {
    return versions[stream][tile] % plan.streams[stream].slots;
  }
  int64_t slotAddress(int64_t stream, int64_t tile) const {
    const Stream &s = plan.streams[stream];
    const Buffer &b = plan.buffers[s.via];
    return b.offset + slotOf(stream, tile) * (b.bytes / s.slots);
  }
  /// What the bytes of a part mean: of an output what this layer makes, else what was written last.
  std::vector<Label> labels(int64_t stream, int64_t tile) {
    const Stream &s = plan.streams[stream];
    std::vector<Label> r;
    for (Run run : part(stream, tile))
      for (int64_t at = run.first; at < run.first + run.count; ++at)
        r.push_back(!s.view ? constantByte(constantOf(s), at)
                    : stream == plan.tiled[s.tiled].output
                        ? labelOf(s.view->buffer, making, s.view->begin + at)
                        : meant[s.view->buffer][s.view->begin + at]);
    return r;
  }
  int64_t constantOf(const Stream &s) const {
    return s.stage >= 0 ? plan.stages[s.stage].constant : s.constant;
  }
  struct Turn {
    const Tiled &layer;
    int64_t begin, end, chunk, band;
    bool firstRun;
    int64_t tile;
  };
  /// Where a part lies outside of L1: level (3: nowhere that changes), buffer, addresses.
  struct Where {
    int64_t level = 3, buffer = -1;
    Runs runs;
  };
  Where where(int64_t stream, int64_t tile, const Turn &turn) {
    int64_t chunk = turn.chunk;
    const Stream &s = plan.streams[stream];
    Where w;
    if (s.constant >= 0)
      return w;
    w.buffer = s.through >= 0 ? plan.bands[s.through].buffer
               : s.view       ? s.view->buffer
                              : plan.stages[s.stage].buffer;
    const Buffer &b = plan.buffers[w.buffer];
    w.level = b.level;
    int64_t base = b.offset;
    int64_t low = 0, high = INT64_MAX;
    if (s.through >= 0) {
      const Bands &bands = plan.bands[s.through];
      std::tie(low, high) = bands.bounds[turn.band];
      base = baseOf(bands, turn.band);
    } else if (s.view) {
      base += s.view->begin;
    } else {
      const Stage &stage = plan.stages[s.stage];
      if (chunk >= stage.chunks()) {
        memory.fail("out of bounds", "needs chunk " + std::to_string(chunk) + " of '" + s.name + "'");
        return w;
      }
      low = stage.bounds[chunk];
      high = stage.bounds[chunk + 1];
      base += chunk % stage.slots * (b.bytes / stage.slots) - low;
    }
    for (Run run : part(stream, tile)) {
      if (run.first < low || run.first + run.count > high)
        memory.fail("out of bounds", "takes bytes of '" + s.name + "' that " +
                                         (s.through >= 0 ? "band " + std::to_string(turn.band)
                                                         : "chunk " + std::to_string(chunk)) +
                                         " does not hold");
      w.runs.push_back({base + run.first, run.count});
    }
    return w;
  }
  std::string partName(int64_t stream, int64_t tile) const {
    return "'" + plan.streams[stream].name + "' of tile " + std::to_string(tile);
  }

  void fetch(int64_t stream, int64_t tile, const Turn &turn) {
    const Stream &s = plan.streams[stream];
    if (s.via < 0)
      return memory.fail("wrong owner", "starts " + partName(stream, tile) + ", which is used where it lies");
    Where w = where(stream, tile, turn);
    Flight f{false, w.level, 1, w.runs, {}, labels(stream, tile), partName(stream, tile)};
    if (w.level == 3)
      f.from.clear();
    f.version = versions[stream][tile];
    checkSlot(stream, tile, f.labels.size());
    f.to = {{slotAddress(stream, tile), static_cast<int64_t>(f.labels.size())}};
    if (memory.good())
      start(flights[{stream, slotOf(stream, tile)}], std::move(f), w.buffer, s.via, stream);
    brought[{stream, slotOf(stream, tile)}].insert(versions[stream][tile]);
  }
  /// The part fits its slot.
  void checkSlot(int64_t stream, int64_t tile, size_t bytes) {
    const Stream &s = plan.streams[stream];
    int64_t slot = plan.buffers[s.via].bytes / s.slots;
    if (static_cast<int64_t>(bytes) > slot)
      memory.fail("overlapping buffers", "has " + std::to_string(bytes) + " bytes of " +
                                             partName(stream, tile) + " for a slot of " +
                                             std::to_string(slot) + " in '" + plan.buffers[s.via].name + "'");
  }

  void runTiles(const Event &event) {
    const Tiled &layer = plan.tiled[event.index];
    memory.actor = nameOf(layer.layer, layer.node);
    auto segments = static_cast<int64_t>(layer.grid[static_cast<size_t>(event.axis)].size());
    auto [begin, end] = tilesOf(layer, event);
    if (begin < 0)
      return memory.fail("wrong order", std::string("runs some ") +
                                            axisNames[static_cast<size_t>(event.axis)] +
                                            " of a layer that first walks another axis");
    const bool first = event.first == 0 && event.firstChannel == 0;
    if (first) { // a new tensor is made
      making = ++moment;
      written.assign(plan.streams[layer.output].view->bytes, 0);
      memory.spend(plan.streams[layer.output].view->bytes);
      next = nextChannel = 0;
    }
    if (next != event.first || nextChannel != event.firstChannel)
      memory.fail("uncovered output",
                  "begins with segment " + std::to_string(event.first) +
                      (event.parted ? " and channels " + std::to_string(event.firstChannel) : "") +
                      " where " + std::to_string(next) +
                      (event.parted ? " and " + std::to_string(nextChannel) : "") + " is next");
    const bool lastOfBand =
        event.axis == Axis::Channels || event.endChannel == static_cast<int64_t>(layer.grid[3].size());
    const bool last = event.end == segments && lastOfBand;
    nextChannel = lastOfBand ? 0 : event.endChannel;
    next = lastOfBand ? event.end : event.first;
    for (int64_t s : layer.streams) {
      memory.spend(2 * plan.streams[s].slots);
      for (int64_t slot = 0; slot < plan.streams[s].slots; ++slot)
        if (!first || !isEarly(s))
          brought.erase({s, slot});
    }
    Turn turn{layer, begin, end, event.chunk, event.band, first, begin};
    moves(layer.before, turn);
    for (turn.tile = begin; turn.tile < end && memory.good(); ++turn.tile) {
      memory.spend(static_cast<int64_t>(layer.each.size()) + 1);
      moves(layer.each, turn);
    }
    turn.tile = end - 1;
    moves(layer.behind, turn);
    for (int64_t s : layer.streams) {
      for (int64_t slot = 0; slot < plan.streams[s].slots; ++slot)
        if (Flight &f = flights[{s, slot}]; f.active)
          memory.fail("missing wait", "ends while " + f.what + " is in flight");
      if (int64_t stage = plan.streams[s].stage;
          stage >= 0 && (event.axis == Axis::Channels || event.parted || last))
        holds[{stage, event.chunk % plan.stages[stage].slots}] = 0;
    }
    verdict.tiles += end - begin;
    const Stream &output = plan.streams[layer.output];
    if (output.through >= 0 && memory.good())
      makeBand(*output.view, plan.bands[output.through].bounds[event.band]);
    if (last && memory.good())
      makeWhole(*output.view);
  }

  bool isEarly(int64_t stream) const {
    auto it = early.lower_bound({stream, INT64_MIN});
    return it != early.end() && it->first == stream;
  }

  void moves(const std::vector<Move> &list, const Turn &turn) {
    for (const Move &m : list) {
      if (!memory.good())
        return;
      if (m.kind == Move::Team)
        team(turn);
      else if (m.kind == Move::Await)
        await(m, turn);
      else
        startPart(m, turn);
    }
  }

  void startPart(const Move &m, const Turn &turn) {
    const std::vector<int64_t> &v = versions[m.stream];
    int64_t t = turn.tile;
    if (m.moment == Move::Last) {
      if (plan.streams[m.stream].tiled < 0 || &plan.tiled[plan.streams[m.stream].tiled] == &turn.layer)
        memory.fail("wrong owner",
                    "starts '" + plan.streams[m.stream].name + "' ahead, which is no later layer's");
      else if (t + 1 == turn.layer.tiles())
        fetch(m.stream, 0, {turn.layer, 0, 0, 0, 0, false, 0});
      return;
    }
    if (!llvm::is_contained(turn.layer.streams, m.stream))
      return memory.fail("wrong owner",
                         "starts '" + plan.streams[m.stream].name + "', which is another layer's");
    if (m.stream == turn.layer.output) {
      if (m.moment == Move::This && (t + 1 == turn.end || v[t + 1] != v[t]))
        storeTile(turn, t);
      return;
    }
    if (m.moment == Move::First) {
      if (!turn.firstRun || !isEarly(m.stream))
        fetch(m.stream, turn.begin, turn);
    } else if (m.moment == Move::Next) {
      if (t + 1 < turn.end && v[t + 1] != v[t])
        fetch(m.stream, t + 1, turn);
    } else if (t == turn.begin || v[t] != v[t - 1]) {
      fetch(m.stream, t, turn);
    }
  }

  void count(int64_t stream, int64_t tile) {
    for (Run run : part(stream, tile))
      for (int64_t at = run.first; at < run.first + run.count; ++at)
        written[at] = static_cast<uint8_t>(std::min(written[at] + 1, 2));
  }

  void storeTile(const Turn &turn, int64_t tile) {
    int64_t stream = turn.layer.output;
    if (plan.streams[stream].via < 0)
      return memory.fail("wrong owner", "stores " + partName(stream, tile) + ", which is made where it lies");
    Where w = where(stream, tile, turn);
    std::vector<Label> all = labels(stream, tile);
    Flight f{false,
             1,
             w.level,
             {{slotAddress(stream, tile), static_cast<int64_t>(all.size())}},
             w.runs,
             all,
             "the store of " + partName(stream, tile)};
    if (memory.good())
      start(flights[{stream, slotOf(stream, tile)}], std::move(f), plan.streams[stream].via, w.buffer,
            stream);
    count(stream, tile);
  }

  void await(const Move &m, const Turn &turn) {
    if (!llvm::is_contained(turn.layer.streams, m.stream) || plan.streams[m.stream].via < 0)
      return memory.fail("wrong owner",
                         "waits for '" + plan.streams[m.stream].name + "', which does not come to it");
    for (int64_t slot = 0; slot < plan.streams[m.stream].slots; ++slot)
      if (m.moment == Move::All || slot == slotOf(m.stream, turn.tile))
        memory.wait(flights[{m.stream, slot}]);
  }

  void team(const Turn &turn) {
    const Tiled &layer = turn.layer;
    int64_t t = turn.tile;
    auto readAll = [&] {
      for (int64_t s : layer.streams) {
        if (s == layer.output || !memory.good())
          continue;
        std::vector<Label> expected = labels(s, t);
        const Stream &stream = plan.streams[s];
        if (stream.via >= 0) {
          bool fetched = brought[{s, slotOf(s, t)}].count(versions[s][t]) != 0 && !arriving(s, t);
          memory.read(1, slotAddress(s, t), expected, stream.via, s, partName(s, t), fetched);
          continue;
        }
        Where w = where(s, t, turn);
        if (w.runs.size() > 1)
          memory.fail("out of bounds", "reads " + partName(s, t) + " where it lies, which is no single run");
        if (w.level != 3 && !w.runs.empty() && memory.good())
          memory.read(w.level, w.runs[0].first, expected, w.buffer, -1, partName(s, t), false);
      }
    };
    readAll();
    writeScratch(layer.scratch);
    if (!sumUp(layer, t, making))
      return readAll(); // while it computes
    readAll();
    const Stream &output = plan.streams[layer.output];
    std::vector<Label> made = labels(layer.output, t);
    if (!memory.good())
      return;
    if (output.via >= 0) {
      checkSlot(layer.output, t, made.size());
      memory.write(1, slotAddress(layer.output, t), made, output.via, layer.output,
                   partName(layer.output, t));
    } else {
      Where w = where(layer.output, t, turn);
      if (w.runs.size() != 1)
        memory.fail("out of bounds",
                    "writes " + partName(layer.output, t) + " where it lies, which is no single run");
      if (memory.good())
        memory.write(w.level, w.runs[0].first, made, w.buffer, -1, partName(layer.output, t));
      count(layer.output, t);
    }
    if (layer.kernel != "rescale" || output.via >= 0)
      readAll();
  }
  /// The transfer into the slot of tile t brings that very part.
  bool arriving(int64_t stream, int64_t tile) {
    const Flight &f = flights[{stream, slotOf(stream, tile)}];
    return f.active && f.version == versions[stream][tile];
  }

  std::vector<std::vector<int64_t>> versions;
  std::vector<std::vector<std::optional<Runs>>> parts;
  std::map<std::pair<int64_t, int64_t>, std::set<int64_t>> brought; ///< by stream and slot: versions started
  std::set<std::pair<int64_t, int64_t>> early;
  int64_t next = 0, nextChannel = 0;
};

} // namespace

void walk(const Plan &plan, Memory &memory, Verdict &verdict) { Walker(plan, memory, verdict).run(); }

} // namespace dyadic::judge
