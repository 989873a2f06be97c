// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SHA-256 as text, through LLVM's.
#include "llvm/Support/SHA256.h"
#include "compiler/output/OutputSet.h"
#include "llvm/ADT/StringExtras.h"

namespace dyadic {

std::string sha256(llvm::StringRef bytes) {
  std::array<uint8_t, 32> digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes));
  return llvm::toHex(digest, true);
}

} // namespace dyadic
