// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What holds of a plan before anything moves.
#include "compiler/judge/Judge.h"

namespace dyadic::judge {
namespace {

std::string number(int64_t n) { return std::to_string(n); }

int64_t bytesOf(const Plan &plan, int64_t level) {
  return level == 1 ? plan.l1Bytes : level == 2 ? plan.l2Bytes : plan.l3Bytes;
}

void judgeLevel(const Plan &plan, const model::Machine &machine, int64_t level, std::vector<Fault> &faults) {
  int64_t bytes = bytesOf(plan, level);
  std::optional<int64_t> room = machine.room(static_cast<unsigned>(level));
  if (room && bytes > *room)
    faults.push_back({"does not fit", "the plan takes " + number(bytes) + " bytes of l" + number(level) +
                                          ", " + machine.name + " has " + number(*room)});
  bool missing = level == 1 ? !machine.l1 : level == 3 && (!machine.l3 || machine.l3->readOnly);
  if (bytes > 0 && missing)
    faults.push_back({"does not fit", "the plan takes " + number(bytes) + " bytes of l" + number(level) +
                                          " to write to, which " + machine.name + " does not have"});
}

} // namespace

void judgePlaces(const Plan &plan, const model::Machine &machine, std::vector<Fault> &faults) {
  judgeLevel(plan, machine, 1, faults);
  judgeLevel(plan, machine, 2, faults);
  if (plan.l3Bytes > 0)
    judgeLevel(plan, machine, 3, faults);
  for (const Buffer &b : plan.buffers) {
    if (b.user)
      continue;
    int64_t size = bytesOf(plan, b.level);
    if (b.end() > size)
      faults.push_back({"does not fit", "buffer '" + b.name + "' ends at byte " + number(b.end()) + " of l" +
                                            number(b.level) + ", which has " + number(size)});
    if (b.offset % b.align != 0 || plan.arenaAlign % b.align != 0)
      faults.push_back({"alignment", "buffer '" + b.name + "' at byte " + number(b.offset) +
                                         " of an arena aligned to " + number(plan.arenaAlign) + " needs " +
                                         number(b.align)});
  }
  constexpr size_t mostFaults = 1000;
  for (size_t i = 0; i < plan.buffers.size(); ++i)
    for (size_t j = i + 1; faults.size() < mostFaults && j < plan.buffers.size(); ++j) {
      const Buffer &a = plan.buffers[i], &b = plan.buffers[j];
      if (!a.user && !b.user && a.level == b.level && a.first <= b.last && b.first <= a.last &&
          a.offset < b.end() && b.offset < a.end())
        faults.push_back({"overlapping buffers", "'" + b.name + "' overlaps '" + a.name + "' in layers " +
                                                     number(std::max(a.first, b.first)) + " to " +
                                                     number(std::min(a.last, b.last))});
    }
  for (const Stream &s : plan.streams)
    if (s.via >= 0 && plan.buffers[s.via].bytes % s.slots != 0)
      faults.push_back(
          {"alignment", "'" + plan.buffers[s.via].name + "' has no " + number(s.slots) + " equal slots"});
  for (const Bands &b : plan.bands)
    for (auto [begin, end] : b.bounds)
      if (end - begin > plan.buffers[b.buffer].bytes / b.slots)
        faults.push_back({"does not fit", "a band of '" + plan.buffers[b.view.buffer].name + "' has " +
                                              number(end - begin) + " bytes, its slot " +
                                              number(plan.buffers[b.buffer].bytes / b.slots)});
  for (const Stage &s : plan.stages)
    for (int64_t k = 0; k < s.chunks(); ++k)
      if (s.bounds[k + 1] - s.bounds[k] > plan.buffers[s.buffer].bytes / s.slots)
        faults.push_back({"does not fit", "chunk " + number(k) + " of '" + plan.constants[s.constant].name +
                                              "' has " + number(s.bounds[k + 1] - s.bounds[k]) +
                                              " bytes, its slot " +
                                              number(plan.buffers[s.buffer].bytes / s.slots)});
}

llvm::Expected<Verdict> judge(const Plan &plan, const model::Machine &machine) {
  int64_t meant = 0;
  for (const Buffer &b : plan.buffers)
    meant += b.bytes;
  for (auto [what, bytes, most] :
       {std::tuple("the plan takes ", plan.l1Bytes + plan.farBytes + plan.l3Bytes, mostWalked),
        std::tuple("its buffers have ", meant, mostMeant)})
    if (bytes > most)
      return failure(ExitCode::DoesNotFit,
                     what + llvm::Twine(bytes) + " bytes; the judge walks at most " + llvm::Twine(most));
  Verdict verdict;
  judgePlaces(plan, machine, verdict.faults);
  bool inside = llvm::all_of(plan.buffers,
                             [&](const Buffer &b) { return b.user || b.end() <= bytesOf(plan, b.level); });
  for (const Stage &s : plan.stages)
    for (int64_t k = 0; k < s.chunks(); ++k)
      inside &= s.bounds[k + 1] - s.bounds[k] <= plan.buffers[s.buffer].bytes / s.slots;
  for (const Bands &b : plan.bands)
    for (auto [begin, end] : b.bounds)
      inside &= end - begin <= plan.buffers[b.buffer].bytes / b.slots;
  if (!inside)
    return verdict;
  bool cached = machine.cache && machine.hasDma();
  if (cached && !plan.tiled.empty())
    for (const Buffer &b : plan.buffers)
      if (b.level == 2 && (b.align % machine.cache->lineBytes.value != 0 ||
                           plan.arenaAlign % machine.cache->lineBytes.value != 0))
        verdict.faults.push_back({"alignment", "buffer '" + b.name + "' may share a cache line of " +
                                                   number(machine.cache->lineBytes.value) + " bytes"});
  Memory memory(plan, cached);
  walk(plan, memory, verdict);
  verdict.faults.insert(verdict.faults.end(), memory.faults.begin(), memory.faults.end());
  return verdict;
}

} // namespace dyadic::judge
