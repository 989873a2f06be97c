// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Colour only where a person looks.
#pragma once
#include "llvm/Support/raw_ostream.h"

namespace dyadic {

enum class Tint { Error, Warning, Note, Name, Good, Faint };

/// stderr is a terminal, it is not dumb, and NO_COLOR is not set.
bool errorsOnTerminal();

/// `text` in a colour if errorsOnTerminal(), as it is otherwise.
std::string tinted(Tint tint, llvm::StringRef text);

} // namespace dyadic
