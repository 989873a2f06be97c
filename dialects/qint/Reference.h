// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each qint op computes, on plain integers in physical order.
#pragma once

#include "dialects/qint/Qint.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace dyadic::qint {

using Ints = std::vector<int64_t>;

Ints conv2d(Conv2DOp op, const Ints &x, const Ints &w);
Ints depthwise(DepthwiseConv2DOp op, const Ints &x, const Ints &w);
Ints im2col(Im2ColOp op, const Ints &x);
Ints matmul(MatMulOp op, const Ints &x, const Ints &w);
Ints pool(PoolOp op, const Ints &x);
Ints affine(AffineOp op, llvm::ArrayRef<const Ints *> terms);
llvm::Expected<Ints> rescale(RescaleOp op, llvm::ArrayRef<const Ints *> terms);

// ReferenceMovement.cpp
Ints transposed(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> perm, const Ints &x);
/// For each axis, the input index of each result index.
std::vector<Ints> mapsOf(SliceOp op);
std::vector<Ints> mapsOf(GatherOp op);
/// Result index i along axis d reads maps[d][i].
Ints gathered(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<Ints> maps, const Ints &x);
Ints padded(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> pads, int64_t code, const Ints &x);
Ints concatenated(llvm::ArrayRef<mlir::RankedTensorType> types, unsigned axis,
                  llvm::ArrayRef<const Ints *> parts);

} // namespace dyadic::qint
