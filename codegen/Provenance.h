// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where integers come from, read back from the kernels, so that a certificate can be checked without the
// compiler.
#pragma once
#include "codegen/Lineage.h"
#include <set>

namespace dyadic::codegen {

class Provenance {
public:
  explicit Provenance(const Model &model);

  /// The accumulators that a kernel's step takes, one JSON object per term.
  void printAccumulators(llvm::raw_ostream &os, const Work &kernel) const;
  /// A tap's codes as JSON: layout, and the rescales they come from. False where no step made them.
  bool printCodes(llvm::raw_ostream &os, plat::TapOp tap) const;

private:
  static mlir::RankedTensorType tensorOf(mlir::Value view);
  static llvm::StringRef nodeOfStep(const Work &kernel);
  static llvm::StringRef nameOf(const Port &port); ///< of its quantiser, or its own
  /// A tensor that boxes fill which follow each other along one axis.
  struct Joint {
    struct Part {
      int64_t begin, extent;
      mlir::Value view;
    };
    int64_t axis = 0;
    llvm::SmallVector<Part> parts;
  };
  /// Whether a box is filled in the order of what it is filled with.
  bool keepsOrder(const Work &part) const;
  std::optional<Joint> jointOf(mlir::Value view) const;
  /// Names of the quantisers, inputs and nodes whose integers a view is made of.
  void names(mlir::Value view, llvm::SmallVectorImpl<std::string> &out) const;
  /// Rescales that round nothing, by number, and their elements; below -1: sums that are read as they are;
  /// -1: codes.
  using Makers = std::set<std::pair<int64_t, int64_t>>;
  /// By channel of what a sum reads: which elements of rescales that round nothing.
  void printMade(llvm::raw_ostream &os, const Work &kernel) const;
  void printKnown(llvm::raw_ostream &os, const Work &kernel, llvm::ArrayRef<Makers> channels,
                  int64_t groups) const;
  void printSum(llvm::raw_ostream &os, const Work &kernel) const;
  void printSource(llvm::raw_ostream &os, const Lineage::Source &source) const;
  bool printOrigin(llvm::raw_ostream &os, mlir::Value view) const;

  const Model &model;
  Lineages lineages;
  llvm::DenseMap<mlir::Operation *, int64_t> number;
  int64_t steps = 0; ///< kernels with a step, numbered in the order they run
};

} // namespace dyadic::codegen
