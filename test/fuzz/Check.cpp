// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact meaning against integer program, certificate against model, and what the C must give.
#include "test/fuzz/Check.h"
#include "codegen/Emit.h"
#include "compiler/Levels.h"
#include "compiler/Pipeline.h"
#include "compiler/certificate/Check.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "compiler/import/Import.h"
#include "dialects/plat/Plat.h"
#include "mlir/IR/Diagnostics.h"
#include <set>

namespace dyadic::fuzz {
namespace {

/// Refusals that are limits of dyadic by design; README.md lists them.
const char *const limits[] = {"gives a graph output that no quantiser rounds",
                              "does not fit L2"}; // which is made as large as the machine has it

struct Complaints {
  std::string text;
  mlir::ScopedDiagnosticHandler handler;

  explicit Complaints(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &d) {
          if (d.getSeverity() == mlir::DiagnosticSeverity::Error) {
            text += (text.empty() ? "" : "; ") + d.str();
          }
          return mlir::success();
        }) {}
};

Checked faulty(Fault fault, std::string what) {
  Checked c;
  c.fault = fault;
  c.what = std::move(what);
  return c;
}

Checked refused(const std::string &what) {
  for (const char *limit : limits)
    if (what.find(limit) != std::string::npos)
      return faulty(Fault::Limit, what);
  return faulty(Fault::Refused, "refused: " + what);
}

template <typename T>
std::string difference(const std::string &key, const std::vector<T> &want, const std::vector<T> &got) {
  size_t k = 0;
  while (k < want.size() && k < got.size() && want[k] == got[k])
    ++k;
  auto shown = [&](const std::vector<T> &v) {
    return k < v.size() ? std::to_string(v[k]) : std::string("nothing");
  };
  return key + " at " + std::to_string(k) + " of " + std::to_string(want.size()) + ": " + shown(got) +
         ", not " + shown(want);
}

/// The first difference between two levels, or nothing.
std::string compare(const eval::RunResult &exact, const eval::RunResult &computed) {
  for (const auto &[key, want] : exact.codes) {
    auto got = computed.codes.find(key);
    if (got == computed.codes.end())
      return key + " is not tapped";
    if (got->second.shape != want.shape || got->second.values != want.values)
      return difference(key, want.values, got->second.values);
  }
  for (size_t k = 0; k < exact.outputs.size(); ++k) {
    const eval::Output &want = exact.outputs[k], &got = computed.outputs[k];
    if (want.name != got.name || want.shape != got.shape)
      return "output " + want.name + " has another name or shape";
    if (want.reals != got.reals)
      return difference("output " + want.name, want.reals, got.reals);
    if (want.indices != got.indices)
      return difference("output " + want.name, want.indices, got.indices);
  }
  return "";
}

template <typename T>
void append(std::string &bytes, const std::vector<T> &values, size_t from, size_t count) {
  bytes.append(reinterpret_cast<const char *>(values.data() + from), count * sizeof(T));
}

/// Every run as often as drive.c makes it: first in order, each in a fresh arena, then backwards in what the
/// one before left; tile by tile once more in order, and each twice there. `tapped`: the tensors whose codes
/// an int32_t holds, which the C taps.
void writeRuns(Emitted &e, const Network &network, const std::vector<eval::Codes> &inputs,
               const eval::RunResult &computed, const std::set<std::string> &tapped) {
  auto batch = static_cast<size_t>(network.options.batch);
  auto samples = static_cast<size_t>(inputs[0].shape[0]), runs = samples / batch;
  e.samples = runs;
  for (size_t pass = 0; pass < (e.tiled ? 3 : 2); ++pass)
    for (size_t k = 0; k < (pass < 2 ? runs : 2 * runs); ++k) {
      size_t run = pass == 0 ? k : pass == 1 ? runs - 1 - k : k / 2;
      std::string bytes;
      for (size_t i = 0; i < inputs.size(); ++i) {
        size_t each = inputs[i].values.size() / runs;
        if (pass == 0 && e.reals[i])
          append(bytes, network.inputs[i].array.values<float>(), run * each, each);
        else
          append(bytes, inputs[i].values, run * each, each);
      }
      e.inputs.push_back(std::move(bytes));
      Expected expected;
      for (const auto &[key, codes] : computed.codes) {
        if (tapped.count(key) == 0)
          continue;
        size_t each = codes.values.size() / runs;
        expected[key] = hashOf(codes.values.data() + run * each, each, false);
      }
      for (size_t i = 0; i < computed.outputs.size(); ++i) {
        size_t each = computed.outputs[i].codes.size() / runs;
        expected["output " + std::to_string(i)] =
            hashOf(computed.outputs[i].codes.data() + run * each, each, true);
      }
      e.runs.push_back(std::move(expected));
    }
}

/// Nothing, or what is wrong with the certificate. That a model is beyond derivation is a documented limit.
Checked checkCertificate(const std::string &text, mlir::ModuleOp module) {
  auto wrong = [](std::string what) {
    return faulty(Fault::Certificate, "the certificate is not accepted: " + what);
  };
  llvm::Expected<certificate::Claims> claims = certificate::readClaims(text);
  if (!claims)
    return wrong(llvm::toString(claims.takeError()));
  llvm::Expected<certificate::Verdict> verdict = certificate::check(*claims, module);
  if (!verdict)
    return faulty(Fault::Limit, "the certificate cannot be derived: " + llvm::toString(verdict.takeError()));
  return verdict->faults.empty() ? Checked() : wrong(verdict->faults[0].text());
}

/// Down to integers; where tables of products cannot serve every node, the compiler chooses.
mlir::OwningOpRef<mlir::ModuleOp> lower(mlir::ModuleOp module, Implementation &implementation,
                                        Complaints &complaints) {
  while (true) {
    mlir::OwningOpRef<mlir::ModuleOp> lowered(module.clone());
    PipelineOptions options;
    options.implementations = {{"", implementation}};
    if (mlir::succeeded(lowerTo(*lowered, Level::Qint, options)))
      return lowered;
    if (implementation != Implementation::Lut)
      return nullptr;
    implementation = Implementation::Auto;
    complaints.text.clear();
  }
}

/// Into buffers; on a machine with tiles with more room until it fits. Whether it did stands in the
/// complaints.
mlir::OwningOpRef<mlir::ModuleOp> place(mlir::ModuleOp integers, std::optional<Tiles> &tiles,
                                        Complaints &complaints) {
  while (true) {
    mlir::OwningOpRef<mlir::ModuleOp> placed(integers.clone());
    PipelineOptions options;
    options.checked = true;
    if (tiles) {
      llvm::Expected<model::Machine> machine = machineOf(*tiles);
      if (!machine) {
        complaints.text += llvm::toString(machine.takeError());
        return nullptr;
      }
      options.machine = std::move(*machine);
      if (!tiles->tile.empty())
        options.tiles = {llvm::cantFail(parseTileRule(tiles->tile))};
    }
    if (mlir::succeeded(lowerTo(*placed, Level::Plat, options)))
      return placed;
    bool pointless = complaints.text.find("matches nothing") != std::string::npos; // no layer has tiles
    if (tiles && pointless && !tiles->tile.empty())
      tiles->tile.clear();
    else if (!tiles || !makeRoom(*tiles, complaints.text))
      return nullptr;
    complaints.text.clear();
  }
}

llvm::Error emit(mlir::ModuleOp placed, Emitted &e) {
  codegen::EmitOptions options;
  options.name = e.name;
  options.target = "host";
  options.version = "fuzz";
  auto files = codegen::emit(placed, options);
  if (!files)
    return files.takeError();
  for (auto &[name, text] : *files)
    if (name.find('/') == std::string::npos)
      e.files[name] = std::move(text);
  codegen::Figures figures = codegen::figuresOf(placed);
  e.tiled = figures.tiled;
  e.far = figures.l3Bytes > 0;
  e.steps = stepsInTiles(placed);
  constexpr int64_t align = 64; // of L1 behind L2, at most
  e.arenaBytes = e.tiled ? (figures.l2Bytes + figures.l1Bytes + figures.l3Bytes + align) : figures.arenaBytes;
  return llvm::Error::success();
}

} // namespace

