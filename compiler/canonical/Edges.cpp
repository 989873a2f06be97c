// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs, outputs, constants, and the names under which codes are found.
#include "compiler/canonical/Translate.h"

using namespace mlir;
namespace dyadic::canonical {
namespace {

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// "3/1" as 3.
std::string number(StringRef fraction) {
  fraction.consume_back("/1");
  return fraction.str();
}

/// What a port's integers mean, for people.
std::string meaning(qint::PortAttr port) {
  auto listed = [](ArrayAttr numbers) {
    std::string all;
    for (Attribute a : numbers)
      all += (all.empty() ? "" : ", ") + number(cast<StringAttr>(a).getValue());
    return numbers.size() == 1 ? all : "[" + all + "]";
  };
  std::string code = "code", zero = number(port.getZero().getValue()), offset = listed(port.getOffset());
  if (port.getCodeMul() != 1)
    code += " * " + std::to_string(port.getCodeMul());
  if (port.getCodeAdd() != 0)
    code += " + " + std::to_string(port.getCodeAdd());
  if (zero != "0")
    code += " - " + zero;
  std::string text =
      "integer codes; real = " + (code == "code" ? code : "(" + code + ")") + " * " + listed(port.getScale());
  if (offset != "0")
    text += " + " + offset;
  auto entries = static_cast<int64_t>(std::max(port.getScale().size(), port.getOffset().size()));
  llvm::ArrayRef<int64_t> shape = port.getShape().asArrayRef();
  if (entries > 1)
    text += ", lists along axis " + std::to_string(port.getAxis()) +
            (entries > shape[port.getAxis()] ? " and those before it" : "");
  if (!port.getHead().empty())
    text += "; the original ends in " + port.getHead().str() + " of these reals along axis " +
            std::to_string(port.getHeadAxis());
  return text;
}

/// Whether a tap shows `v`, or `v` reshaped.
bool taps(qint::TapOp tap, Value v) {
  Value at = tap.getInput();
  while (at != v && at.getDefiningOp<qint::ReshapeOp>())
    at = at.getDefiningOp<qint::ReshapeOp>().getInput();
  return at == v;
}

} // namespace

void Translate::quant(Tensor &t, Type element, StringRef node, const std::string &name) {
  std::string one = graph.scalar(1);
  if (element.isSignedInteger(1)) {
    graph.quantNode("BipolarQuant", node, {t.name, one}, name, t.layout.shape);
  } else {
    int64_t bits = element.getIntOrFloatBitWidth(), lo = qint::minCode(element), hi = qint::maxCode(element);
    bool isSigned = lo < 0, narrow = isSigned ? t.range.min > lo : t.range.max < hi;
    onnx::NodeProto &n = graph.quantNode("Quant", node, {t.name, one, graph.scalar(0), graph.scalar(bits)},
                                         name, t.layout.shape);
    setInt(n, "signed", isSigned);
    setInt(n, "narrow", narrow);
    setString(n, "rounding_mode", "ROUND");
  }
  t.name = name;
}

void Translate::arguments() {
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    graph.reserve(main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName).getName().getValue());
  for (BlockArgument argument : main.getArguments()) {
    unsigned i = argument.getArgNumber();
    auto port = main.getArgAttrOfType<qint::PortAttr>(i, qint::portAttrName);
    Type element = typeOf(argument).getElementType();
    model::Range range{qint::minCode(element), qint::maxCode(element)};
    if (auto known = main.getArgAttrOfType<DenseI64ArrayAttr>(i, qint::codeRangeAttrName))
      range = {known[0], known[1]};
    Layout layout{port.getView().asArrayRef().vec(), port.getPerm().asArrayRef().vec()};
    Tensor t{port.getName().str(), layout, range};
    int64_t reach = std::max(-range.min, range.max);
    if (reach >= exactBelow) {
      InFlightDiagnostic d = emitError(argument.getLoc())
                             << "input '" << t.name << "': its codes reach " << reach
                             << " in size; float32 holds integers below 16777216 "
                                "(2^24) only. Declare or train fewer bits";
      setVerdict(d, Verdict::DoesNotFit);
      ok = false;
    }
    given.insert(t.name);
    graph.reserve(t.name);
    graph.input(t.name, port.getShape(), meaning(port));
    if (port.getShape() != port.getView()) {
      Tensor whole = t;
      t = reshaped(whole, layout.shape);
      t.layout = layout;
    }
    // The codes' own quantiser, so that the file says what may come in.
    std::string key = claimKey(argument, layout), node;
    result.inputs.push_back({port.getName().str(), key});
    for (qint::TapOp tap : main.getBody().front().getOps<qint::TapOp>())
      if (tap.getKey() == key)
        node = nodeName(tap);
    if (key.empty())
      key = graph.freshTensor(port.getName().str() + "_codes");
    quant(t, element, keyOf(node) == key ? node : key, key);
    define(argument, t);
  }
}

