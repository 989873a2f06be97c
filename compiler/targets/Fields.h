// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schema as one walk over a target's fields: who reads, lists, explains or writes one visits them here.
#pragma once
#include "compiler/targets/Targets.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace dyadic::targets {

enum class Unit { Bytes, Cycles, Count, Hertz, BytesPerCycle };
llvm::StringRef unitName(Unit unit);

struct FigureField {
  llvm::StringRef key;
  Unit unit = Unit::Count;
  bool required = false;
  double low = 0, high = 0;
};

/// A visitor. Keys are literals, or live as long as the call.
class Fields {
public:
  virtual ~Fields() = default;
  /// A map of its own; `body` runs if `present`, or if the visitor finds it there and sets that.
  virtual void section(llvm::StringRef key, bool required, bool &present,
                       llvm::function_ref<void()> body) = 0;
  virtual void text(llvm::StringRef key, bool required, std::string &value) = 0;
  virtual void flag(llvm::StringRef key, bool &value) = 0;
  /// A number that is a choice, not a figure: no kind and source.
  virtual void number(llvm::StringRef key, int64_t low, int64_t high, bool powerOfTwo, int64_t &value) = 0;
  virtual void figure(const FigureField &field, std::optional<model::Real> &value) = 0;
};

void describe(Target &target, Fields &fields);

} // namespace dyadic::targets
