// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bytes that a tile takes of an operand, as C text.
#pragma once

#include "codegen/Tiled.h"
#include "llvm/Support/Error.h"

namespace dyadic::codegen {

/// planes x lines runs of bytes, in the tensor from byte `offset`; in L1 they lie without gaps.
struct BoxText {
  std::string planes = "1u", lines = "1u", bytes;
  std::string planeStride, lineStride; ///< in the tensor; "" where the extent is 1
  std::string offset;                  ///< "" for 0
  std::string tilePlane() const;       ///< bytes of a plane in L1
  int64_t runs = 1;                    ///< planes x lines of the largest part
  bool oneRun() const { return runs == 1; }
};

/// An error where a line does not lie on whole bytes or there are more than three dimensions.
llvm::Expected<BoxText> boxOf(const TiledLayer &layer, const Stream &stream);

} // namespace dyadic::codegen
