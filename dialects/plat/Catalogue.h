// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel catalogue: what each kernel of runtime-c expects, so that the IR can be checked against it and C
// be written from it. A fast kernel for one ISA is a further entry.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace dyadic::plat {

/// What a field of a runtime struct holds and how the parameter dictionary gives it.
enum class FieldKind {
  number,  ///< IntegerAttr
  nested,  ///< DictionaryAttr: a struct within the struct
  list,    ///< ArrayAttr of DictionaryAttr: an array of structs within the struct, the rest of it zero
  pointer, ///< DictionaryAttr: a struct of its own, or absent: null
  array,   ///< name of a constant, or absent: null
  step     ///< name of a step, or absent: null
};
struct StructSchema;
struct Field {
  llvm::StringLiteral name;
  FieldKind kind = FieldKind::number;
  const StructSchema *schema = nullptr;        ///< of nested, list and pointer
  llvm::ArrayRef<llvm::StringLiteral> names{}; ///< of a number that is an enum in C: its constants from 0 up
};
struct StructSchema {
  llvm::StringLiteral cType;
  llvm::ArrayRef<Field> fields; ///< in the order of the C struct
};

/// The arguments of a kernel's C function, in order.
enum class Argument { layer, lut, input, inputs, weights, output, scratch };

/// What a field of the layer struct becomes in a tile: a number of the tile's segment of one axis of the
/// output.
enum class TileNumber {
  outCount, ///< positions of the output
  inCount,  ///< positions of the input that its windows read
  padding,  ///< of these windows, before the first position
  elements  ///< elements of the tile's output, whatever the axis
};
enum class TileAxis { images, rows, columns, channels, inputs };
struct TileField {
  llvm::StringLiteral path; ///< "h.in"
  TileAxis axis;
  TileNumber number;
};

struct Kernel {
  llvm::StringLiteral name;
  llvm::StringLiteral symbol; ///< C function
  llvm::StringLiteral header; ///< the header that declares it; sources follow from includes
  const StructSchema *params;
  llvm::ArrayRef<Argument> arguments;
  llvm::StringLiteral weightLayout;                      ///< empty: takes no weights
  uint64_t (*scratchBytes)(mlir::DictionaryAttr params); ///< null: none
  /// Bound of the stack below the call on a 32-bit machine; the tests hold it against -fstack-usage.
  unsigned stackBytes;
  llvm::StringLiteral part = ""; ///< C function that works on a dyadic_part; empty: whole layers only
  llvm::ArrayRef<TileField> tileFields = {}; ///< fields that a tile changes
  llvm::StringLiteral segment = ""; ///< C function that sums up some of the input channels; empty: none

  bool takes(Argument a) const { return llvm::is_contained(arguments, a); }
};

/// Null when there is no such kernel.
const Kernel *findKernel(llvm::StringRef name);
llvm::ArrayRef<Kernel> kernels();

extern const StructSchema stepSchema;
extern const StructSchema lutSchema;
extern const StructSchema gatherSchema;

/// What is wrong with a parameter dictionary, or nothing: a missing number, an unknown field, a wrong kind.
std::optional<std::string> mismatch(const StructSchema &schema, mlir::DictionaryAttr params);

/// An integer at a dotted path below a dictionary, 0 where it is absent.
int64_t numberAt(mlir::DictionaryAttr params, llvm::StringRef path);

/// The parameters with some of the input channels only, as a tile has them that sums up a segment of these.
mlir::DictionaryAttr withInputs(const Kernel &kernel, mlir::DictionaryAttr params, int64_t inputs);
/// How many there are to sum over; 0 where its sums may not stay from one segment to the next.
int64_t inputChannels(const Kernel &kernel, mlir::DictionaryAttr params);

/// {bits, is_signed} of a storage type, and back.
mlir::DictionaryAttr typeParams(mlir::Type element);

} // namespace dyadic::plat
