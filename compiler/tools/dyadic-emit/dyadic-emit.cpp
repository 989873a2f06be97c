// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C of a module at the integer or the kernel level, for tests of these levels alone.
#include "codegen/Emit.h"
#include "compiler/Levels.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace cl = llvm::cl;

static cl::opt<std::string> input(cl::Positional, cl::desc("MODULE.mlir"), cl::Required);
static cl::opt<std::string> folder("o", cl::desc("folder to fill"), cl::Required);
static cl::opt<std::string> name("name", cl::desc("prefix of files and symbols"), cl::init("net"));

static cl::opt<std::string> port("port", cl::desc("machine's port of a tiled network"), cl::init("sequential"));

static int fail(const llvm::Twine &why) {
  llvm::errs() << "dyadic-emit: " << why << "\n";
  return 1;
}

static int write(llvm::StringRef path, llvm::StringRef text) {
  std::error_code error = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path));
  if (error)
    return fail(path + ": " + error.message());
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return fail(path + ": " + error.message());
  os << text;
  return 0;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "dyadic-emit: C from a qint or plat module\n");
  mlir::DialectRegistry registry;
  dyadic::registerLevels(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  if (!module)
    return 1;
  if (module->lookupSymbol("main")) {
    mlir::PassManager passes(&context);
    passes.addPass(dyadic::createLowerToPlat());
    passes.addPass(dyadic::createPlanMemory());
    passes.addPass(dyadic::createCheckPlat());
    if (failed(passes.run(*module)))
      return 1;
  }
  dyadic::codegen::EmitOptions options;
  options.name = name;
  options.target = "host";
  options.port = port;
  auto files = dyadic::codegen::emit(*module, options);
  if (!files)
    return fail(llvm::toString(files.takeError()));
  for (const auto &[file, text] : *files)
    if (write(folder + "/" + file, text))
      return 1;
  return 0;
}
