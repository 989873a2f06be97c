// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How untrusted names and values are shown to a person.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace dyadic::import_ {

/// `text` with control characters and bytes outside ASCII as \xNN, cut after `most` characters.
std::string shown(llvm::StringRef text, size_t most = 120);

/// "[1, 3, 32, 32]".
std::string shown(llvm::ArrayRef<int64_t> dims);

/// The shortest text that reads back as the same float.
std::string shown(float value);

} // namespace dyadic::import_
