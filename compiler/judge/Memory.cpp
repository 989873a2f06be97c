// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads, writes and transfers on labelled bytes; what goes wrong gets its name here.
#include "compiler/judge/Memory.h"

namespace dyadic::judge {

Label labelOf(int64_t source, int64_t moment, int64_t at) {
  return static_cast<uint64_t>(source + 1) << 44 | static_cast<uint64_t>(moment & 0x3FFFF) << 26 |
         static_cast<uint64_t>(at & 0x3FFFFFF);
}

int64_t bytesOf(const Runs &runs) {
  int64_t n = 0;
  for (Run run : runs)
    n += run.count;
  return n;
}

Memory::Memory(const Plan &plan, bool cached)
    : plan(plan), cached(cached), near(plan.l1Bytes), far(plan.farBytes), outer(plan.l3Bytes) {
  // Memory comes from the caller, who may have written there.
  for (size_t at = 0; at < far.size(); ++at)
    far[at].dirty = cached && !(plan.cleanedByInit && static_cast<int64_t>(at) < plan.l2Bytes);
}

std::string Memory::bufferName(int64_t index) const {
  return index < 0 ? "nothing" : "'" + plan.buffers[index].name + "'";
}

void Memory::fail(const std::string &kind, const std::string &what) {
  if (good()) // what follows from the first fault is no news
    faults.push_back({kind, actor + " " + what});
}

void Memory::spend(int64_t bytes) {
  spent = std::min(spent + bytes, mostTouched + 1);
  if (spent > mostTouched)
    fail("too large", "brings the plan to more than 2^32 bytes that are touched");
}

const char *Memory::kindOf(const Cell &cell, int64_t whose, int64_t user) {
  return cell.whose != whose                                ? "overlapping buffers"
         : cell.user != static_cast<int16_t>(user & 0x7FFF) ? "wrong owner"
                                                            : "missing wait";
}

void Memory::read(int64_t number, int64_t address, llvm::ArrayRef<Label> expected, int64_t whose,
                  int64_t user, const std::string &what, bool fetched) {
  spend(static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size() && good(); ++i) {
    const Cell &cell = level(number)[address + i];
    if (!cell.arriving && cell.label == expected[i] && !(cached && number == 2 && cell.stale))
      continue;
    std::string place = "reads byte " + std::to_string(i) + " of " + what;
    if (cell.arriving)
      fail(fetched ? "early reuse" : "missing wait",
           place + " while a transfer into " + bufferName(cell.whose) + " is in flight");
    else if (cell.label != expected[i] && cell.whose >= 0 && cell.whose != whose)
      fail("overlapping buffers", place + " out of " + bufferName(whose) + ", where " +
                                      bufferName(cell.whose) + " was written meanwhile");
    else if (cell.label != expected[i] && cell.label != 0 &&
             cell.user != static_cast<int16_t>(user & 0x7FFF) && number == 1)
      fail("wrong owner", place + " out of " + bufferName(whose) + ", which another operand was brought to");
    else if (cell.label != expected[i] && fetched)
      fail("early reuse", place + ", over which another part has come");
    else if (cell.label != expected[i])
      fail("missing transfer", place + ", which was never brought there");
    else
      fail("missing invalidate", place + ", which a transfer has written, through the cache");
  }
}

void Memory::write(int64_t number, int64_t address, llvm::ArrayRef<Label> labels, int64_t whose, int64_t user,
                   const std::string &what) {
  spend(static_cast<int64_t>(labels.size()));
  for (size_t i = 0; i < labels.size() && good(); ++i) {
    Cell &cell = level(number)[address + i];
    auto place = [&] { return "writes byte " + std::to_string(i) + " of " + what; };
    if (cell.readers != 0)
      fail(kindOf(cell, whose, user),
           place() + " while a transfer out of " + bufferName(cell.whose) + " still reads there");
    else if (cell.arriving)
      fail(kindOf(cell, whose, user),
           place() + " while a transfer into " + bufferName(cell.whose) + " is in flight");
    cell.label = labels[i];
    cell.whose = static_cast<int32_t>(whose);
    cell.user = static_cast<int16_t>(user & 0x7FFF);
    cell.dirty = true;
    cell.stale = false;
  }
}

void Memory::start(Flight &flight, Flight begun, int64_t source, int64_t target, int64_t user) {
  const std::string &what = begun.what;
  if (flight.active)
    return fail("missing wait",
                "starts " + what + " while " + flight.what + " is in flight at the same place");
  spend(static_cast<int64_t>(begun.labels.size()));
  size_t i = 0;
  for (Run run : begun.from)
    for (int64_t at = run.first; at < run.first + run.count && good(); ++at, ++i) {
      Cell &cell = level(begun.fromLevel)[at];
      if (cell.arriving)
        fail("missing wait", "starts " + what + ", whose source is still in flight");
      else if (cell.label != begun.labels[i] && cell.whose >= 0 && cell.whose != source)
        fail("overlapping buffers", "starts " + what + " out of " + bufferName(source) + ", where " +
                                        bufferName(cell.whose) + " was written meanwhile");
      else if (cell.label != begun.labels[i])
        fail(begun.fromLevel == 1 ? "wrong owner" : "uncovered output",
             "starts " + what + ", whose source nobody has computed yet");
      else if (cached && begun.fromLevel == 2 && cell.dirty)
        fail("missing clean", "starts " + what + ", whose source the core has written in its cache");
      ++cell.readers;
    }
  for (Run run : begun.to)
    for (int64_t at = run.first; at < run.first + run.count && good(); ++at) {
      Cell &cell = level(begun.toLevel)[at];
      if (cell.readers != 0 || cell.arriving)
        fail(kindOf(cell, target, user),
             "starts " + what + " over bytes of " + bufferName(cell.whose) + " that are in flight");
      else if (cached && begun.toLevel == 2 && cell.dirty)
        fail("missing clean", "starts " + what + " over lines that the core has written in its cache");
      cell.label = 0;
      cell.whose = static_cast<int32_t>(target);
      cell.user = static_cast<int16_t>(user & 0x7FFF);
      cell.arriving = true;
    }
  flight = std::move(begun);
  flight.active = true;
}

void Memory::wait(Flight &flight) {
  if (!flight.active)
    return;
  for (Run run : flight.from)
    for (int64_t at = run.first; at < run.first + run.count; ++at)
      --level(flight.fromLevel)[at].readers;
  size_t i = 0;
  for (Run run : flight.to)
    for (int64_t at = run.first; at < run.first + run.count; ++at, ++i) {
      Cell &cell = level(flight.toLevel)[at];
      cell.label = flight.labels[i];
      cell.arriving = false;
      cell.stale = true;
    }
  flight.active = false;
}

void Memory::clean(int64_t address, int64_t bytes, int64_t line) {
  spend(bytes + line);
  int64_t end = std::min((address + bytes + line - 1) / line * line, static_cast<int64_t>(far.size()));
  for (int64_t at = address / line * line; at < end; ++at)
    far[at].dirty = false;
}

void Memory::invalidate(int64_t address, int64_t bytes, int64_t line, const std::string &what) {
  spend(bytes + line);
  int64_t end = std::min((address + bytes + line - 1) / line * line, static_cast<int64_t>(far.size()));
  for (int64_t at = address / line * line; at < end && good(); ++at) {
    if (cached && far[at].dirty)
      fail("missing clean", "invalidates " + what + ", of which the core has written byte " +
                                std::to_string(at - address) + " in its cache");
    far[at].stale = false;
  }
}

} // namespace dyadic::judge
