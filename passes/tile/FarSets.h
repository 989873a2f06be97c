// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which activations may lie in L3 together, and what L2 holds at least without them.
#pragma once

#include "passes/tile/Apart.h"
#include "passes/tile/Supply.h"
#include "llvm/ADT/SetVector.h"

namespace dyadic::tile {

/// For as long as it is asked, each layer that works in place has its output in a buffer of its own, so that
/// either may go to L3: what stays is only said to be joined (FarChoice).
class FarSets {
public:
  FarSets(plat::NetworkOp network, const Planned &planned, const model::Machine &machine);

  using Set = llvm::SmallSetVector<mlir::Operation *, 8>;

  /// From now on L1 keeps these: they neither lie in L2 nor go to L3.
  void keep(const Kept &near);

  /// From none on, each with one buffer more: the largest of the layer that has most in L2, as long as L2
  /// need hold no more than before. And of each of these what is left without those that change nothing. So
  /// what a small L2 has to choose from a large one has as well; only buffers of fewer than `small` bytes
  /// stay once L2 need hold no more than `room`.
  std::vector<Set> sets(int64_t room, int64_t small) const;
  /// The set with this buffer more, or less; none where a layer has no bands for it, or L3 no room.
  std::optional<Set> toggled(const Set &set, mlir::Operation *buffer) const;
  /// Buffers that may go, of so many bytes or more.
  Set movable(int64_t small) const;

  /// Every layer takes of its bands those of most bytes up to `limit`, or the fewest; none where one has
  /// none.
  std::optional<FarChoice> choice(const Set &set, int64_t limit) const;
  /// No plan has less in L2, constants included.
  int64_t leastBytes(const FarChoice &choice) const;
  /// No plan takes fewer cycles: all weights are at hand.
  double leastCycles(const FarChoice &choice) const;

  /// In place again wherever the choice says joined.
  std::vector<Apart> apart;

private:
  using Joined = llvm::DenseMap<mlir::Operation *, mlir::Operation *>;
  void takeAllApart();
  void look();
  bool mayGo(plat::BufferOp buffer) const;
  bool works(size_t layer, const Set &set) const;
  bool fitsFar(const Set &set) const;
  Joined joinedOf(const Set &set) const;
  const std::vector<model::BandOption> &bandsOf(size_t layer, const Set &set) const;
  mlir::Operation *heaviest(const Set &set, const Set &refused) const;

  mutable plat::NetworkOp network;
  const Planned &planned;
  const model::Machine &machine;
  llvm::DenseMap<mlir::Operation *, size_t> numbers; ///< of the tiled layers
  Alive live;
  llvm::SmallSetVector<mlir::Operation *, 16> candidates;
  Kept near;
  int64_t constants = 0;
};

} // namespace dyadic::tile
