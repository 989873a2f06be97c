// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The mark of arguments and results that lie in memory of the user's.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace dyadic::qint {

/// On an argument or a result of @main: no place in the arena; the user binds memory in the planned layout.
inline constexpr llvm::StringLiteral userMemoryAttrName = "qint.user_memory";

} // namespace dyadic::qint
