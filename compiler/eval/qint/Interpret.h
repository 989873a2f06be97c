// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One pass over @main for one batch: every integer tensor in physical order.
#pragma once
#include "dialects/qint/Qint.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <vector>

namespace dyadic::eval {

using Ints = std::vector<int64_t>;
using IntsPtr = std::shared_ptr<const Ints>;

class QintInterpreter {
public:
  /// A constant is read once for all batches.
  explicit QintInterpreter(mlir::Block &body);
  llvm::Error run(llvm::ArrayRef<IntsPtr> arguments);
  const Ints &at(mlir::Value v) const { return *values.at(v); }

private:
  mlir::Block &body;
  std::map<void *, IntsPtr> constants;
  struct Table {
    IntsPtr find(mlir::Value v) const { return map.at(v.getAsOpaquePointer()); }
    const IntsPtr &at(mlir::Value v) const { return map.at(v.getAsOpaquePointer()); }
    void set(mlir::Value v, IntsPtr p) { map[v.getAsOpaquePointer()] = std::move(p); }
    std::map<void *, IntsPtr> map;
  } values;
  llvm::Error evaluate(mlir::Operation *op);
  llvm::Error store(mlir::Value v, Ints ints);
};

// The ops, physical order in and out.
Ints conv2d(qint::Conv2DOp op, const Ints &x, const Ints &w);
Ints depthwise(qint::DepthwiseConv2DOp op, const Ints &x, const Ints &w);
Ints im2col(qint::Im2ColOp op, const Ints &x);
Ints matmul(qint::MatMulOp op, const Ints &x, const Ints &w);
Ints pool(qint::PoolOp op, const Ints &x);
Ints affine(qint::AffineOp op, llvm::ArrayRef<const Ints *> terms);
llvm::Expected<Ints> rescale(qint::RescaleOp op, llvm::ArrayRef<const Ints *> terms);

// Movement.cpp
Ints transposed(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> perm, const Ints &x);
/// Result index i along axis d reads maps[d][i].
Ints gathered(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<std::vector<int64_t>> maps, const Ints &x);
Ints padded(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> pads, int64_t code, const Ints &x);
Ints concatenated(llvm::ArrayRef<mlir::RankedTensorType> types, unsigned axis,
                  llvm::ArrayRef<const Ints *> parts);

} // namespace dyadic::eval
