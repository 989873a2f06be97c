// What is known of a machine: cores, memories, transfers and what they cost, each figure with its origin.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dyadic::model {

enum class FigureKind { Measured, Published, Assumed, SetByUser };
const char *toString(FigureKind kind);

/// A number and where it comes from.
template <class T> struct Figure {
  T value{};
  FigureKind kind = FigureKind::Assumed;
  std::string source;
};
using Whole = Figure<int64_t>; ///< bytes, counts, hertz
using Real = Figure<double>;   ///< cycles, bytes per cycle

/// One core's instructions, in cycles without stalls. What is not stated, the core does not have or nobody
/// measured.
struct CoreCosts {
  std::optional<Real> multiply, multiplyHigh, multiplyAccumulate, divide;
  std::optional<Real> load, loadUse, store; ///< loadUse: more if the next instruction uses what was loaded
  std::optional<Real> branchTaken, branchNotTaken, call;
};

/// What a kernel takes on one core with operands in the nearest level.
struct KernelCosts {
  /// Cycles per multiply-accumulate by bits of weights and of activations, from {1, 2, 4, 8, 16}.
  std::map<std::pair<unsigned, unsigned>, Real> mac;
  std::optional<Real>
      element; ///< per element read or written, where nothing is multiplied (pool, elementwise, move)
  std::optional<Real> output;     ///< per output element: rescale, saturate, store
  std::optional<Real> im2colByte; ///< per byte gathered
  std::optional<Real> call;       ///< per call of the kernel

  /// The least stated widths that hold both, else the widest; none where no width is stated.
  const Real *macCycles(unsigned weightBits, unsigned activationBits) const;
};

/// Kernels of one kind share their inner loop.
enum class KernelClass { Conv, Depthwise, Matmul, Matvec, Lookup, Pool, Elementwise, Move };
constexpr unsigned kernelClasses = 8;
const char *toString(KernelClass kernel);

struct Cluster {
  Whole cores;
  Whole stackBytesFirst; ///< of core 0, in L1
  Whole stackBytes;      ///< of each other core, in L1
  Real forkCycles, forkCyclesPerCore;
  Real barrierCycles;

  int64_t stacks() const { return stackBytesFirst.value + (cores.value - 1) * stackBytes.value; }
  double fork(int64_t team) const {
    return forkCycles.value + forkCyclesPerCore.value * static_cast<double>(team);
  }
};

struct MemoryLevel {
  std::string memory;               ///< "DTCM", "AXI SRAM"
  std::optional<Whole> bytes;       ///< all that a program has of it; none: no stated limit
  std::optional<Whole> reserved;    ///< of these, for code, runtime and the stacks that are not the cluster's
  std::optional<Whole> bufferBytes; ///< at most this for buffers, whatever else would be free
  std::optional<Whole> banks;       ///< word-interleaved; n cores on one bank wait n cycles
  std::optional<Real> access;       ///< cycles of a load or store by the cores that compute
  int64_t alignBytes = 8;           ///< of buffers; a power of two
  bool readOnly = false;            ///< flash
  bool addressable = true;          ///< false: cores reach it by transfers only
  bool doubleBuffering = true;      ///< false: nothing comes here before its turn
};

/// Bytes between two levels: setup + bytes / rate, and `line` more for each line of a 2-D or 3-D transfer.
/// The outer side may have a pitch, the inner side is packed.
struct TransferEngine {
  std::string engine;                   ///< "cluster DMA", "memcpy"
  Real setup;                           ///< issue to completion of an empty transfer
  Real bytesPerCycleIn;                 ///< towards the cores
  std::optional<Real> bytesPerCycleOut; ///< none: cannot go there
  std::optional<Real> line;             ///< none with one dimension
  int64_t dimensions = 1;               ///< 1, 2 or 3
  int64_t alignBytes = 1;               ///< of addresses and sizes
  std::optional<Whole> maxBytes;        ///< of one command
  std::optional<Whole> channels;        ///< commands in flight
  bool blocking = false;                ///< the core copies or waits: nothing overlaps
  bool duplex = false;                  ///< both directions at once at full rate

  /// Of one transfer, in as many commands as it needs.
  double cycles(int64_t bytes, int64_t lines, bool in) const;
};

/// Of the data cache before everything that is no tightly coupled memory.
struct Cache {
  Whole lineBytes;
  bool needsClean = false;      ///< before an engine reads what a core wrote
  bool needsInvalidate = false; ///< before a core reads what an engine wrote
  std::optional<Real> line;     ///< cycles to clean or forget one line
};

struct Machine {
  std::string name, isa, port;
  std::optional<Whole> clockHz;
  CoreCosts core;
  std::array<KernelCosts, kernelClasses> kernels;
  std::optional<Cluster> cluster; ///< none: one core
  std::optional<MemoryLevel> l1, l3;
  MemoryLevel l2;
  std::optional<TransferEngine> l2ToL1, l3ToL2, l3ToL1;
  std::string simd; ///< "none", "dsp", "mve", "xpulpv2"
  bool tcm = false; ///< L1 is tightly coupled memory that no cache shadows
  std::optional<Cache> cache;

  int64_t cores() const { return cluster ? cluster->cores.value : 1; }
  const MemoryLevel *level(unsigned number) const; ///< 1 to 3; null: the machine has none
  const TransferEngine *engine(unsigned outer, unsigned inner) const;
  const KernelCosts &kernel(KernelClass which) const { return kernels[static_cast<size_t>(which)]; }

  /// Layers are split into tiles for L1: it is there and its size is stated.
  bool hasTiles() const { return l1 && l1->bytes; }
  bool hasDma() const; ///< some engine works while the cores do
  /// Where buffers of L2 and arenas begin and end: on cache lines where engines move bytes past the cache.
  int64_t lineBytes() const { return cache && hasDma() ? cache->lineBytes.value : 8; }
  /// Bytes left for buffers: less what is reserved, less the cluster's stacks in L1, at most buffer_bytes.
  /// None: no stated limit.
  std::optional<int64_t> room(unsigned level) const;
  /// Cycles of one multiplication, rounded up; 1 where nothing is stated.
  int64_t multiplyCycles() const;
};

} // namespace dyadic::model
