// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME.c: the API and the order of the layers.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

std::string typeInit(Type type) {
  return "{" + std::to_string(type.getIntOrFloatBitWidth()) + ", " + (type.isSignedInteger() ? "1" : "0") +
         "}";
}

std::string tagOf(const Port &port) {
  return (port.input ? "input_" : "output_") + std::to_string(port.index);
}

/// Codes that are stored in another way than the caller sees them: one loop per axis around load and store.
void mappedCopy(CWriter &w, const Model &model, const Port &port) {
  std::string tag = tagOf(port), cType = model.name + "_" + tag + "_t";
  std::string mul = literal(port.port.getCodeMul()), add = literal(port.port.getCodeAdd());
  auto axes = port.copy.getAs<ArrayAttr>("axis");
  std::string in = literal(plat::numberAt(port.copy, "in_base")) + "u",
              out = literal(plat::numberAt(port.copy, "out_base")) + "u";
  w.line("static const dyadic_type " + tag + "_stored = " + typeInit(port.tensor().getElementType()) + ";");
  w.comment("code = stored * " + mul + " + " + add);
  auto loops = [&](size_t depth, auto &self) -> void {
    if (depth < axes.size()) {
      auto axis = cast<DictionaryAttr>(axes[depth]);
      std::string x = "x" + std::to_string(depth);
      in += " + " + x + " * " + std::to_string(plat::numberAt(axis, "in_stride")) + "u";
      out += " + " + x + " * " + std::to_string(plat::numberAt(axis, "out_stride")) + "u";
      w.block("for (uint32_t " + x + " = 0u; " + x + " < " + std::to_string(plat::numberAt(axis, "extent")) +
                  "u; ++" + x + ")",
              [&] { self(depth + 1, self); });
      return;
    }
    if (port.input)
      w.line("dyadic_store(slot, " + tag + "_stored, " + out + ", ((int64_t)codes[" + in + "] - " + add +
             ") / " + mul + ");");
    else
      w.line("codes[" + out + "] = (" + cType + ")(dyadic_load(slot, " + tag + "_stored, " + in + ") * " +
             mul + " + " + add + ");");
  };
  if (port.input)
    w.block("static void copy_" + tag + "(const " + cType + " *codes, uint8_t *slot)",
            [&] { loops(0, loops); });
  else
    w.block("static void copy_" + tag + "(const uint8_t *slot, " + cType + " *codes)",
            [&] { loops(0, loops); });
  w.line();
}

void layouts(CWriter &w, const Model &model) {
  for (const auto *ports : {&model.inputs, &model.outputs})
    for (const Port &port : *ports) {
      std::string tag = tagOf(port);
      model.references(
          port.copy,
          [&](plat::ConstantOp c) {
            if (model.constants.lookup(c) == networkFile)
              printConstant(w, model, c, true);
          },
          [](plat::StepOp) {});
      if (port.input)
        w.line("static const dyadic_type " + tag + "_caller = " + typeInit(port.container) + ";");
      if (!port.sameCodes()) {
        mappedCopy(w, model, port);
        continue;
      }
      if (port.input)
        w.line("static const dyadic_type " + tag + "_stored = " + typeInit(port.tensor().getElementType()) +
               ";");
      w.comment(port.input ? "From ONNX order to the slot's." : "From the slot's order to ONNX order.");
      printStruct(w, model, plat::gatherSchema, port.copy, tag + "_copy");
      w.line();
    }
}

