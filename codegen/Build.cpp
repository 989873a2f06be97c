// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CMakeLists.txt and example/main.c.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {

std::string writeBuildFile(const Model &model, ArrayRef<std::string> sources) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const std::string &n = model.name;
  os << "# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
     << "# Targets: " << n << ", and dyadic_runtime unless another network has brought it already.\n"
     << "cmake_minimum_required(VERSION 3.13)\n"
     << "if(NOT CMAKE_PROJECT_NAME)\n  project(" << n << " C)\nendif()\n\n"
     << "if(NOT TARGET dyadic_runtime)\n  add_library(dyadic_runtime STATIC)\n"
     << "  target_include_directories(dyadic_runtime PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/runtime)\n"
     << "  set_target_properties(dyadic_runtime PROPERTIES C_STANDARD 99)\nendif()\n"
     << "# Networks may need different parts of the runtime; a part that is there already is not added "
        "again.\n"
     << "get_target_property(dyadic_present dyadic_runtime SOURCES)\n"
     << "foreach(file";
  for (const std::string &s : sources)
    if (llvm::StringRef(s).starts_with("runtime/") && llvm::StringRef(s).ends_with(".c"))
      os << "\n    " << llvm::StringRef(s).drop_front(8);
  os << ")\n"
     << "  if(NOT \"${dyadic_present}\" MATCHES \"/${file}\")\n"
     << "    target_sources(dyadic_runtime PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/runtime/${file})\n"
     << "  endif()\nendforeach()\n\n"
     << "add_library(" << n << " STATIC";
  for (const std::string &s : sources)
    if (!llvm::StringRef(s).contains('/') && llvm::StringRef(s).ends_with(".c"))
      os << "\n  " << s;
  os << ")\n"
     << "target_include_directories(" << n << " PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})\n"
     << "# Headers of this network's parts of the runtime, should another network have brought the target.\n"
     << "target_include_directories(" << n << " PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/runtime)\n"
     << "set_target_properties(" << n << " PROPERTIES C_STANDARD 99)\n"
     << "target_link_libraries(" << n << " PUBLIC dyadic_runtime)\n"
     << "if(UNIX AND NOT CMAKE_CROSSCOMPILING)\n  target_link_libraries(" << n << " PUBLIC m)\nendif()\n";
  if (model.tiled() && model.options.port == "host")
    os << "find_package(Threads REQUIRED)\ntarget_link_libraries(dyadic_runtime PUBLIC Threads::Threads)\n";
  return text;
}

void writeArena(CWriter &w, const Model &model, const char *comment) {
  const std::string &u = model.upper;
  if (model.network.getArenaAlign() > 8)
    w.line("static uint8_t memory[" + u + "_ARENA_BYTES + " + u + "_ARENA_ALIGN]; // aligned below");
  else
    w.line("static uint64_t arena[(" + u + "_ARENA_BYTES + 7u) / 8u];" + comment);
}

std::string arenaOf(const Model &model) {
  const std::string &u = model.upper;
  if (model.network.getArenaAlign() > 8)
    return "memory + (" + u + "_ARENA_ALIGN - (uintptr_t)memory % " + u + "_ARENA_ALIGN), " + u +
           "_ARENA_BYTES";
  return "arena, sizeof arena";
}

void writeBound(CWriter &w, const Model &model) {
  for (const Port *p : model.ports())
    if (p->user) {
      std::string id = model.bound(*p).substr(5), port = model.upper + upper(id.substr(5));
      w.line("static uint8_t " + id + "[" + port + "_SLOT_BYTES + 2u * " + port +
             "_ALIGN]; // aligned below");
    }
}

std::vector<std::string> bindCalls(const Model &model, const std::string &context) {
  std::vector<std::string> calls;
  for (const Port *p : model.ports())
    if (p->user) {
      std::string id = model.bound(*p).substr(5), align = model.upper + upper(id.substr(5)) + "_ALIGN";
      calls.push_back(model.name + "_bind" + id.substr(5) + "(" + context + ", " + id + " + (" + align +
                      " - (uintptr_t)" + id + " % " + align + "))");
    }
  return calls;
}

std::string writeExample(const Model &model) {
  CWriter w;
  const std::string &n = model.name, &u = model.upper;
  w.opening("Runs " + n + " once on zeros and prints what comes out first.");
  w.include(n + ".h").line().include("stdio.h", true).line();
  w.line("static " + n + "_ctx ctx;");
  writeArena(w, model, " // uint64_t: aligned");
  for (const Port &p : model.inputs) {
    std::string i = std::to_string(p.index);
    w.line("static " + n + "_input_" + i + "_t input_" + i + "[" + u + "_INPUT_" + i + "_ELEMS];");
  }
  for (const Port &p : model.outputs) {
    std::string i = std::to_string(p.index);
    w.line("static " + n + "_output_" + i + "_t output_" + i + "[" + u + "_OUTPUT_" + i + "_ELEMS];");
  }
  writeBound(w, model);
  w.line();
  w.block("int main(void)", [&] {
    w.line(n + "_status status = " + n + "_init(&ctx, " + arenaOf(model) + ");");
    for (const std::string &call : bindCalls(model, "&ctx"))
      w.block("if (status == " + u + "_OK)", [&] { w.line("status = " + call + ";"); });
    for (const Port &p : model.inputs) {
      std::string i = std::to_string(p.index);
      bool zeroOutside = p.codeMin > 0 || p.codeMax < 0 || p.tensor().getElementType().isSignedInteger(1);
      w.block("if (status == " + u + "_OK)", [&] {
        if (zeroOutside)
          w.block("for (uint32_t i = 0u; i < " + u + "_INPUT_" + i + "_ELEMS; ++i)",
                  [&] { w.line("input_" + i + "[i] = " + literal(p.codeMax) + ";"); });
        w.line("status = " + n + "_set_input_" + i + "(&ctx, input_" + i + ");");
      });
    }
    w.block("if (status == " + u + "_OK)", [&] { w.line("status = " + n + "_run(&ctx);"); });
    for (const Port &p : model.outputs) {
      std::string i = std::to_string(p.index);
      w.block("if (status == " + u + "_OK)", [&] {
        w.line("status = " + n + "_get_output_" + i + "(&ctx, output_" + i + ");");
        if (p.index == 0)
          w.line("printf(\"output 0 begins with %ld\\n\", (long)output_0[0]);");
      });
    }
    w.line("printf(\"%s\\n\", " + n + "_strerror(status));");
    w.line("return status == " + u + "_OK ? 0 : 1;");
  });
  return w.take();
}

} // namespace dyadic::codegen
