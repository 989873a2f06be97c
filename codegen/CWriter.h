// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints C: comments, rows of numbers, initialisers, indented blocks.
#pragma once

#include "dialects/plat/Plat.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace dyadic::codegen {

/// Text of one C file. Lines are printed with the current indentation.
class CWriter {
public:
  CWriter() : os(buffer) {}
  CWriter &line(const llvm::Twine &text = "");
  /// A line that is broken behind commas and before operators where it is longer than 100 columns.
  CWriter &statement(const llvm::Twine &text);
  /// Long comments are wrapped at 100 columns.
  CWriter &comment(const llvm::Twine &text);
  /// "head {", the body one step further in, "}" and `tail`.
  CWriter &block(const llvm::Twine &head, llvm::function_ref<void()> body, const llvm::Twine &tail = "");
  CWriter &include(llvm::StringRef header, bool system = false);
  /// SPDX line and what the file is.
  CWriter &opening(const llvm::Twine &sentence);
  /// The elements of a constant, several to a row, without braces.
  CWriter &numbers(plat::ConstantOp constant);
  std::string take() { return std::move(buffer); }

private:
  std::string buffer;
  llvm::raw_string_ostream os;
  unsigned depth = 0;
};

/// The C type of a constant's elements.
llvm::StringRef cTypeOf(plat::ConstantOp constant);
/// int8_t .. uint64_t.
llvm::StringRef cTypeOf(mlir::Type container);
/// A literal that has this value whatever its type.
std::string literal(int64_t value);
/// Number of elements of a constant's C array.
int64_t cElements(plat::ConstantOp constant);

} // namespace dyadic::codegen
