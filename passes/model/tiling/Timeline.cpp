// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Engines as queues in time.
#include "passes/model/tiling/Timeline.h"
#include <algorithm>

namespace dyadic::model {

double transferCycles(const TransferEngine &engine, const Box &box, bool inwards) {
  if (box.total() == 0)
    return 0;
  if (engine.dimensions == 1)
    return static_cast<double>(box.planes * box.lines) * engine.cycles(box.bytes, 1, inwards);
  if (engine.dimensions == 2)
    return static_cast<double>(box.planes) * engine.cycles(box.lines * box.bytes, box.lines, inwards);
  return engine.cycles(box.total(), box.planes * box.lines, inwards);
}

bool isAligned(const TransferEngine &engine, const Box &box) {
  const int64_t unit = engine.alignBytes;
  const bool lone = box.planes * box.lines == 1;
  return box.firstByte % unit == 0 && box.planeStride % unit == 0 && box.lineStride % unit == 0 &&
         (lone || box.bytes % unit == 0);
}

TimeTotals &TimeTotals::operator+=(const TimeTotals &other) {
  compute += other.compute;
  fork += other.fork;
  barrier += other.barrier;
  exposed += other.exposed;
  transferIn += other.transferIn;
  transferOut += other.transferOut;
  return *this;
}

Timeline::Timeline(const Machine &machine) : machine(machine) {
  engines[0].engine = machine.engine(2, 1);
  engines[1].engine = machine.engine(3, 2);
  engines[2].engine = machine.engine(3, 1);
}

bool Timeline::connects(const Machine &machine, unsigned outer, unsigned inner, bool inwards) {
  const TransferEngine *engine = machine.engine(outer, inner);
  return engine && (inwards || engine->bytesPerCycleOut);
}

Timeline::Engine &Timeline::between(unsigned outer, unsigned inner) {
  return engines[outer == 2 ? 0 : inner == 2 ? 1 : 2];
}

void Timeline::waitUntil(double time) {
  if (time <= clock)
    return;
  sums.exposed += time - clock;
  clock = time;
}

Timeline::Transfer Timeline::start(unsigned outer, unsigned inner, const Box &box, bool inwards) {
  if (box.total() == 0)
    return {clock};
  Engine &e = between(outer, inner);
  if (e.engine->channels) {
    auto limit = static_cast<size_t>(std::max<int64_t>(1, e.engine->channels->value));
    std::erase_if(e.inFlight, [&](double end) { return end <= clock; });
    std::sort(e.inFlight.begin(), e.inFlight.end());
    if (e.inFlight.size() >= limit)
      waitUntil(e.inFlight[e.inFlight.size() - limit]);
  }
  const double cycles = transferCycles(*e.engine, box, inwards);
  const size_t lane = e.engine->duplex && !inwards ? 1 : 0;
  const Transfer transfer{std::max(clock, e.freeAt[lane]) + cycles};
  e.freeAt[lane] = transfer.end;
  (inwards ? sums.transferIn : sums.transferOut) += cycles;
  if (e.engine->channels)
    e.inFlight.push_back(transfer.end);
  if (e.engine->blocking)
    waitUntil(transfer.end);
  return transfer;
}

void Timeline::await(Transfer transfer) { waitUntil(transfer.end); }

void Timeline::team(double slowest, int64_t cores) {
  const bool many = cores > 1 && machine.cluster;
  const double fork = many ? machine.cluster->fork(cores) : 0;
  const double barrier = many ? machine.cluster->barrierCycles.value : 0;
  sums.fork += fork;
  sums.compute += slowest;
  sums.barrier += barrier;
  clock += fork + slowest + barrier;
}

} // namespace dyadic::model
