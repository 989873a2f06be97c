// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The same work on many numbers, in processes that begin as copies of this one.
#pragma once
#include "compiler/Failure.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace dyadic::explore {

/// Calls work(0) .. work(count - 1), each once, in up to `jobs` processes; what it leaves behind must be
/// files. `progress` gets the number of those done, here. The first failure stops the rest; when this process
/// ends early, the others end after the call they are in.
llvm::Error runForked(size_t count, unsigned jobs, llvm::function_ref<llvm::Error(size_t)> work,
                      llvm::function_ref<void(size_t)> progress);

} // namespace dyadic::explore
