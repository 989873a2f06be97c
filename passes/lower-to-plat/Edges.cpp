// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ports of the network and taps on its tensors.
#include "dialects/qint/UserMemory.h"
#include "passes/Verdict.h"
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {

/// Codes a caller may see: those over which the steps were proven, else those of the type.
static std::pair<int64_t, int64_t> codeRange(Type element, qint::PortAttr port, DenseI64ArrayAttr proven) {
  int64_t lo = qint::minCode(element), hi = qint::maxCode(element);
  if (proven && proven.size() == 2) {
    lo = std::max(lo, proven[0]);
    hi = std::min(hi, proven[1]);
  }
  int64_t a = lo * port.getCodeMul() + port.getCodeAdd(), b = hi * port.getCodeMul() + port.getCodeAdd();
  return {std::min(a, b), std::max(a, b)};
}

template <typename EdgeOp>
LogicalResult Lowering::edge(Operation *op, Value view, int64_t index, qint::PortAttr port) {
  if (!port)
    return op->emitOpError() << "port " << index << " has no " << qint::portAttrName;
  constexpr bool input = std::is_same_v<EdgeOp, plat::InputOp>;
  Type element = cast<plat::ViewType>(view.getType()).getTensor().getElementType();
  DenseI64ArrayAttr proven;
  if (input)
    proven = main.getArgAttrOfType<DenseI64ArrayAttr>(index, qint::codeRangeAttrName);
  auto [lo, hi] = codeRange(element, port, proven);
  unsigned bits = lo >= -128 && hi <= (lo < 0 ? 127 : 255)         ? 8
                  : lo >= -32768 && hi <= (lo < 0 ? 32767 : 65535) ? 16
                  : lo >= INT32_MIN && hi <= INT32_MAX             ? 32
                                                                   : 64;
  Type container = lo < 0 || bits > 16 ? si(bits) : ui(bits);

  ArrayRef<int64_t> onnx = port.getView(), perm = port.getPerm();
  SmallVector<int64_t> physical;
  for (int64_t axis : perm)
    physical.push_back(onnx[axis]);
  auto onnxStrides = stridesOf(onnx), strides = stridesOf(physical);
  Box box;
  for (auto [i, axis] : llvm::enumerate(perm))
    box.axes.push_back({physical[i],
                        input ? onnxStrides[axis] : strides[i],
                        input ? strides[i] : onnxStrides[axis],
                        0,
                        physical[i],
                        {}});
  auto copy = boxParams(op, std::move(box), input ? container : element, input ? element : container);
  if (failed(copy))
    return failure();
  work.setInsertionPointToEnd(&network.getBody().front());
  EdgeOp::create(work, op->getLoc(), view, index, container, lo, hi, *copy, port);
  return success();
}

LogicalResult Lowering::inputs() {
  for (auto [i, argument] : llvm::enumerate(main.getArguments())) {
    auto type = typeOf(argument);
    Value b = buffer("input_" + std::to_string(i), plat::packedBytes(type),
                     std::max<int64_t>(4, plat::naturalAlign(type.getElementType())), plat::Owner::Caller);
    if (main.getArgAttr(i, qint::userMemoryAttrName))
      b.getDefiningOp<plat::BufferOp>().setUser(true);
    views[argument] = view(b, type);
    if (failed(edge<plat::InputOp>(main, views[argument], i,
                                   main.getArgAttrOfType<qint::PortAttr>(i, qint::portAttrName))))
      return failure();
  }
  for (Value argument : main.getArguments())
    taps(argument);
  return success();
}

/// The memory of an output becomes the user's.
static LogicalResult giveToUser(Operation *end, Value view, int64_t index) {
  plat::BufferOp home = plat::bufferOf(view);
  const char *why = !home                                    ? "is a constant"
                    : home.getUser()                         ? "lies where another output does"
                    : home.getOwner() == plat::Owner::Caller ? "lies where an input does"
                                                             : nullptr;
  if (!why) {
    home.setUser(true);
    home.setOwner(plat::Owner::Caller);
    return success();
  }
  InFlightDiagnostic error = end->emitOpError()
                             << "output " << index << " " << why
                             << ": it cannot lie in memory of the user's; use output_" << index << "=slot";
  setVerdict(error, Verdict::Usage);
  return failure();
}

LogicalResult Lowering::outputs() {
  Operation *end = main.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    Value v = viewOf(value);
    if (!v)
      return end->emitOpError() << "output " << i << " has no place in memory";
    if (main.getResultAttr(i, qint::userMemoryAttrName) && failed(giveToUser(end, v, i)))
      return failure();
    if (failed(edge<plat::OutputOp>(main, v, i,
                                    main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName))))
      return failure();
  }
  return success();
}

/// Whether every code a tap may show is an int32_t, which is what the tap function takes.
bool Lowering::fitsTap(qint::TapOp tap) const {
  Value root = rootOf(tap.getInput());
  Type element = typeOf(root).getElementType();
  int64_t lo = qint::minCode(element), hi = qint::maxCode(element);
  auto rescale = root.getDefiningOp<qint::RescaleOp>();
  if (rescale && element.getIntOrFloatBitWidth() > 1) {
    lo = rescale.getStep().getClampMin();
    hi = rescale.getStep().getClampMax();
  }
  auto fits = [](__int128 code) { return code >= INT32_MIN && code <= INT32_MAX; };
  return fits(__int128{lo} * tap.getCodeMul() + tap.getCodeAdd()) &&
         fits(__int128{hi} * tap.getCodeMul() + tap.getCodeAdd()) &&
         llvm::all_of(tap.getConstants().value_or(ArrayRef<int64_t>()), fits);
}

void Lowering::taps(Value value) {
  work.setInsertionPointToEnd(&network.getBody().front());
  SmallVector<Value> same{value};
  for (size_t i = 0; i < same.size(); ++i)
    for (Operation *user : same[i].getUsers()) {
      if (auto reshape = dyn_cast<qint::ReshapeOp>(user))
        same.push_back(reshape.getResult());
      if (auto tap = dyn_cast<qint::TapOp>(user)) {
        auto shown = plat::TapOp::create(work, tap.getLoc(), views[value], tap.getKeyAttr(),
                                         tap.getShapeAttr(), tap.getViewAttr(), tap.getPermAttr(),
                                         work.getI64IntegerAttr(tap.getCodeMul()),
                                         work.getI64IntegerAttr(tap.getCodeAdd()), tap.getKeptAttr(),
                                         tap.getConstantsAttr(), work.getI64IntegerAttr(tap.getKeptAxis()));
        if (!fitsTap(tap))
          shown->setAttr(plat::untappedAttrName, work.getUnitAttr());
      }
    }
}

} // namespace dyadic::lower_to_plat
