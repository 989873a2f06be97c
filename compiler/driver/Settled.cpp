// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps options in the module's attribute `qonnx.options`, as canonical text.
#include "compiler/driver/Settled.h"
#include "mlir/IR/Builders.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using Texts = std::vector<std::string>;

constexpr StringRef attributeName = "qonnx.options";

/// Empty where nothing stands under `key`.
std::optional<Texts> recorded(mlir::ModuleOp module, StringRef key) {
  auto all = module->getAttrOfType<mlir::DictionaryAttr>(attributeName);
  auto list = all ? all.getAs<mlir::ArrayAttr>(key) : mlir::ArrayAttr();
  if (!list)
    return std::nullopt;
  Texts texts;
  for (mlir::Attribute a : list)
    if (auto text = llvm::dyn_cast<mlir::StringAttr>(a))
      texts.push_back(text.str());
  return texts;
}

void record(mlir::ModuleOp module, StringRef key, const Texts &texts) {
  mlir::Builder b(module.getContext());
  llvm::SmallVector<llvm::StringRef> list(texts.begin(), texts.end());
  mlir::NamedAttrList all(module->getAttrOfType<mlir::DictionaryAttr>(attributeName));
  all.set(key, b.getStrArrayAttr(list));
  module->setAttr(attributeName, all.getDictionary(module.getContext()));
}

std::string shown(const Texts &texts) {
  std::string text;
  for (const std::string &t : texts)
    text += (text.empty() ? "" : " ") + t;
  return text.empty() ? "nothing" : "'" + text + "'";
}

/// A repeated option must say what was settled.
llvm::Error compare(mlir::ModuleOp module, StringRef key, const Texts &given) {
  std::optional<Texts> before = recorded(module, key);
  if (before && *before == given)
    return llvm::Error::success();
  return failure(ExitCode::Usage, "--" + key + " " + shown(given) + ": the module was made with " +
                                      (before ? shown(*before) : "no such option on record") +
                                      "; leave the option out, or begin with the ONNX file");
}

Texts inputTexts(const ImportOptions &options) {
  Texts texts;
  for (const InputSpec &spec : options.inputs)
    texts.push_back(toString(spec));
  llvm::sort(texts);
  return texts;
}
Texts dimTexts(const ImportOptions &options) {
  Texts texts;
  for (const DimBinding &dim : options.dims)
    texts.push_back(dim.name + "=" + std::to_string(dim.extent));
  llvm::sort(texts);
  return texts;
}
Texts implTexts(const CompileOptions &options) {
  Texts texts;
  for (const ImplementationRule &rule : options.implementations)
    texts.push_back((rule.pattern.empty() ? "" : rule.pattern + "=") + toString(rule.implementation).str());
  return texts;
}

Texts tileTexts(const CompileOptions &options) {
  Texts texts;
  for (const model::TileRule &rule : options.tiles)
    texts.push_back(toString(rule));
  return texts;
}

/// A user's description is known by its hash: no path is kept.
llvm::Error settleTarget(mlir::ModuleOp module, TargetOptions &options, const Target *target) {
  std::optional<Texts> name = recorded(module, "target"), set = recorded(module, "set"),
                       file = recorded(module, "target_file_sha256");
  bool known = name && name->size() == 1;
  if (target && known) {
    if (llvm::Error error = compare(module, "target", {target->machine.name}))
      return error;
    if (file.value_or(Texts()) != (target->fileSha256.empty() ? Texts() : Texts{target->fileSha256}))
      return failure(ExitCode::Usage, "--target-file: the module was made with another text of '" +
                                          target->machine.name + "'; begin with the ONNX file");
  }
  if (known && !options.overrides.empty()) {
    llvm::Expected<Texts> given = canonicalOverrides(options.overrides);
    if (!given)
      return given.takeError();
    if (llvm::Error error = compare(module, "set", *given))
      return error;
  }
  if (known && !target) {
    if (file)
      return failure(ExitCode::Usage, "the module was made with --target-file for '" + name->front() +
                                          "'; give that file again");
    options.name = name->front();
  }
  if (known && set)
    options.overrides = *set;
  if (!known && !target && !options.overrides.empty())
    return failure(ExitCode::Usage, "--set changes figures of a machine; --target says of which");
  if (!known && target) {
    record(module, "target", {target->machine.name});
    if (!target->overrides.empty())
      record(module, "set", target->overrides);
    if (!target->fileSha256.empty())
      record(module, "target_file_sha256", {target->fileSha256});
  }
  return llvm::Error::success();
}

} // namespace

