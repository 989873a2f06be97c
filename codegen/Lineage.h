// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each element of a view is, read back through movement and pooling to the kernels that computed it.
#pragma once
#include "codegen/Model.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <functional>
#include <optional>
#include <vector>

namespace dyadic::codegen {

struct Lineage {
  /// A kernel that has a step or sums, or a graph input.
  struct Source {
    const Work *work = nullptr;
    const Port *input = nullptr;
    bool operator==(const Source &) const = default;
  };
  /// Element `element` of what a source wrote; source -1: the integer `element` itself; `least` and `mixed`:
  /// no element, but that the others' least is taken, or the least of some and the largest of others.
  struct Item {
    int64_t source, element;
    static constexpr int64_t least = -2, mixed = -3;
    bool isMark() const { return source < -1; }
    auto operator<=>(const Item &) const = default;
  };
  std::vector<Source> sources;
  /// Of each element, again and again: what it is, or the largest of; empty: element i of the only source.
  std::vector<std::vector<Item>> from;

  /// Elements of a source that far apart are alike: indices modulo that, and the whole as short as it
  /// repeats.
  void reduce(llvm::function_ref<int64_t(const Source &)> modulus);
};

class Lineages {
public:
  explicit Lineages(const Model &model);
  /// None where some element was never written.
  std::optional<Lineage> of(mlir::Value view) const;
  /// The sources alone, in the order they are met.
  std::vector<Lineage::Source> sourcesOf(mlir::Value view) const;
  llvm::ArrayRef<const Work *> writersOf(mlir::Value view) const;
  /// Not of a tap that shows the integers of an output which no quantiser rounds.
  bool showsCodes(plat::TapOp tap) const;
  /// Whether a kernel's step gives codes that a tap shows; others make integers without rounding.
  bool givesCodes(const Work &kernel) const { return givers.contains(kernel.op); }
  /// After how many elements what a kernel with a step writes is alike.
  int64_t stepModulus(const Work &kernel) const;
  /// The same for a source that is read, not shown: codes are alike everywhere.
  int64_t readModulus(const Lineage::Source &source) const;

private:
  /// After how many elements a sum is of the same weights, or of the same channel.
  static int64_t sumModulus(const Work &kernel);

  const Model &model;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<const Work *, 1>> writers;
  llvm::DenseSet<mlir::Operation *> givers;
  mutable llvm::DenseMap<mlir::Operation *, int64_t> moduli;
};

/// Values of a packed constant.
llvm::SmallVector<int64_t> unpack(plat::ConstantOp constant);
/// The constant behind a view; null where there is none.
plat::ConstantOp constantBehind(const Model &model, mlir::Value view);

} // namespace dyadic::codegen
