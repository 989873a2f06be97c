// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole tensors, chunks of constants and rules of the cache on labelled memory.
#include "compiler/judge/World.h"

namespace dyadic::judge {

World::World(const Plan &plan, Memory &memory, Verdict &verdict)
    : plan(plan), memory(memory), verdict(verdict) {
  for (const Buffer &b : plan.buffers)
    meant.emplace_back(b.bytes, 0);
}

std::string World::nameOf(int64_t layer, const std::string &node) {
  return "layer " + std::to_string(layer) + (node.empty() ? "" : " (" + node + ")");
}

//===-- the cores' cache -----------------------------------------------------------------------------===//

bool World::ofLoading(const Event &event) const {
  return event.index >= 0 && plan.stages[event.index].resident;
}
void World::rule(const Event &event) {
  int64_t buffer = event.index >= 0 ? plan.stages[event.index].buffer : event.view.buffer;
  const Buffer &b = plan.buffers[buffer];
  int64_t address = b.offset + (event.index >= 0 ? 0 : event.view.begin);
  int64_t bytes = event.index >= 0 ? b.bytes : event.view.bytes;
  int64_t line = std::max<int64_t>(plan.cacheLineBytes, 1);
  if (event.kind == Event::Clean)
    memory.clean(address, bytes, line);
  else
    memory.invalidate(address, bytes, line, "'" + b.name + "'");
}

//===-- whole tensors in L2 -----------------------------------------------------------------------===//

llvm::ArrayRef<Label> World::meantOf(const View &v) const {
  return llvm::ArrayRef<Label>(meant[v.buffer]).slice(v.begin, v.bytes);
}
void World::readView(const View &v, const std::string &what) {
  const Buffer &b = plan.buffers[v.buffer];
  if (llvm::is_contained(meantOf(v), Label(0)))
    memory.fail("uncovered output", "reads " + what + " in '" + b.name + "', which nobody has written whole");
  memory.read(b.level, b.offset + v.begin, meantOf(v), v.buffer, -1, what, false);
}
void World::writeView(const View &v, const std::string &what) {
  ++moment;
  for (int64_t i = 0; i < v.bytes; ++i)
    meant[v.buffer][v.begin + i] = labelOf(v.buffer, moment, v.begin + i);
  const Buffer &b = plan.buffers[v.buffer];
  memory.write(b.level, b.offset + v.begin, meantOf(v), v.buffer, -1, what);
}
void World::writeScratch(int64_t index) {
  if (index < 0)
    return;
  const Buffer &b = plan.buffers[index];
  std::vector<Label> nothing(b.bytes, labelOf(index, 0, 0));
  memory.write(b.level, b.offset, nothing, index, -1, "scratch '" + b.name + "'");
}

void World::runKernel(const Kernel &kernel) {
  memory.actor = nameOf(kernel.layer, kernel.node);
  auto readAll = [&] {
    for (const View &v : kernel.reads)
      readView(v, "'" + plan.buffers[v.buffer].name + "'");
  };
  readAll();
  writeScratch(kernel.scratch);
  readAll(); // while it computes
  if (!memory.good())
    return;
  std::vector<std::vector<Label>> before;
  for (const View &v : kernel.reads)
    before.push_back(meantOf(v).vec());
  for (const View &v : kernel.writes)
    writeView(v, "'" + plan.buffers[v.buffer].name + "'");
  // Element by element in place is right; all others still read while they write.
  for (size_t i = 0; i < kernel.reads.size() && kernel.kernel != "rescale"; ++i) {
    const View &v = kernel.reads[i];
    const Buffer &b = plan.buffers[v.buffer];
    memory.read(b.level, b.offset + v.begin, before[i], v.buffer, -1, "'" + b.name + "'", false);
  }
}

bool World::sumUp(const Tiled &layer, int64_t tile, int64_t making) {
  int64_t segments = layer.sumsUp(), now = tile % segments;
  if (segments == 1)
    return true;
  const Buffer &b = plan.buffers[layer.sums];
  auto sums = [&](int64_t upTo) {
    std::vector<Label> labels;
    for (int64_t i = 0; i < b.bytes; ++i)
      labels.push_back(labelOf(layer.sums, making * segments + upTo, tile / segments * b.bytes + i));
    return labels;
  };
  std::string what = "the sums of tile " + std::to_string(tile);
  if (now > 0)
    memory.read(b.level, b.offset, sums(now - 1), layer.sums, -1, what, false);
  if (now + 1 < segments && memory.good())
    memory.write(b.level, b.offset, sums(now), layer.sums, -1, what);
  return now + 1 == segments;
}

void World::makeWhole(const View &out) {
  for (int64_t i = 0; i < out.bytes; ++i) {
    if (written[i] != 1)
      memory.fail("uncovered output", (written[i] == 0 ? "leaves byte " : "computes more than once byte ") +
                                          std::to_string(i) + " of '" + plan.buffers[out.buffer].name + "'" +
                                          (written[i] == 0 ? " uncomputed" : ""));
    meant[out.buffer][out.begin + i] = labelOf(out.buffer, making, out.begin + i);
  }
}
void World::makeBand(const View &out, std::pair<int64_t, int64_t> bytes) {
  for (int64_t i = bytes.first; i < bytes.second; ++i)
    if (written[i] != 0)
      meant[out.buffer][out.begin + i] = labelOf(out.buffer, making, out.begin + i);
}

//===-- chunks of constants -------------------------------------------------------------------------===//

Label World::constantByte(int64_t constant, int64_t at) const {
  return labelOf(static_cast<int64_t>(plan.buffers.size()) + constant, 0, at);
}
void World::startChunk(int64_t index, int64_t chunk) {
  const Stage &s = plan.stages[index];
  const Buffer &b = plan.buffers[s.buffer];
  int64_t slot = chunk % s.slots;
  std::string what = "chunk " + std::to_string(chunk) + " of '" + plan.constants[s.constant].name + "'";
  if (int64_t held = holds[{index, slot}] - 1; held >= 0)
    memory.fail("early reuse",
                "starts " + what + " over chunk " + std::to_string(held) + ", which is still to be used");
  Flight f;
  f.what = what;
  f.to = {{b.offset + slot * (b.bytes / s.slots), s.bounds[chunk + 1] - s.bounds[chunk]}};
  for (int64_t at = s.bounds[chunk]; at < s.bounds[chunk + 1]; ++at)
    f.labels.push_back(constantByte(s.constant, at));
  start(flights[{-1 - index, slot}], std::move(f), -1, s.buffer, -1);
  if (!s.resident)
    holds[{index, slot}] = chunk + 1;
}
void World::awaitChunk(int64_t index, int64_t chunk) {
  memory.wait(flights[{-1 - index, chunk % plan.stages[index].slots}]);
}
//===-- bands of tensors in L3 ----------------------------------------------------------------------===//

int64_t World::baseOf(const Bands &bands, int64_t band) const {
  const Buffer &b = plan.buffers[bands.buffer];
  return b.offset + band % bands.slots * (b.bytes / bands.slots) - bands.bounds[band].first;
}
void World::startBand(int64_t index, int64_t band) {
  const Bands &b = plan.bands[index];
  auto [begin, end] = b.bounds[band];
  const Buffer &home = plan.buffers[b.view.buffer];
  Run outside = {home.offset + b.view.begin + begin, end - begin},
      inside = {baseOf(b, band) + begin, end - begin};
  Flight f;
  f.what = "band " + std::to_string(band) + " of '" + home.name + "'";
  f.labels = meantOf({b.view.buffer, b.view.begin + begin, end - begin}).vec();
  if (llvm::is_contained(f.labels, Label(0)))
    memory.fail("uncovered output", "starts " + f.what + ", which nobody has written whole");
  f.fromLevel = b.out ? 2 : 3;
  f.toLevel = b.out ? 3 : 2;
  f.from = {b.out ? inside : outside};
  f.to = {b.out ? outside : inside};
  start(bandFlights[{index, band % b.slots}], std::move(f), b.out ? b.buffer : b.view.buffer,
        b.out ? b.view.buffer : b.buffer, -1);
}
void World::awaitBand(int64_t index, int64_t band) {
  memory.wait(bandFlights[{index, band % plan.bands[index].slots}]);
}

void World::start(Flight &flight, Flight begun, int64_t source, int64_t target, int64_t user) {
  ++verdict.transfers;
  verdict.bytesMoved += static_cast<int64_t>(begun.labels.size());
  memory.start(flight, std::move(begun), source, target, user);
}

} // namespace dyadic::judge
