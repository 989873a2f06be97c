// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks @main and gives each op to the file that writes it.
#include "compiler/canonical/Translate.h"
#include "compiler/Failure.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
namespace dyadic::canonical {

std::string nodeName(Operation *op) {
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  if (auto node = op->getAttrOfType<StringAttr>("node"))
    return node.str();
  return op->getName().stripDialect().str();
}

std::string keyOf(StringRef node) {
  node.consume_front("/");
  std::string key = node.str();
  std::replace(key.begin(), key.end(), '/', '|');
  return key;
}

InFlightDiagnostic Translate::refuse(Operation *op, Verdict verdict) {
  ok = false;
  InFlightDiagnostic d = op->emitError() << "node '" << nodeName(op) << "': ";
  setVerdict(d, verdict);
  return d;
}

bool Translate::sumsFit(Operation *op, int64_t reach, const char *what) {
  if (reach < exactBelow) {
    result.largestSum = std::max(result.largestSum, reach);
    return true;
  }
  refuse(op, Verdict::DoesNotFit)
      << what << " reach " << reach
      << " in size; the canonical form is computed in float32, which is exact below " << exactBelow
      << " (2^24) only. Use narrower weights or activations in this layer; the C needs no such bound";
  return false;
}

void Translate::translate(Operation *op) {
  TypeSwitch<Operation *>(op)
      .Case([&](qint::ConstantOp o) { constant(o); })
      .Case([&](qint::Conv2DOp o) { conv(o); })
      .Case([&](qint::DepthwiseConv2DOp o) { depthwise(o); })
      .Case([&](qint::MatMulOp o) { matmul(o); })
      .Case([&](qint::PoolOp o) { pool(o); })
      .Case([&](qint::RescaleOp o) { rescale(o); })
      .Case([&](qint::AffineOp o) { affine(o); })
      .Case([&](qint::TransposeOp o) { transpose(o); })
      .Case([&](qint::ReshapeOp o) { define(o.getResult(), of(o.getInput())); })
      .Case([&](qint::PadOp o) { pad(o); })
      .Case([&](qint::SliceOp o) { slice(o); })
      .Case([&](qint::GatherOp o) { gather(o); })
      .Case([&](qint::ConcatOp o) { concat(o); })
      .Case<qint::TapOp, func::ReturnOp>([](auto) {})
      .Default([&](Operation *o) {
        refuse(o, Verdict::Rejected) << "operator '" << o->getName().getStringRef()
                                     << "' has no canonical form; begin with the ONNX file";
      });
  // What follows a refusal is looked at all the same: its own problems are told in the same run.
  for (Value v : op->getResults())
    if (!tensors.count(v)) {
      auto type = cast<RankedTensorType>(v.getType());
      Type element = type.getElementType();
      bool code = element.getIntOrFloatBitWidth() <= 8;
      tensors[v] = {"", Layout::channelsFirst(type.getShape()),
                    code ? model::Range{qint::minCode(element), qint::maxCode(element)} : model::Range{}};
    }
}

llvm::Expected<Canonical> Translate::run(const Settings &settings) {
  main = module.lookupSymbol<func::FuncOp>("main");
  arguments();
  for (Operation &op : main.getBody().front())
    translate(&op);
  if (ok)
    results();
  if (!ok)
    return failure(ExitCode::Rejected, "the model has no canonical form");
  if (auto sha = module->getAttrOfType<StringAttr>("qonnx.model_sha256"))
    graph.property("dyadic.model_sha256", sha);
  std::optional<std::string> bytes = graph.bytes(settings.version);
  if (!bytes)
    return failure(ExitCode::DoesNotFit, "the canonical form takes more than the 2 GB of an ONNX file");
  result.nodes = graph.nodes();
  result.bytes = std::move(*bytes);
  return std::move(result);
}

llvm::Expected<Canonical> makeCanonical(ModuleOp module, const Settings &settings) {
  return Translate(module).run(settings);
}

} // namespace dyadic::canonical
