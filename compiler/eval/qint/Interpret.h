// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One pass over @main for one batch: every integer tensor in physical order.
#pragma once
#include "dialects/qint/Reference.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <memory>

namespace dyadic::eval {

using qint::Ints;
using IntsPtr = std::shared_ptr<const Ints>;

class QintInterpreter {
public:
  /// A constant is read once for all batches.
  explicit QintInterpreter(mlir::Block &body);
  llvm::Error run(llvm::ArrayRef<IntsPtr> arguments);
  const Ints &at(mlir::Value v) const { return *values.at(v); }

private:
  mlir::Block &body;
  std::map<void *, IntsPtr> constants;
  struct Table {
    IntsPtr find(mlir::Value v) const { return map.at(v.getAsOpaquePointer()); }
    const IntsPtr &at(mlir::Value v) const { return map.at(v.getAsOpaquePointer()); }
    void set(mlir::Value v, IntsPtr p) { map[v.getAsOpaquePointer()] = std::move(p); }
    std::map<void *, IntsPtr> map;
  } values;
  llvm::Error evaluate(mlir::Operation *op);
  llvm::Error store(mlir::Value v, Ints ints);
};

} // namespace dyadic::eval
