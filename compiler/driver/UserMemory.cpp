// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads --io, and writes it into the module.
#include "compiler/driver/UserMemory.h"
#include "dialects/plat/Plat.h"
#include "dialects/qint/UserMemory.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dyadic {

llvm::Error settleUserMemory(mlir::ModuleOp module, const std::vector<std::string> &io) {
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  for (const std::string &text : io) {
    auto [port, mode] = llvm::StringRef(text).split('=');
    auto refuse = [&](const llvm::Twine &why) {
      return failure(ExitCode::Usage, "--io " + text + ": " + why);
    };
    if (!llvm::StringRef(text).contains('='))
      return refuse("write PORT=user or PORT=slot, as in --io input_0=user");
    if (mode != "user" && mode != "slot")
      return refuse("found mode '" + mode + "'; there are user, memory that NAME_bind_" + port +
                    " is given, and slot, a place in the arena that NAME_set_input and NAME_get_output copy "
                    "to and from");
    llvm::StringRef rest = port;
    bool input = rest.consume_front("input_");
    unsigned index = 0, count = input ? main.getNumArguments() : main.getNumResults();
    if ((!input && !rest.consume_front("output_")) || rest.getAsInteger(10, index) || index >= count)
      return refuse("there is no port '" + port + "'; there are input_0 to input_" +
                    llvm::Twine(main.getNumArguments() - 1) + " and output_0 to output_" +
                    llvm::Twine(main.getNumResults() - 1));
    mlir::Attribute mark = mlir::UnitAttr::get(module.getContext());
    if (mode == "user")
      input ? main.setArgAttr(index, qint::userMemoryAttrName, mark)
            : main.setResultAttr(index, qint::userMemoryAttrName, mark);
    else if (input)
      main.removeArgAttr(index, qint::userMemoryAttrName);
    else
      main.removeResultAttr(index, mlir::StringAttr::get(module.getContext(), qint::userMemoryAttrName));
  }
  return llvm::Error::success();
}

std::vector<std::string> userMemoryOf(mlir::ModuleOp module) {
  std::vector<std::string> list;
  plat::NetworkOp network = plat::networkOf(module);
  auto add = [&](mlir::Value view, const char *kind, uint64_t index) {
    if (plat::BufferOp home = plat::bufferOf(view); home && home.getUser())
      list.push_back(kind + std::to_string(index) + "=user");
  };
  for (auto input : network.getBody().getOps<plat::InputOp>())
    add(input.getView(), "input_", input.getIndex());
  for (auto output : network.getBody().getOps<plat::OutputOp>())
    add(output.getView(), "output_", output.getIndex());
  return list;
}

} // namespace dyadic