void init(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.block(n + "_status " + n + "_init(" + n + "_ctx *ctx, void *arena, size_t arena_bytes)", [&] {
    w.block("if (ctx == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
    w.line("ctx->arena = NULL;");
    w.block("for (uint32_t i = 0u; i < " + u + "_INPUTS; ++i)", [&] { w.line("ctx->input_set[i] = 0u;"); });
    w.line("ctx->has_output = 0u;");
    w.block("if (arena == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
    w.block("if (arena_bytes < " + u + "_ARENA_BYTES)", [&] { w.line("return " + u + "_ERR_ARENA;"); });
    w.block("if ((uintptr_t)arena % " + u + "_ARENA_ALIGN != 0u)",
            [&] { w.line("return " + u + "_ERR_ALIGN;"); });
    w.line("ctx->arena = (uint8_t *)arena;");
    for (const Port *port : model.ports())
      if (port->user)
        w.line(model.bound(*port) + " = NULL;");
    w.line("return " + u + "_OK;");
  });
  w.line();
}

void setInput(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string tag = tagOf(port), i = std::to_string(port.index), slot = model.reach(port.view),
              unbound = port.user ? " || " + slot + " == NULL" : "";
  w.block(n + "_status " + n + "_set_" + tag + "(" + n + "_ctx *ctx, const " + n + "_" + tag + "_t *codes)",
          [&] {
            w.block("if (ctx == NULL || codes == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
            w.block("if (ctx->arena == NULL" + unbound + ")", [&] { w.line("return " + u + "_ERR_STATE;"); });
            std::string target = port.sameCodes() ? tag + "_stored" : tag + "_caller";
            w.line("const int in_range = dyadic_codes_in_range(codes, " + tag + "_caller, " + u + "_" +
                   upper(tag) + "_ELEMS, " + target + ",");
            w.line("                                           " + literal(port.codeMin) + ", " +
                   literal(port.codeMax) + ");");
            w.block("if (!in_range)", [&] { w.line("return " + u + "_ERR_RANGE;"); });
            int64_t mul = port.port.getCodeMul();
            if (mul != 1 && mul != -1)
              w.block("for (uint32_t i = 0u; i < " + u + "_" + upper(tag) + "_ELEMS; ++i)", [&] {
                w.block("if (((int64_t)codes[i] - " + literal(port.port.getCodeAdd()) + ") % " +
                            literal(mul) + " != 0)",
                        [&] { w.line("return " + u + "_ERR_RANGE;"); });
              });
            if (port.sameCodes())
              w.line("dyadic_gather_run(&" + tag + "_copy, codes, " + slot + ");");
            else
              w.line("copy_" + tag + "(codes, " + slot + ");");
            w.line("ctx->input_set[" + i + "] = 1u;");
            w.line("ctx->has_output = 0u; // outputs may lie where inputs do");
            w.line("return " + u + "_OK;");
          });
  w.line();
  w.block("void *" + n + "_input_slot_" + i + "(" + n + "_ctx *ctx)", [&] {
    w.block("if (ctx == NULL || ctx->arena == NULL" + unbound + ")", [&] { w.line("return NULL;"); });
    w.line("ctx->input_set[" + i + "] = 1u; // the caller fills it before " + n + "_run");
    w.line("ctx->has_output = 0u;");
    w.line("return " + slot + ";");
  });
  w.line();
}

/// The user's memory for a port.
void bind(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string tag = tagOf(port);
  w.block(n + "_status " + n + "_bind_" + tag + "(" + n + "_ctx *ctx, void *memory)", [&] {
    w.block("if (ctx == NULL || memory == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
    w.block("if (ctx->arena == NULL)", [&] { w.line("return " + u + "_ERR_STATE;"); });
    w.block("if ((uintptr_t)memory % " + u + "_" + upper(tag) + "_ALIGN != 0u)",
            [&] { w.line("return " + u + "_ERR_ALIGN;"); });
    w.line(model.bound(port) + " = (uint8_t *)memory;");
    if (port.input)
      w.line("ctx->input_set[" + std::to_string(port.index) + "] = 1u; // the caller fills it before " + n +
             "_run");
    w.line("ctx->has_output = 0u;");
    w.line("return " + u + "_OK;");
  });
  w.line();
}

void run(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.block(n + "_status " + n + "_run(" + n + "_ctx *ctx)", [&] {
    w.block("if (ctx == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
    std::string missing = "ctx->arena == NULL";
    for (const Port &input : model.inputs)
      missing += " || ctx->input_set[" + std::to_string(input.index) + "] == 0u";
    for (const Port *port : model.ports())
      if (port->user)
        missing += " || " + model.bound(*port) + " == NULL";
    w.block("if (" + missing + ")", [&] { w.line("return " + u + "_ERR_STATE;"); });
    w.line("uint8_t *const arena = ctx->arena;");
    if (model.layers.empty() || model.hasUser())
      w.line("(void)arena;");
    writeTapCalls(w, model, model.inputTaps);
    for (const Layer &layer : model.layers) {
      const Work &work = layer.works.front();
      std::string what = describe(cast<plat::ViewType>(work.outs.front().getType()).getTensor());
      std::string node = commentText(work.node);
      w.line(wholeCall(model, layer) + "; // " + work.kernel + (node.empty() ? "" : " " + node) + " -> " +
             what);
      writeTapCalls(w, model, layer.taps);
    }
    for (const Port &input : model.inputs)
      if (input.overwritten)
        w.line("ctx->input_set[" + std::to_string(input.index) +
               "] = 0u; // its slot has held other tensors since");
    w.line("ctx->has_output = 1u;");
    w.line("return " + u + "_OK;");
  });
  w.line();
}

void getOutput(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string tag = tagOf(port), i = std::to_string(port.index), slot = model.reach(port.view);
  w.block(n + "_status " + n + "_get_" + tag + "(const " + n + "_ctx *ctx, " + n + "_" + tag + "_t *codes)",
          [&] {
            w.block("if (ctx == NULL || codes == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
            w.block("if (ctx->arena == NULL || ctx->has_output == 0u)",
                    [&] { w.line("return " + u + "_ERR_STATE;"); });
            if (port.sameCodes())
              w.line("dyadic_gather_run(&" + tag + "_copy, " + slot + ", codes);");
            else
              w.line("copy_" + tag + "((const uint8_t *)" + slot + ", codes);");
            w.line("return " + u + "_OK;");
          });
  w.line();
  w.block("const void *" + n + "_output_slot_" + i + "(const " + n + "_ctx *ctx)",
          [&] { w.line("return ctx == NULL || ctx->arena == NULL ? NULL : " + slot + ";"); });
  w.line();
}

void errors(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.block("const char *" + n + "_strerror(" + n + "_status status)", [&] {
    w.line("switch (status) {");
    auto say = [&](const char *what, const char *text) {
      w.line("case " + u + "_" + what + ":");
      w.line(llvm::Twine("  return \"") + text + "\";");
    };
    say("OK", "ok");
    say("ERR_ARG", "a null pointer was given");
    say("ERR_ARENA", "the arena is too small");
    say("ERR_ALIGN", "the arena is not aligned");
    say("ERR_RANGE", "a code or a real lies outside of what the input holds");
    say("ERR_STATE", model.tiled() ? "not initialised, an input not set, no output yet, or too few cores"
                                   : "not initialised, an input not set, or no output yet");
    say("ERR_TRANSFER", "a transfer between memories failed");
    w.line("}");
    w.line("return \"unknown status\";");
  });
}

} // namespace

std::string writeNetwork(const Model &model) {
  CWriter w;
  w.opening("The API of " + model.name + " and the order of its layers.");
  w.include(model.name + "_plan.h");
  w.include("dyadic_codes.h").include("dyadic_gather.h").include("dyadic_pack.h").line();
  layouts(w, model);
  writeTapSupport(w, model);
  if (model.tiled()) {
    writeStages(w, model);
    writeTiledInit(w, model);
  } else {
    init(w, model);
  }
  for (const Port *port : model.ports())
    if (port->user)
      bind(w, model, *port);
  for (const Port &port : model.inputs)
    setInput(w, model, port);
  model.tiled() ? writeTiledRun(w, model) : run(w, model);
  for (const Port &port : model.outputs)
    getOutput(w, model, port);
  errors(w, model);
  return w.take();
}

} // namespace dyadic::codegen
