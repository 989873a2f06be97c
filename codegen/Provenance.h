// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where integers come from, read back from the kernels, so that a certificate can be checked without the
// compiler.
#pragma once
#include "codegen/Model.h"
#include "codegen/Places.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace dyadic::codegen {

class Provenance {
public:
  explicit Provenance(const Model &model);

  /// The accumulators that a kernel's step takes, one JSON object per term.
  void printAccumulators(llvm::raw_ostream &os, const Work &kernel) const;
  /// A tap's codes as JSON: layout, and the rescales they come from. False where no step made them.
  bool printCodes(llvm::raw_ostream &os, plat::TapOp tap) const;

private:
  struct Origin {
    int64_t rescale = -1; ///< -1: a graph input
    std::string input;
    bool pooled = false, moved = false;
    int64_t begin = 0, extent = -1; ///< along the axis of a concatenation
    int64_t modulus = 1;            ///< elements that far apart are alike
    mlir::Value end;                ///< the view that holds its elements
  };
  /// What a tensor is joined of along one axis, in order; mostly one.
  struct Origins {
    int64_t axis = 0;
    llvm::SmallVector<Origin> parts;
  };
  llvm::ArrayRef<const Work *> writersOf(mlir::Value view) const;
  /// Only stores its integers in another type.
  bool widens(const Work &kernel) const;
  /// Names of the quantisers, inputs and nodes whose integers a view holds.
  void names(mlir::Value view, llvm::SmallVectorImpl<std::string> &out) const;
  std::optional<Origins> originsOf(mlir::Value view) const;
  std::optional<Origins> joined(mlir::Value view, llvm::SmallVector<const Work *> parts) const;
  /// `places`: of the sums, where they were moved.
  void printSum(llvm::raw_ostream &os, const Work &kernel, const std::optional<Places> &places) const;
  /// After how many elements channels and outputs of a kernel with a step repeat.
  int64_t kernelModulus(const Work &kernel, int depth = 2) const;
  /// How the elements of a view follow from those of what has a step, or sums.
  std::optional<Places> movedFrom(mlir::Value view) const;
  /// Values of a packed constant.
  llvm::SmallVector<int64_t> unpack(plat::ConstantOp constant) const;

  const Model &model;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<const Work *, 1>> writers;
  llvm::DenseMap<mlir::Operation *, int64_t> number;
  llvm::StringSet<> quantisers; ///< keys of all taps
  int64_t steps = 0;            ///< kernels with a step, numbered in the order they run
};

} // namespace dyadic::codegen
