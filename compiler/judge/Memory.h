// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory in which every byte knows whose byte it holds and who is at it: what the judge runs a plan on.
#pragma once
#include "compiler/judge/Plan.h"

namespace dyadic::judge {

/// Names a fault: "missing wait", and what was found.
struct Fault {
  std::string kind, what;
  std::string text() const { return kind + ": " + what; }
};

/// What a byte means: byte `at` of what was written to a buffer at moment `moment`, or of a constant. 0:
/// nothing.
using Label = uint64_t;
constexpr int64_t mostWalked = int64_t(1) << 25;  ///< bytes of all levels together
constexpr int64_t mostMeant = int64_t(1) << 27;   ///< bytes of all buffers, which may share them
constexpr int64_t mostTouched = int64_t(1) << 32; ///< bytes, in two inferences
Label labelOf(int64_t source, int64_t moment, int64_t at);

/// Consecutive bytes of a level, or of a tensor.
struct Run {
  int64_t first = 0, count = 0;
};
using Runs = std::vector<Run>;
int64_t bytesOf(const Runs &runs);

/// One transfer in flight.
struct Flight {
  bool active = false;
  int64_t fromLevel = 3, toLevel = 2;
  Runs from, to; ///< addresses; of constants none
  std::vector<Label> labels;
  std::string what;
  int64_t version = -1; ///< which part of its operand
};

class Memory {
public:
  /// `cached`: the cores see L2 through a cache that transfers go past.
  Memory(const Plan &plan, bool cached);

  /// Who acts, for the texts of faults.
  std::string actor;
  std::vector<Fault> faults;
  bool good() const { return faults.empty(); }
  void fail(const std::string &kind, const std::string &what);
  /// A plan written to take for ever ends.
  void spend(int64_t bytes);

  /// The core reads bytes that shall hold `expected`, which it names `what`; `whose` is the buffer that holds
  /// them. `fetched`: they lay there before.
  void read(int64_t level, int64_t address, llvm::ArrayRef<Label> expected, int64_t whose, int64_t user,
            const std::string &what, bool fetched);
  /// The core writes.
  void write(int64_t level, int64_t address, llvm::ArrayRef<Label> labels, int64_t whose, int64_t user,
             const std::string &what);

  /// A transfer of bytes that shall hold `labels` begins; `source` and `target` are the buffers' numbers.
  void start(Flight &flight, Flight begun, int64_t source, int64_t target, int64_t user);
  void wait(Flight &flight);

  /// Rules of the cache before L2, of all lines of some bytes.
  void clean(int64_t address, int64_t bytes, int64_t line);
  void invalidate(int64_t address, int64_t bytes, int64_t line, const std::string &what);

private:
  struct Cell {
    Label label = 0;
    int32_t whose = -1; ///< the buffer that was last written here
    int16_t user = -1;  ///< the stream that brought it, modulo 2^15; -1: none
    uint8_t readers = 0;
    bool arriving : 1, dirty : 1, stale : 1;
    Cell() : arriving(false), dirty(false), stale(false) {}
  };
  std::vector<Cell> &level(int64_t number) { return number == 1 ? near : number == 2 ? far : outer; }
  /// What it is called when bytes that are in flight are written.
  static const char *kindOf(const Cell &cell, int64_t whose, int64_t user);
  std::string bufferName(int64_t index) const;

  const Plan &plan;
  bool cached;
  int64_t spent = 0;
  std::vector<Cell> near, far, outer; ///< L1, L2, L3 as far as activations lie there
};

} // namespace dyadic::judge