uint64_t hashOf(const int64_t *codes, size_t count, bool wide) {
  uint64_t hash = 0xCBF29CE484222325U;
  auto add = [&](uint32_t word) {
    hash = (hash ^ word) * 0x100000001B3U;
    hash ^= hash >> 32;
  };
  for (size_t k = 0; k < count; ++k) {
    add(static_cast<uint32_t>(codes[k]));
    if (wide)
      add(static_cast<uint32_t>(static_cast<uint64_t>(codes[k]) >> 32));
  }
  return hash;
}

Checked check(Network &network, const CheckOptions &options) {
  mlir::DialectRegistry registry;
  registerLevels(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  Complaints complaints(context);
  auto module = import_::importBytes(context, network.bytes, "fuzz.onnx", "", network.options);
  if (!module)
    return refused(complaints.text + llvm::toString(module.takeError()));
  if (mlir::failed(import_::checkInputs(**module)))
    return refused(complaints.text);
  if (options.edges > 0)
    if (llvm::Error error = addEdges(**module, network, options.seed, options.edges))
      return faulty(Fault::Evaluator, llvm::toString(std::move(error)));
  Implementation implementation = options.implementation;
  mlir::OwningOpRef<mlir::ModuleOp> integers = lower(**module, implementation, complaints);
  if (!integers)
    return refused(complaints.text);

  eval::Options run;
  run.wantCodes = true;
  auto exact = eval::evaluate(**module, network.inputs, run);
  if (!exact)
    return faulty(Fault::Evaluator, llvm::toString(exact.takeError()));
  auto codes = eval::inputCodes(**module, network.inputs);
  if (!codes)
    return faulty(Fault::Evaluator, llvm::toString(codes.takeError()));
  auto computed = eval::evaluateQint(*integers, *codes, true);
  if (!computed)
    return faulty(Fault::Qint, llvm::toString(computed.takeError()));
  if (std::string what = compare(*exact, *computed); !what.empty())
    return faulty(Fault::Qint, "the integer level differs: " + what);

  Checked result;
  result.tiles = options.tiles;
  integers = place(*integers, result.tiles, complaints);
  if (!integers)
    return refused(complaints.text + (result.tiles ? " on " + toString(*result.tiles) : ""));
  Emitted &e = result.emitted;
  e.name = options.name;
  if (llvm::Error error = emit(*integers, e))
    return faulty(Fault::Refused,
                  llvm::toString(std::move(error)) + (result.tiles ? " on " + toString(*result.tiles) : ""));
  result.tables = implementation != Implementation::Mac;
  if (options.certificate)
    if (Checked c = checkCertificate(e.files[e.name + "_certificate.json"], **module); c.fault != Fault::None)
      return c;
  const std::string &header = e.files[e.name + ".h"];
  for (size_t i = 0; i < network.inputs.size(); ++i)
    e.reals.push_back(network.inputs[i].array.type() == npy::Type::Float32 &&
                      header.find(e.name + "_quantise_input_" + std::to_string(i) + "(") !=
                          std::string::npos);
  e.inputPorts = static_cast<int64_t>(codes->size());
  e.outputPorts = static_cast<int64_t>(computed->outputs.size());
  std::set<std::string> tapped;
  integers->walk([&](plat::TapOp tap) {
    if (!tap->hasAttr(plat::untappedAttrName))
      tapped.insert(tap.getKey().str());
  });
  writeRuns(e, network, *codes, *computed, tapped);
  return result;
}

} // namespace dyadic::fuzz
