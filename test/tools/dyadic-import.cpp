// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dyadic-import FILE [options]: prints the imported module, large constants left out, for tests of the
// importer alone; the input check, which the product runs on the way down, is an option here.
#include "compiler/import/Import.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

static cl::opt<std::string> path(cl::Positional, cl::Required, cl::desc("FILE"));
static cl::list<std::string> inputs("input"), dims("dim");
static cl::opt<int64_t> batch("batch", cl::init(1));
static cl::opt<bool> check("check-inputs");

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::SourceMgr listing;
  mlir::SourceMgrDiagnosticHandler handler(listing, &context, llvm::errs());
  dyadic::ImportOptions options;
  options.batch = batch;
  auto fail = [](llvm::Error error) {
    llvm::errs() << llvm::toString(std::move(error)) << "\n";
    return 1;
  };
  for (const std::string &text : inputs) {
    auto specs = dyadic::parseInputSpec(text);
    if (!specs)
      return fail(specs.takeError());
    options.inputs.insert(options.inputs.end(), specs->begin(), specs->end());
  }
  for (const std::string &text : dims) {
    auto binding = dyadic::parseDimBinding(text);
    if (!binding)
      return fail(binding.takeError());
    options.dims.push_back(*binding);
  }
  auto module = dyadic::import_::importModel(context, path, options, &listing);
  if (!module)
    return fail(module.takeError());
  if (check && mlir::failed(dyadic::import_::checkInputs(**module)))
    return 1;
  mlir::OpPrintingFlags flags;
  flags.elideLargeElementsAttrs(16);
  flags.useLocalScope();
  (*module)->print(llvm::outs(), flags);
  llvm::outs() << "\n";
  return 0;
}
