// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_selftest.c: recorded inputs and the outputs they must give.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

void samples(CWriter &w, const std::string &type, const std::string &name, const std::string &elems,
             const std::vector<std::vector<int64_t>> &codes) {
  w.line("static const " + type + " " + name + "[SAMPLES * " + elems + "] = {");
  std::string row;
  for (const auto &sample : codes)
    for (int64_t code : sample) {
      std::string v = literal(code);
      if (row.size() + v.size() > 94) {
        w.line("  " + row);
        row.clear();
      }
      row += (row.empty() ? "" : " ") + v + ",";
    }
  w.line("  " + row).line("};").line();
}

} // namespace

std::string writeSelfTest(const Model &model) {
  CWriter w;
  const std::string &n = model.name, &u = model.upper;
  const SelfTest &test = *model.options.selfTest;
  size_t count = test.inputs.empty() ? 0 : test.inputs[0].size();
  w.opening("Recorded inputs of " + n + " and the codes they must give.");
  w.include(n + ".h").line();
  w.line("#define SAMPLES " + llvm::Twine(count) + "u").line();
  for (const Port &p : model.inputs) {
    std::string i = std::to_string(p.index);
    samples(w, n + "_input_" + i + "_t", "input_" + i, u + "_INPUT_" + i + "_ELEMS", test.inputs[p.index]);
  }
  for (const Port &p : model.outputs) {
    std::string i = std::to_string(p.index);
    samples(w, n + "_output_" + i + "_t", "expected_" + i, u + "_OUTPUT_" + i + "_ELEMS",
            test.expected[p.index]);
    w.line("static " + n + "_output_" + i + "_t output_" + i + "[" + u + "_OUTPUT_" + i + "_ELEMS];");
  }
  writeArena(w, model);
  writeBound(w, model);
  w.line("static " + n + "_selftest_fault fault;").line();
  w.block("const " + n + "_selftest_fault *" + n + "_selftest_first_fault(void)",
          [&] { w.line("return &fault;"); });
  w.line();
  w.block("int " + n + "_selftest(void)", [&] {
    w.line(n + "_ctx ctx;");
    w.block("if (" + n + "_init(&ctx, " + arenaOf(model) + ") != " + u + "_OK)",
            [&] { w.line("return 1;"); });
    for (const std::string &call : bindCalls(model, "&ctx"))
      w.block("if (" + call + " != " + u + "_OK)", [&] { w.line("return 1;"); });
    w.block("for (uint32_t s = 0u; s < SAMPLES; ++s)", [&] {
      w.line("fault.sample = s;");
      for (const Port &p : model.inputs) {
        std::string i = std::to_string(p.index);
        w.block("if (" + n + "_set_input_" + i + "(&ctx, input_" + i + " + s * " + u + "_INPUT_" + i +
                    "_ELEMS) != " + u + "_OK)",
                [&] { w.line("return 1;"); });
      }
      w.block("if (" + n + "_run(&ctx) != " + u + "_OK)", [&] { w.line("return 1;"); });
      for (const Port &p : model.outputs) {
        std::string i = std::to_string(p.index), elems = u + "_OUTPUT_" + i + "_ELEMS";
        w.block("if (" + n + "_get_output_" + i + "(&ctx, output_" + i + ") != " + u + "_OK)",
                [&] { w.line("return 1;"); });
        w.block("for (uint32_t e = 0u; e < " + elems + "; ++e)", [&] {
          w.block("if (output_" + i + "[e] != expected_" + i + "[s * " + elems + " + e])", [&] {
            w.line("fault.output = " + i + "u;");
            w.line("fault.element = e;");
            w.line("fault.expected = (int64_t)expected_" + i + "[s * " + elems + " + e];");
            w.line("fault.found = (int64_t)output_" + i + "[e];");
            w.line("return 1;");
          });
        });
      }
    });
    w.line("return 0;");
  });
  return w.take();
}

} // namespace dyadic::codegen
