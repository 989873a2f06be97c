// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decides for each graph input whether a quantiser gives its codes or a lattice must be declared.
#include "compiler/import/Import.h"
#include "compiler/import/Text.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include <set>
#include <vector>

using namespace mlir;
namespace dyadic::import_ {
namespace {

bool isConstant(Value v) {
  return isa_and_nonnull<qonnx::ConstantOp, qonnx::QuantConstantOp>(v.getDefiningOp());
}
bool isQuantiser(Operation *op) {
  return isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op);
}

/// Ops that a quantiser behind them can be pulled in front of: each element goes its own way.
bool isPreprocessing(Operation *op, Value from) {
  if (isa<qonnx::TransposeOp, qonnx::ReshapeOp, qonnx::SliceOp, qonnx::PadOp, qonnx::ResizeOp, qonnx::ReluOp,
          qonnx::LeakyReluOp, qonnx::PReluOp, qonnx::ClipOp, qonnx::NegOp, qonnx::AbsOp, qonnx::BatchNormOp>(
          op))
    return true;
  if (!isa<qonnx::AddOp, qonnx::SubOp, qonnx::MulOp, qonnx::DivOp>(op))
    return false;
  Value other = op->getOperand(0) == from ? op->getOperand(1) : op->getOperand(0);
  return other != from && isConstant(other) && op->getResult(0).getType() == from.getType();
}

/// What one op on the way means: equal steps are equal sequences of uniqued attributes.
using Step = std::vector<const void *>;

Step stepOf(Operation *op, const void *before) {
  NamedAttrList list(op->getAttrDictionary());
  list.erase("key");
  Step step{before, op->getName().getAsOpaquePointer(),
            list.getDictionary(op->getContext()).getAsOpaquePointer(),
            op->getResult(0).getType().getAsOpaquePointer()};
  for (Value v : op->getOperands())
    step.push_back(isConstant(v) ? v.getDefiningOp()->getAttrDictionary().getAsOpaquePointer() : nullptr);
  return step;
}

/// All ways from one input to quantisers. A way is known by its last step, which knows the one before.
class Search {
public:
  Operation *quantiser = nullptr; ///< the first one met
  Operation *obstacle = nullptr;  ///< the first one where a path goes elsewhere
  bool differ = false;

  explicit Search(Value input) {
    const Step *end = nullptr;
    SmallVector<std::pair<Value, const Step *>> pending{{input, nullptr}};
    while (!pending.empty()) {
      auto [value, way] = pending.pop_back_val();
      for (Operation *user : value.getUsers()) {
        bool stops = isQuantiser(user);
        if (!stops && !isPreprocessing(user, value)) {
          if (!obstacle || user->isBeforeInBlock(obstacle))
            obstacle = user;
          continue;
        }
        const Step *next = &*steps.insert(stepOf(user, way)).first;
        if (!stops) {
          pending.emplace_back(user->getResult(0), next);
          continue;
        }
        differ |= end && end != next;
        end = next;
        if (!quantiser || user->isBeforeInBlock(quantiser))
          quantiser = user;
      }
    }
  }

private:
  std::set<Step> steps;
};

std::string nameOf(Operation *op) {
  if (isa<func::ReturnOp>(op))
    return "a graph output";
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return std::string("'").append(shown(name.getName().getValue())).append("'");
  return op->getName().getStringRef().str();
}

/// For a shell, in single quotes.
std::string quoted(llvm::StringRef text) {
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// `tell`: why nothing gives its codes.
LogicalResult settleInput(func::FuncOp function, unsigned k, bool tell) {
  if (function.getArgAttr(k, "qonnx.lattice") || function.getArgAttr(k, "qonnx.input_quantiser"))
    return success();
  Value argument = function.getArgument(k);
  auto name = function.getArgAttrOfType<StringAttr>(k, "qonnx.name");
  std::string raw = name ? name.getValue().str() : "input " + std::to_string(k);
  Search search(argument);
  Builder b(function.getContext());
  if (search.quantiser && !search.obstacle && !search.differ) {
    function.setArgAttr(k, "qonnx.input_quantiser", search.quantiser->getAttrOfType<StringAttr>("key"));
    return success();
  }
  if (auto type = function.getArgAttrOfType<TypeAttr>(k, "qonnx.element_type")) {
    auto integer = dyn_cast<IntegerType>(type.getValue());
    if (!integer && !tell)
      return failure();
    if (!integer)
      return emitError(argument.getLoc()) << "qonnx.element_type is no integer type";
    auto zero = b.getStringAttr("0"), one = b.getStringAttr("1");
    function.setArgAttr(k, "qonnx.lattice",
                        qonnx::LatticeAttr::get(function.getContext(), integer.getWidth(), integer.isSigned(),
                                                one, zero, b.getArrayAttr({zero}), b.getArrayAttr({one})));
    return success();
  }
  if (!tell)
    return failure();
  std::string why = search.obstacle ? "it reaches " + nameOf(search.obstacle) + " without a quantiser"
                    : search.differ ? "its paths reach different quantisers"
                                    : "nothing reads it";
  return emitError(argument.getLoc()) << "input '" << shown(raw) << "' has no codes: " << why
                                      << "; either every path quantises it alike, or you declare the lattice "
                                         "its values lie on; add for example --input "
                                      << quoted(shown(raw) + ":bits=8,signed,scale=1/128");
}
} // namespace

static LogicalResult settleAll(ModuleOp module, bool tell) {
  bool good = true;
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned k = 0; k < function.getNumArguments(); ++k)
      good &= succeeded(settleInput(function, k, tell));
  return success(good);
}

LogicalResult checkInputs(ModuleOp module) { return settleAll(module, true); }
void settleInputs(ModuleOp module) { (void)settleAll(module, false); }

} // namespace dyadic::import_
