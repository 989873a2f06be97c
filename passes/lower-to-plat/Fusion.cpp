// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values share memory, when a value is needed last, and which step a kernel can apply itself.
#include "passes/lower-to-plat/Context.h"

#include "dialects/qint/StepArrays.h"

#include <limits>

using namespace mlir;
namespace dyadic::lower_to_plat {

Value rootOf(Value value) {
  while (auto reshape = value.getDefiningOp<qint::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

void Lowering::findLastUses() {
  Block &body = main.getBody().front();
  int64_t index = 0;
  for (Operation &op : body)
    position[&op] = index++;
  auto use = [&](Value v, int64_t at) { lastUse[rootOf(v)] = std::max(lastUse.lookup(rootOf(v)), at); };
  for (Operation &op : body) {
    if (isa<qint::TapOp, qint::ReshapeOp>(op))
      continue;
    int64_t at = position[&op];
    if (isa<qint::Im2ColOp>(op)) // runs inside the products that read it
      for (Operation *user : op.getUsers())
        at = std::max(at, position[user]);
    if (op.hasTrait<OpTrait::IsTerminator>())
      at = std::numeric_limits<int64_t>::max();
    for (Value v : op.getOperands())
      use(v, at);
  }
}

bool Lowering::diesAt(Value value, Operation *op) const {
  return lastUse.lookup(rootOf(value)) <= position.lookup(op);
}

qint::RescaleOp Lowering::epilogueOf(Value acc) const {
  int64_t channels = typeOf(acc).getShape().empty() ? 1 : typeOf(acc).getShape().back();
  bool pool = acc.getDefiningOp<qint::PoolOp>();
  Value v = acc;
  while (v.hasOneUse()) {
    Operation *user = *v.user_begin();
    if (auto reshape = dyn_cast<qint::ReshapeOp>(user)) {
      v = reshape.getResult();
      continue;
    }
    auto rescale = dyn_cast<qint::RescaleOp>(user);
    if (!rescale || rescale.getTerms().size() != 1)
      return {};
    qint::StepAttr step = rescale.getStep();
    // The kernel knows the channel of an accumulator, a window sum also its row and column.
    bool perChannel = step.getChannels() == 1 || (step.getPeriod() == 1 && step.getChannels() == channels);
    return perChannel || pool ? rescale : qint::RescaleOp();
  }
  return {};
}

Value Lowering::resultOf(Value acc) const {
  if (qint::RescaleOp rescale = epilogueOf(acc))
    return rescale.getResult();
  return acc;
}

} // namespace dyadic::lower_to_plat
