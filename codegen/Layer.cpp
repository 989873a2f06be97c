// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_layer_NN.c: the constants and the function of one layer.
#include "codegen/Model.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

std::string viewText(Value view) { return describe(cast<plat::ViewType>(view.getType()).getTensor()); }

/// The call of one kernel, its operands in the order of the contract.
void call(CWriter &w, const Model &model, plat::KernelOp kernel, const std::string &layerName,
          const std::string &lutName) {
  const plat::Kernel *contract = plat::findKernel(kernel.getKernel());
  std::string text = contract->symbol.str() + "(";
  bool firstArgument = true;
  for (plat::Argument argument : contract->arguments) {
    if (!firstArgument)
      text += ", ";
    firstArgument = false;
    switch (argument) {
    case plat::Argument::layer:
      text += "&" + layerName;
      break;
    case plat::Argument::lut:
      text += "&" + lutName;
      break;
    case plat::Argument::input:
      text += model.pointer(kernel.getIns().front());
      break;
    case plat::Argument::inputs: {
      std::string list = "const void *const in[] = {";
      for (auto [i, in] : llvm::enumerate(kernel.getIns()))
        list += (i ? ", " : "") + model.pointer(in);
      w.line(list + "};");
      text += "in";
      break;
    }
    case plat::Argument::weights:
      text += model.cName(model.constant(kernel.getWeightsAttr()));
      break;
    case plat::Argument::output:
      text += model.pointer(kernel.getOuts().front());
      break;
    case plat::Argument::scratch:
      text += kernel.getScratch()
                  ? "arena + " + model.offsetMacro(kernel.getScratch().getDefiningOp<plat::BufferOp>())
                  : "NULL";
      break;
    }
  }
  text += ");";
  if (text.size() > 98) { // one argument to a line
    std::string broken;
    for (size_t i = 0; i < text.size(); ++i) {
      broken += text[i];
      if (text[i] == ',') {
        w.line(broken);
        broken = "   ";
      }
    }
    text = broken;
  }
  w.line(text);
}

} // namespace

void writeHeading(CWriter &w, const Model &model, const Layer &layer) {
  const Work &first = layer.works.front();
  plat::StepOp step = first.step;
  w.opening(llvm::Twine("Layer ") + llvm::Twine(layer.number) + " of " + llvm::Twine(model.layers.size()) +
            " of " + model.name + ": " + first.kernel +
            (layer.works.size() > 1 ? " x " + std::to_string(layer.works.size()) : "") +
            (step && first.kernel != "rescale" ? ", then rescale" : "") + ".");
  w.line("//");
  if (!first.node.empty())
    w.comment("  ONNX node  " + commentText(first.node));
  if (step && step.getNode() != first.node)
    w.comment("  quantiser  " + commentText(step.getNode()));
  for (const Work &work : layer.works)
    for (Value in : work.ins)
      w.comment("  input      " + viewText(in));
  w.comment("  output     " + viewText(first.outs.front()));
  if (auto weights = model.constant(first.weights))
    w.comment("  weights    " + std::to_string(weights.getCount()) + " values [" + weights.getLayout().str() +
              "] of " + std::to_string(weights.getElement().getIntOrFloatBitWidth()) + " bits in " +
              std::to_string(plat::imageBytes(weights)) + " bytes");
  if (step)
    w.comment("  step       " + describeStep(step));
  if (auto why = first.op->getAttrOfType<StringAttr>("impl_why"))
    w.comment("  products   " + commentText(why.getValue()));
  if (first.macs)
    w.comment("  MACs       " + std::to_string(first.macs));
}

std::string wholeSignature(const Model &model, const Layer &layer) {
  return "void " + model.name + "_" + layer.tag + "(uint8_t *arena" +
         (model.hasUser() ? ", const " + model.name + "_ctx *ctx)" : std::string(")"));
}

std::string wholeCall(const Model &model, const Layer &layer) {
  return model.name + "_" + layer.tag + (model.hasUser() ? "(arena, ctx)" : "(arena)");
}

std::string writeLayer(const Model &model, const Layer &layer) {
  CWriter w;
  writeHeading(w, model, layer);
  w.include(model.name + "_plan.h");
  llvm::SetVector<llvm::StringRef> headers;
  for (plat::KernelOp kernel : layer.kernels)
    headers.insert(plat::findKernel(kernel.getKernel())->header);
  for (llvm::StringRef header : headers)
    w.include(header);
  w.line();

  llvm::SetVector<Operation *> printed;
  auto constant = [&](plat::ConstantOp c) {
    if (model.constants.lookup(c) == layer.number && printed.insert(c))
      printConstant(w, model, c, true);
  };
  auto step = [&](plat::StepOp s) {
    if (printed.insert(s))
      printStruct(w, model, plat::stepSchema, s.getParams(), s.getSymName());
  };
  auto suffix = [&](size_t i) {
    return layer.kernels.size() > 1 ? "_part_" + std::to_string(i + 1) : std::string();
  };
  for (auto [i, kernel] : llvm::enumerate(layer.kernels)) {
    auto k = const_cast<plat::KernelOp &>(kernel);
    model.references(k.getParams(), constant, step);
    printStruct(w, model, *plat::findKernel(k.getKernel())->params, k.getParams(), layer.tag + suffix(i));
    if (k.getLut()) {
      model.references(k.getLutAttr(), constant, step);
      printStruct(w, model, plat::lutSchema, k.getLutAttr(), layer.tag + "_lut" + suffix(i));
    }
  }
  w.line();
  w.block(wholeSignature(model, layer), [&] {
    if (model.hasUser())
      w.line("(void)arena, (void)ctx; // either may do");
    for (auto [i, kernel] : llvm::enumerate(layer.kernels))
      call(w, model, kernel, layer.tag + suffix(i), layer.tag + "_lut" + suffix(i));
  });
  return w.take();
}

} // namespace dyadic::codegen
