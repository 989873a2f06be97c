// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports ONNX, or parses a printed module and finds out which level it is of.
#include "compiler/driver/Load.h"
#include "compiler/Levels.h"
#include "compiler/driver/Settled.h"
#include "compiler/import/Import.h"
#include "dialects/plat/Plat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

namespace dyadic {
namespace {

/// ONNX files are protobuf: none begins like text.
bool isModuleText(llvm::StringRef path, llvm::StringRef bytes) {
  return path.ends_with(".mlir") || bytes.starts_with("module") || bytes.starts_with("#") ||
         bytes.starts_with("//");
}

/// What every later step takes for granted of a module that was written by hand or damaged.
llvm::Error checkShape(mlir::ModuleOp module, Level level, llvm::StringRef path) {
  auto refuse = [&](const llvm::Twine &why) {
    return failure(ExitCode::Rejected, "'" + path + "' is no module of a network: " + why);
  };
  if (level == Level::Plat)
    return plat::networkOf(module) ? llvm::Error::success() : refuse("it needs exactly one plat.network");
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  if (!main || !llvm::hasSingleElement(main.getBody()) ||
      !llvm::isa<mlir::func::ReturnOp>(main.getBody().front().back()))
    return refuse("it needs a func.func @main of one block that ends in a return");
  auto ranked = [](mlir::Type type) { return llvm::isa<mlir::RankedTensorType>(type); };
  if (!llvm::all_of(main.getArgumentTypes(), ranked) || !llvm::all_of(main.getResultTypes(), ranked))
    return refuse("arguments and results of @main are ranked tensors");
  for (unsigned i = 0; level == Level::Qint && i < main.getNumArguments(); ++i)
    if (!main.getArgAttrOfType<qint::PortAttr>(i, qint::portAttrName))
      return refuse("argument " + llvm::Twine(i) + " of @main has no " + qint::portAttrName);
  for (unsigned i = 0; level == Level::Qint && i < main.getNumResults(); ++i)
    if (!main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName))
      return refuse("result " + llvm::Twine(i) + " of @main has no " + qint::portAttrName);
  return llvm::Error::success();
}

llvm::Expected<LoadedModel> parseModule(const ModelArguments &model, std::string text, Session &session) {
  session.phase("parse");
  llvm::SourceMgr sources;
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, model.path);
  session.diagnostics().sources().AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, model.path),
                                                     llvm::SMLoc());
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  LoadedModel loaded;
  loaded.module = mlir::parseSourceFile<mlir::ModuleOp>(sources, mlir::ParserConfig(&session.context()));
  if (!loaded.module)
    return failure(ExitCode::Rejected, "'" + model.path + "' is not a valid module");
  loaded.level = levelOf(*loaded.module);
  if (llvm::Error error = checkShape(*loaded.module, loaded.level, model.path))
    return error;
  if (llvm::Error error = compareImport(*loaded.module, model))
    return error;
  if (loaded.level == Level::Qonnx)
    import_::settleInputs(*loaded.module);
  return loaded;
}

} // namespace

llvm::Expected<LoadedModel> loadModel(const ModelArguments &model, Session &session,
                                      mlir::OwningOpRef<mlir::ModuleOp> *partial) {
  mlir::DialectRegistry registry;
  registerLevels(registry);
  session.context().appendDialectRegistry(registry);
  session.context().loadAllAvailableDialects();

  session.phase("import");
  llvm::Expected<std::string> bytes = readFile(model.path);
  if (!bytes)
    return bytes.takeError();
  if (isModuleText(model.path, *bytes))
    return parseModule(model, std::move(*bytes), session);
  bytes->clear();
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> module = import_::importModel(
      session.context(), model.path, model.options, &session.diagnostics().sources(), partial);
  if (!module)
    return module.takeError();
  LoadedModel loaded;
  loaded.module = std::move(*module);
  settleImport(*loaded.module, model.options);
  import_::settleInputs(*loaded.module);
  return loaded;
}

} // namespace dyadic
