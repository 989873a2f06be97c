// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What follows from a machine's figures.
#include "passes/model/Machine.h"
#include <algorithm>
#include <cmath>

namespace dyadic::model {

const char *toString(FigureKind kind) {
  switch (kind) {
  case FigureKind::Measured:
    return "measured";
  case FigureKind::Published:
    return "published";
  case FigureKind::Assumed:
    return "assumed";
  case FigureKind::SetByUser:
    return "set by user";
  }
  return "";
}

const char *toString(KernelClass kernel) {
  constexpr std::array<const char *, kernelClasses> names = {"conv",   "depthwise", "matmul",      "matvec",
                                                             "lookup", "pool",      "elementwise", "move"};
  return names[static_cast<size_t>(kernel)];
}

const Real *KernelCosts::macCycles(unsigned weightBits, unsigned activationBits) const {
  // Ordered by weights, then activations: the first that holds both is the narrowest.
  for (const auto &[bits, cycles] : mac)
    if (bits.first >= weightBits && bits.second >= activationBits)
      return &cycles;
  return mac.empty() ? nullptr : &mac.rbegin()->second;
}

double TransferEngine::cycles(int64_t bytes, int64_t lines, bool in) const {
  const Real *rate = in ? &bytesPerCycleIn : bytesPerCycleOut ? &*bytesPerCycleOut : nullptr;
  if (!rate || bytes <= 0)
    return 0;
  const int64_t commands = maxBytes ? (bytes + maxBytes->value - 1) / maxBytes->value : 1;
  const double perLine = line && lines > 1 ? line->value * static_cast<double>(lines) : 0;
  return static_cast<double>(commands) * setup.value + static_cast<double>(bytes) / rate->value + perLine;
}

const MemoryLevel *Machine::level(unsigned number) const {
  if (number == 1)
    return l1 ? &*l1 : nullptr;
  if (number == 3)
    return l3 ? &*l3 : nullptr;
  return number == 2 ? &l2 : nullptr;
}

const TransferEngine *Machine::engine(unsigned outer, unsigned inner) const {
  const std::optional<TransferEngine> *found = nullptr;
  if (outer == 2 && inner == 1)
    found = &l2ToL1;
  else if (outer == 3 && inner == 2)
    found = &l3ToL2;
  else if (outer == 3 && inner == 1)
    found = &l3ToL1;
  return found && *found ? &**found : nullptr;
}

bool Machine::hasDma() const {
  auto overlaps = [](const std::optional<TransferEngine> &e) { return e && !e->blocking; };
  return overlaps(l2ToL1) || overlaps(l3ToL2) || overlaps(l3ToL1);
}

std::optional<int64_t> Machine::room(unsigned number) const {
  const MemoryLevel *memory = level(number);
  if (!memory)
    return 0;
  std::optional<int64_t> room;
  if (memory->bytes)
    room = memory->bytes->value - (memory->reserved ? memory->reserved->value : 0) -
           (number == 1 && cluster ? cluster->stacks() : 0);
  if (memory->bufferBytes)
    room = std::min(room.value_or(memory->bufferBytes->value), memory->bufferBytes->value);
  return room;
}

int64_t Machine::multiplyCycles() const {
  return core.multiply ? std::max<int64_t>(1, std::llround(std::ceil(core.multiply->value))) : 1;
}

} // namespace dyadic::model