std::string Translate::claimKey(Value v, const Layout &layout) {
  for (qint::TapOp tap : main.getBody().front().getOps<qint::TapOp>()) {
    if (!taps(tap, v) || tap.getCodeMul() != 1 || tap.getCodeAdd() != 0)
      continue;
    std::optional<Relayout> way = relayout(layout, {tap.getView().vec(), tap.getPerm().vec()});
    if (way && !way->moves && graph.reserve(tap.getKey()))
      return tap.getKey().str();
  }
  return "";
}

void Translate::define(Value v, Tensor t) {
  if (!ok) {
    tensors[v] = std::move(t);
    return;
  }
  for (qint::TapOp tap : main.getBody().front().getOps<qint::TapOp>()) {
    if (tap.getInput() != v || tap.getKey() == t.name)
      continue;
    std::string key = tap.getKey().str(), node = nodeName(tap);
    if (keyOf(node) != key)
      node = key;
    if (!graph.reserve(key))
      continue; // a graph output or the tensor of an equal quantiser has the name
    Layout layout{tap.getView().vec(), tap.getPerm().vec()};
    std::optional<Relayout> way = relayout(t.layout, layout);
    bool same = way && !way->moves && tap.getCodeMul() == 1 && tap.getCodeAdd() == 0;
    if (same) { // a quantiser that changes nothing, as one behind a max pooling
      quant(t, typeOf(v).getElementType(), node, key);
      continue;
    }
    // Nobody reads these: they show the codes in the order and numbering of `run --codes`.
    bool maps = tap.getCodeMul() != 1 || tap.getCodeAdd() != 0;
    Tensor shown = inLayout(t, layout, maps ? "" : key);
    if (maps) {
      Tensor scaled = elementwise("Mul", shown, graph.scalar(tap.getCodeMul()), t.range, key + "_scaled");
      graph.node("Add", node, {scaled.name, graph.scalar(tap.getCodeAdd())}, key, layout.shape);
    }
  }
  tensors[v] = std::move(t);
}

std::string Translate::nameFor(Value v, const Layout &layout, StringRef node) {
  for (OpOperand &use : v.getUses()) {
    if (!isa<func::ReturnOp>(use.getOwner()))
      continue;
    auto port = main.getResultAttrOfType<qint::PortAttr>(use.getOperandNumber(), qint::portAttrName);
    if (llvm::any_of(v.getUsers(), [&](Operation *user) { // a quantiser's name goes first
          auto tap = dyn_cast<qint::TapOp>(user);
          return tap && tap.getKey() != port.getName().getValue();
        }))
      continue;
    if (port.getKey().empty() && port.getShape() == port.getView() &&
        port.getShape().asArrayRef() == ArrayRef<int64_t>(layout.shape) &&
        port.getPerm().asArrayRef() == ArrayRef<int64_t>(layout.perm) &&
        given.insert(port.getName().str()).second)
      return port.getName().str();
  }
  return graph.freshTensor((node + "_output").str());
}

void Translate::constant(qint::ConstantOp op) {
  bool data = llvm::any_of(op->getUsers(), [](Operation *user) {
    return !isa<qint::Conv2DOp, qint::DepthwiseConv2DOp, qint::MatMulOp>(user);
  });
  Layout layout = Layout::plain(typeOf(op.getResult()).getShape());
  if (!data) { // weights are written by their reader
    tensors[op.getResult()] = {"", layout, {0, 0}};
    return;
  }
  Shape values;
  model::Range range;
  for (const APInt &v : cast<DenseIntElementsAttr>(op.getValues())) {
    values.push_back(v.getSExtValue());
    range = {std::min(range.min, values.back()), std::max(range.max, values.back())};
  }
  if (sumsFit(op, std::max(-range.min, range.max), "its values"))
    define(op.getResult(), {graph.constant(nodeName(op) + "_codes", layout.shape, values), layout, range});
}

void Translate::results() {
  auto ret = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    auto port = main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName);
    std::string name = port.getName().str();
    Tensor t = of(ret.getOperand(i));
    if (t.name != name)
      inLayout(t, {port.getView().asArrayRef().vec(), port.getPerm().asArrayRef().vec()}, name,
               port.getShape());
    graph.output(name, port.getShape(), meaning(port));
  }
}

} // namespace dyadic::canonical
