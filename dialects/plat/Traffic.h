// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who touches which tensor in L2, cores or a transfer engine.
#pragma once

#include "dialects/plat/Plat.h"

namespace dyadic::plat {

enum class Access { CoreReads, CoreWrites, EngineReads, EngineWrites };

/// What one op of the network's body does in L2, reads first; `what` is a view, a stage or a buffer.
/// Transfers of a layer's run begin and end within it, but for those of stages, which are in L1 by then or
/// are read where they lie.
void traffic(mlir::Operation *op, llvm::function_ref<void(Access, mlir::Value what)> touch);

/// The buffer in L2 that a view, stage or buffer lies in; null for constants and for L1.
BufferOp homeOf(mlir::Value what);

} // namespace dyadic::plat
