// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options that several commands have, and their texts read.
#include "compiler/driver/Line.h"

namespace dyadic {

void addJson(CLI::App &command, Line &line) {
  command.add_flag("--json", line.settings.json, "print one JSON object on standard output instead of text");
}

CLI::Option *addFile(CLI::App &command, Line &line, const char *name, std::string &value, const char *help) {
  CLI::Option *option = command.add_option(name, value, help);
  line.files.emplace_back(option, &value);
  return option;
}

llvm::Error checkFiles(const Line &line) {
  std::vector<std::pair<std::string, std::string>> taken; // options and files
  if (line.settings.json)
    taken.emplace_back("--json", "-");
  if (line.run.nearTies || !line.run.reference.empty())
    taken.emplace_back(line.run.nearTies ? "--near-ties" : "--reference", "-");
  for (const auto &[option, file] : line.files) {
    if (option->count() == 0)
      continue;
    std::string name = option->get_name();
    if (file->empty())
      return failure(ExitCode::Usage, name + ": the file's name is empty");
    for (const auto &[other, same] : taken)
      if (same == *file)
        return failure(ExitCode::Usage,
                       other + " and " + name + " both " +
                           (same == "-" ? "write to standard output; name a file for " + name
                                        : "name '" + same + "'; each needs a file of its own"));
    taken.emplace_back(name, *file);
  }
  return llvm::Error::success();
}

CLI::Option *addRepeated(CLI::App &command, const char *name, std::vector<std::string> &values,
                         const char *help) {
  return command.add_option(name, values, help)->allow_extra_args(false)->take_all();
}

void addModelOptions(CLI::App &command, Texts &texts) {
  addRepeated(command, "--input", texts.inputs,
              "the lattice of a graph input: NAME:KEY=VALUE,... or a YAML file")
      ->type_name("SPEC");
  addRepeated(command, "--dim", texts.dims, "extent of a symbolic dimension")->type_name("NAME=N");
  command.add_option("--batch", texts.batch, "samples per run, whatever the file says (1)")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 20));
}

void addModel(CLI::App &command, ModelArguments &model, Texts &texts) {
  command.add_option("MODEL", model.path, "an ONNX file, or a .mlir file that compile --stop-after wrote")
      ->required();
  addModelOptions(command, texts);
}

llvm::Error readModelOptions(const Texts &texts, ModelArguments &model) {
  ImportOptions &options = model.options;
  for (const std::string &text : texts.inputs) {
    llvm::Expected<std::vector<InputSpec>> specs = parseInputSpec(text);
    if (!specs)
      return specs.takeError();
    for (InputSpec &spec : *specs) {
      auto same = [&](const InputSpec &other) { return other.name == spec.name; };
      if (llvm::any_of(options.inputs, same))
        return failure(ExitCode::Usage, "--input: two specifications for '" + spec.name + "'");
      options.inputs.push_back(std::move(spec));
    }
  }
  for (const std::string &text : texts.dims) {
    llvm::Expected<DimBinding> dim = parseDimBinding(text);
    if (!dim)
      return dim.takeError();
    options.dims.push_back(std::move(*dim));
  }
  model.batchGiven = texts.batch != 0;
  if (texts.batch)
    options.batch = texts.batch;
  return llvm::Error::success();
}

void addTiles(CLI::App &command, Texts &texts) {
  addRepeated(command, "--tile", texts.tiles,
              "tiles of these extents, as in rows=8,channels=16 or "
              "NODE:rows=8,spread=channels,cores=4,order=channels/rows; "
              "what is left open is searched for")
      ->type_name("[NODE:]KEY=N,...");
}

void addMachine(CLI::App &command, CompileOptions &options, Texts &texts) {
  command.add_option("--target", options.target.name, "the machine, as dyadic targets lists them")
      ->type_name("T");
  addTargetChanges(command, options.target);
  addRepeated(command, "--impl", texts.implementations,
              "mac, lut or auto; or NODE=lut for one node or pattern")
      ->type_name("IMPL");
  addTiles(command, texts);
}

llvm::Error readTiles(const Texts &texts, std::vector<model::TileRule> &rules) {
  for (const std::string &text : texts.tiles) {
    llvm::Expected<model::TileRule> rule = parseTileRule(text);
    if (!rule)
      return rule.takeError();
    rules.push_back(std::move(*rule));
  }
  return llvm::Error::success();
}

llvm::Error readImplementations(const Texts &texts, std::vector<ImplementationRule> &rules) {
  for (const std::string &text : texts.implementations) {
    llvm::Expected<ImplementationRule> rule = parseImplementationRule(text);
    if (!rule)
      return rule.takeError();
    rules.push_back(std::move(*rule));
  }
  return llvm::Error::success();
}

} // namespace dyadic