void settleImport(mlir::ModuleOp module, const ImportOptions &options) {
  record(module, "batch", {std::to_string(options.batch)});
  record(module, "dim", dimTexts(options));
  record(module, "input", inputTexts(options));
}

llvm::Error compareImport(mlir::ModuleOp module, const ModelArguments &model) {
  if (model.batchGiven)
    if (llvm::Error error = compare(module, "batch", {std::to_string(model.options.batch)}))
      return error;
  if (!model.options.dims.empty())
    if (llvm::Error error = compare(module, "dim", dimTexts(model.options)))
      return error;
  if (!model.options.inputs.empty())
    return compare(module, "input", inputTexts(model.options));
  return llvm::Error::success();
}

llvm::Error settleCompile(const LoadedModel &model, CompileOptions &options, const Target *target) {
  mlir::ModuleOp module = *model.module;
  if (llvm::Error error = settleTarget(module, options.target, target))
    return error;
  std::optional<Texts> impl = recorded(module, "impl");

  // The choice is made on the way down from qonnx; below, it stands in the ops.
  if (options.implementations.empty() && impl) {
    for (const std::string &text : *impl) {
      llvm::Expected<ImplementationRule> rule = parseImplementationRule(text);
      if (!rule)
        return rule.takeError();
      options.implementations.push_back(std::move(*rule));
    }
  } else if (impl || (model.level != Level::Qonnx && !options.implementations.empty())) {
    if (llvm::Error error = compare(module, "impl", implTexts(options)))
      return error;
  }
  bool chosen = options.stopAfter.value_or(Level::Plat) != Level::Qonnx;
  if (model.level == Level::Qonnx && (chosen || !options.implementations.empty()))
    record(module, "impl", implTexts(options));

  // Tiles are cut on the way down to plat.
  std::optional<Texts> tile = recorded(module, "tile");
  if (options.tiles.empty() && tile) {
    for (const std::string &text : *tile) {
      llvm::Expected<model::TileRule> rule = parseTileRule(text);
      if (!rule)
        return rule.takeError();
      options.tiles.push_back(std::move(*rule));
    }
  } else if (!options.tiles.empty() && (tile || model.level == Level::Plat)) {
    if (llvm::Error error = compare(module, "tile", tileTexts(options)))
      return error;
  } else if (!options.tiles.empty()) {
    record(module, "tile", tileTexts(options));
  }

  std::optional<Texts> name = recorded(module, "name");
  if (options.name.empty() && name && name->size() == 1)
    options.name = name->front();
  if (!options.name.empty())
    record(module, "name", {options.name});
  else
    options.name = "net";
  return llvm::Error::success();
}

llvm::json::Object settledOptions(mlir::ModuleOp module) {
  llvm::json::Object object;
  if (auto all = module->getAttrOfType<mlir::DictionaryAttr>(attributeName))
    for (mlir::NamedAttribute entry : all) {
      StringRef key = entry.getName().getValue();
      if (key == "target" || key == "name")
        continue;
      llvm::json::Array list;
      for (const std::string &text : recorded(module, key).value_or(Texts()))
        list.push_back(llvm::json::fixUTF8(text));
      object[key] = std::move(list);
    }
  return object;
}

} // namespace dyadic
