// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes as dense integer constants of the module: one per port, runs x elements.
#include "compiler/driver/SelfTest.h"
#include "compiler/driver/Samples.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "mlir/IR/Builders.h"

namespace dyadic {
namespace {

constexpr llvm::StringRef attributeName = "qonnx.self_test";

mlir::ArrayAttr kept(mlir::ModuleOp module, llvm::StringRef key) {
  auto all = module->getAttrOfType<mlir::DictionaryAttr>(attributeName);
  return all ? all.getAs<mlir::ArrayAttr>(key) : mlir::ArrayAttr();
}

void keep(mlir::ModuleOp module, llvm::StringRef key, mlir::ArrayAttr codes) {
  mlir::NamedAttrList all(module->getAttrOfType<mlir::DictionaryAttr>(attributeName));
  all.set(key, codes);
  module->setAttr(attributeName, all.getDictionary(module.getContext()));
}

mlir::Attribute dense(mlir::Builder &b, int64_t runs, const std::vector<int64_t> &codes) {
  auto type = mlir::RankedTensorType::get({runs, static_cast<int64_t>(codes.size()) / runs}, b.getI64Type());
  return mlir::DenseElementsAttr::get(type, llvm::ArrayRef<int64_t>(codes));
}

int64_t batchOf(mlir::ModuleOp module) {
  auto batch = module->getAttrOfType<mlir::IntegerAttr>("qonnx.batch");
  return batch ? std::max<int64_t>(1, batch.getInt()) : 1;
}

codegen::PortCodes portCodes(mlir::ArrayAttr list) {
  codegen::PortCodes all;
  for (mlir::Attribute a : list) {
    auto codes = mlir::cast<mlir::DenseElementsAttr>(a);
    std::vector<int64_t> flat(codes.getValues<int64_t>().begin(), codes.getValues<int64_t>().end());
    int64_t elements = codes.getType().getShape()[1];
    all.emplace_back();
    for (auto at = flat.begin(); at != flat.end(); at += elements)
      all.back().emplace_back(at, at + elements);
  }
  return all;
}

} // namespace

llvm::Error keepSelfTest(const LoadedModel &model, const SelfTest &test) {
  mlir::ModuleOp module = *model.module;
  llvm::Expected<std::vector<eval::Input>> inputs = readInputs({test.path});
  if (!inputs)
    return inputs.takeError();
  if (test.samples)
    for (eval::Input &input : *inputs)
      cutSamples(input, static_cast<int64_t>(std::min<uint64_t>(*test.samples, INT64_MAX)));
  llvm::Expected<std::vector<eval::Codes>> codes = codesOfInputs(model, *inputs);
  if (!codes)
    return codes.takeError();
  mlir::Builder b(module.getContext());
  llvm::SmallVector<mlir::Attribute> list;
  int64_t batch = batchOf(module);
  for (eval::Codes &port : *codes) {
    int64_t samples = port.shape[0], runs = (samples + batch - 1) / batch;
    size_t perSample = port.values.size() / static_cast<size_t>(samples);
    std::vector<int64_t> last(port.values.end() - static_cast<std::ptrdiff_t>(perSample), port.values.end());
    for (; samples < runs * batch; ++samples)
      port.values.insert(port.values.end(), last.begin(), last.end());
    list.push_back(dense(b, runs, port.values));
  }
  mlir::ArrayAttr all = b.getArrayAttr(list), before = kept(module, "inputs");
  if (before && before != all)
    return failure(ExitCode::Usage, "--self-test: the module was made with other samples; leave the option "
                                    "out, or begin with the ONNX file");
  if (!before && model.level == Level::Plat)
    return failure(ExitCode::Usage,
                   "--self-test: a module of level plat no longer tells what to expect; give "
                   "the option to the run that makes it, or begin with the ONNX file");
  keep(module, "inputs", all);
  return llvm::Error::success();
}

llvm::Error expectSelfTest(const LoadedModel &model) {
  mlir::ModuleOp module = *model.module;
  mlir::ArrayAttr inputs = kept(module, "inputs");
  if (!inputs || kept(module, "expected"))
    return llvm::Error::success();
  std::vector<eval::Codes> codes;
  int64_t batch = batchOf(module), runs = 1;
  for (mlir::Attribute a : inputs) {
    auto port = mlir::cast<mlir::DenseElementsAttr>(a);
    runs = port.getType().getShape()[0];
    std::vector<int64_t> flat(port.getValues<int64_t>().begin(), port.getValues<int64_t>().end());
    codes.push_back({{runs * batch, static_cast<int64_t>(flat.size()) / (runs * batch)}, std::move(flat)});
  }
  llvm::Expected<eval::RunResult> result = eval::evaluateQint(module, codes, /*wantCodes=*/false);
  if (!result)
    return result.takeError();
  mlir::Builder b(module.getContext());
  llvm::SmallVector<mlir::Attribute> list;
  for (const eval::Output &output : result->outputs)
    list.push_back(dense(b, runs, output.codes));
  keep(module, "expected", b.getArrayAttr(list));
  return llvm::Error::success();
}

std::optional<codegen::SelfTest> selfTestOf(mlir::ModuleOp module) {
  mlir::ArrayAttr inputs = kept(module, "inputs"), expected = kept(module, "expected");
  if (!inputs || !expected)
    return std::nullopt;
  return codegen::SelfTest{portCodes(inputs), portCodes(expected)};
}

} // namespace dyadic
