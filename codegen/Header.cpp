// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME.h, what users include, and NAME_plan.h, what the network's own files share.
#include "codegen/Exact.h"
#include "codegen/TiledWriters.h"
#include "runtime-c/include/dyadic_base.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, extent] : llvm::enumerate(shape))
    text += (i ? ", " : "") + std::to_string(extent);
  return text + "]";
}

/// One value, or a brace list over the port's ONNX axis.
std::string realMacro(const std::vector<mpq_class> &values) {
  if (values.size() == 1)
    return floatLiteral(nearestFloat(values[0]));
  std::string text = "{";
  for (auto [i, v] : llvm::enumerate(values))
    text += (i ? ", " : "") + floatLiteral(nearestFloat(v));
  return text + "}";
}

std::string zeroMacro(const mpq_class &zero) {
  return zero.get_den() == 1 ? zero.get_num().get_str() : floatLiteral(nearestFloat(zero));
}

/// How the slot's bytes are arranged, for those who skip the copy.
void slotComment(CWriter &w, const Model &model, const Port &port) {
  Type element = port.tensor().getElementType();
  unsigned bits = element.getIntOrFloatBitWidth();
  std::string order;
  for (int64_t axis : port.port.getPerm().asArrayRef())
    order += (order.empty() ? "" : ", ") + std::to_string(axis);
  std::string packing = bits < 8    ? "packed " + std::to_string(bits) +
                                          "-bit codes, value i in bits i*B.. of a little-endian bit stream"
                        : bits == 8 ? "one byte each"
                                    : std::to_string(plat::storedBits(element)) + "-bit containers";
  std::string text = "Slot: " + std::to_string(plat::packedBytes(port.tensor())) + " bytes, axes of " +
                     shapeText(port.port.getView()) + " in the order " + order + " (last one fastest), " +
                     packing;
  if (element.isSignedInteger(1))
    text += ", bit 0 is -1, bit 1 is +1";
  if (!port.sameCodes())
    text += ", code = stored * " + std::to_string(port.port.getCodeMul()) + " + " +
            std::to_string(port.port.getCodeAdd());
  w.comment(text + ".");
  int64_t line = model.network.getCacheLineBytes().value_or(0);
  w.comment("Where: " +
            std::string(port.user ? "memory of yours, given to " + model.name + "_bind_" +
                                        (port.input ? "input_" : "output_") + std::to_string(port.index)
                                  : "the arena") +
            ", in L2, aligned to " + std::to_string(port.align) + " bytes" +
            (line ? ", whole cache lines of " + std::to_string(line) +
                        " bytes that nothing else lies in; the network cleans and invalidates them"
                  : "") +
            ".");
  if (port.user && !port.input)
    w.comment("Owner: the network in " + model.name + "_run, which writes over all of it; else you.");
  else if (port.input && port.overwritten)
    w.comment("Owner: the caller until " + model.name +
              "_run, which overwrites it; fill it again before the next run.");
  else if (port.input)
    w.comment("Owner: the caller; " + model.name +
              "_run only reads it, so that it may stay for the next run.");
  else
    w.comment("Owner: the network; valid from " + model.name +
              "_run until the next input is set or asked for.");
}

void portMacros(CWriter &w, const Model &model, const Port &port) {
  std::string kind = port.input ? "input" : "output", tag = kind + "_" + std::to_string(port.index);
  std::string macro = model.upper + "_" + upper(tag);
  Type element = port.tensor().getElementType();
  auto scales = parseFractions(port.port.getScale()), offsets = parseFractions(port.port.getOffset());
  w.line();
  w.comment((port.input ? "Input " : "Output ") + std::to_string(port.index) + ": ONNX tensor " +
            commentText(port.port.getName().getValue()) + " " + shapeText(port.port.getShape()) + ", codes " +
            std::to_string(port.codeMin) + " to " + std::to_string(port.codeMax) +
            ", real = (code - zero) * scale" +
            (llvm::all_of(offsets, [](auto &o) { return o == 0; }) ? "." : " + offset."));
  slotComment(w, model, port);
  w.line("#define " + macro + "_ELEMS " + llvm::Twine(port.elements()) + "u");
  w.line("#define " + macro + "_BITS " + llvm::Twine(element.getIntOrFloatBitWidth()));
  w.line("#define " + macro + "_SIGNED " + (element.isSignedInteger() ? "1" : "0"));
  w.line("#define " + macro + "_SLOT_BYTES " + llvm::Twine(plat::packedBytes(port.tensor())) + "u");
  w.line("#define " + macro + "_ALIGN " + llvm::Twine(port.align) + "u");
  w.line("#define " + macro + "_SCALE " + realMacro(scales));
  w.line("#define " + macro + "_ZERO " + zeroMacro(parseFraction(port.port.getZero().getValue())));
  w.line("#define " + macro + "_OFFSET " + realMacro(offsets));
  w.line("typedef " + cTypeOf(port.container) + " " + model.name + "_" + tag + "_t;");
}

void functions(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.line();
  w.comment("Takes an arena of at least " + u + "_ARENA_BYTES bytes, aligned to " + u +
            "_ARENA_ALIGN; context and arena stay the caller's.");
  w.line(n + "_status " + n + "_init(" + n + "_ctx *ctx, void *arena, size_t arena_bytes);");
  if (model.tiled()) {
    w.comment("The same with L1 in memory of its own: an arena of at least " + u + "_L2_BYTES" +
              (model.l3Bytes() > 0 ? " + " + u + "_L3_BYTES" : "") + " and L1 of at least " + u +
              "_L1_BYTES, both aligned. " + u + "_ERR_TRANSFER where weights could not be loaded.");
    w.line(n + "_status " + n + "_init_l1(" + n +
           "_ctx *ctx, void *arena, size_t arena_bytes, void *l1, size_t l1_bytes);");
    writeLevels(w, model);
  }
  for (const Port *p : model.ports())
    if (p->user) {
      std::string tag = (p->input ? "input_" : "output_") + std::to_string(p->index);
      w.comment("Until the next call this memory is the slot of " + tag + ": " + u + "_" + upper(tag) +
                "_SLOT_BYTES bytes; " + u + "_ERR_ALIGN if not aligned. Without it " + u + "_ERR_STATE.");
      w.line(n + "_status " + n + "_bind_" + tag + "(" + n + "_ctx *ctx, void *memory);");
    }
  w.line();
  w.comment(
      "An input is set by copy or by filling its slot, each time anew where its slot is overwritten: else " +
      u + "_ERR_STATE. Setting one, or asking for its slot, ends the validity of the outputs.");
  for (const Port &p : model.inputs) {
    std::string i = std::to_string(p.index);
    w.comment("Copies " + u + "_INPUT_" + i + "_ELEMS codes in ONNX axis order, batch first; " + u +
              "_ERR_RANGE for a code outside " + std::to_string(p.codeMin) + " to " +
              std::to_string(p.codeMax) + (p.tensor().getElementType().isSignedInteger(1) ? " or 0" : "") +
              ", with nothing changed.");
    w.line(n + "_status " + n + "_set_input_" + i + "(" + n + "_ctx *ctx, const " + n + "_input_" + i +
           "_t *codes);");
    w.line("void *" + n + "_input_slot_" + i + "(" + n + "_ctx *ctx);");
  }
  w.line();
  w.comment("Runs the network once. Re-entrant for distinct contexts.");
  w.line(n + "_status " + n + "_run(" + n + "_ctx *ctx);");
  w.line();
  for (const Port &p : model.outputs) {
    std::string i = std::to_string(p.index);
    w.comment("Copies " + u + "_OUTPUT_" + i + "_ELEMS codes in ONNX axis order.");
    w.line(n + "_status " + n + "_get_output_" + i + "(const " + n + "_ctx *ctx, " + n + "_output_" + i +
           "_t *codes);");
    w.line("const void *" + n + "_output_slot_" + i + "(const " + n + "_ctx *ctx);");
  }
  w.line();
  w.line("const char *" + n + "_strerror(" + n + "_status status);");
  w.line();
  w.comment("In " + n + "_float.c, which nothing else needs:");
  for (const Port &p : model.inputs) {
    if (cast<ShapedType>(p.port.getThresholds().getType()).getNumElements() == 0)
      continue;
    std::string i = std::to_string(p.index);
    w.comment("The codes of real inputs, exact for every finite float; NaN and infinity: " + u +
              "_ERR_RANGE.");
    w.line(n + "_status " + n + "_quantise_input_" + i + "(const float *real, " + n + "_input_" + i +
           "_t *codes);");
  }
  for (const Port &p : model.outputs) {
    std::string i = std::to_string(p.index), argument = "(const " + n + "_output_" + i + "_t *codes, ";
    w.comment("The reals that output " + i + "'s codes stand for, each the nearest float.");
    w.line(n + "_status " + n + "_dequantise_output_" + i + argument + "float *real);");
    StringRef head = p.port.getHead().getValue();
    if (head == "softmax") {
      w.comment("Softmax of these reals along ONNX axis " + std::to_string(p.port.getHeadAxis()) +
                ", the last step of the ONNX graph.");
      w.line(n + "_status " + n + "_softmax_output_" + i + argument + "float *probabilities);");
    } else if (head == "argmax") {
      w.comment("Index of the largest real along ONNX axis " + std::to_string(p.port.getHeadAxis()) +
                ", the first one on ties: the last step of the ONNX graph.");
      w.line(n + "_status " + n + "_argmax_output_" + i + argument + "uint32_t *index);");
    }
  }
  if (model.options.selfTest) {
    w.line();
    w.comment("In " + n +
              "_selftest.c: 0 when every recorded input gives its recorded output; else 1, and the fault "
              "says where.");
    w.block(
        "typedef struct " + n + "_selftest_fault",
        [&] {
          w.line("uint32_t sample;");
          w.line("uint32_t output;");
          w.line("uint32_t element;");
          w.line("int64_t expected;");
          w.line("int64_t found;");
        },
        " " + n + "_selftest_fault;");
    w.line("int " + n + "_selftest(void);");
    w.line("const " + n + "_selftest_fault *" + n + "_selftest_first_fault(void);");
  }
  w.line("#if " + u + "_TAP");
  w.comment("Yours to define: called for every element of every quantised tensor, index in ONNX order.");
  for (const std::string &key : model.untapped())
    w.comment("Not for " + commentText(key) + ", whose codes may not fit int32_t.");
  w.line("void " + n + "_tap(const char *onnx_node, uint32_t index, int32_t code);");
  w.line("#endif");
}

} // namespace

std::string writeHeader(const Model &model) {
  CWriter w;
  const std::string &n = model.name, &u = model.upper;
  w.opening(n + ": a quantised neural network in " + std::to_string(model.layers.size()) +
            " layers, compiled for " + commentText(model.options.target) + ".");
  w.line("#ifndef " + u + "_H");
  w.line("#define " + u + "_H");
  w.line().include("stddef.h", true).include("stdint.h", true).line();
  if (model.tiled())
    w.include("dyadic_machine.h").line();
  w.line("#ifndef " + u + "_TAP").line("#define " + u + "_TAP 0").line("#endif").line();
  w.line("#ifdef __cplusplus").line("extern \"C\" {").line("#endif").line();
  w.block(
      "typedef enum",
      [&] {
        w.line(u + "_OK = 0,");
        w.line(u + "_ERR_ARG,      // a null pointer");
        w.line(u + "_ERR_ARENA,    // the arena is too small");
        w.line(u + "_ERR_ALIGN,    // the arena is not aligned");
        w.line(u + "_ERR_RANGE,    // a code or a real outside of what the input holds");
        w.line(u + "_ERR_STATE,    // not initialised, an input not set, " +
               (model.tiled() ? "no output yet, or too few cores" : "or no output yet"));
        w.line(u + "_ERR_TRANSFER  // a transfer between memories failed");
      },
      " " + n + "_status;");
  w.line();
  if (model.tiled())
    writeMemories(w, model);
  else
    w.line("#define " + u + "_ARENA_BYTES " + llvm::Twine(*model.network.getArenaBytes()) + "u");
  w.line("#define " + u + "_ARENA_ALIGN " + llvm::Twine(model.network.getArenaAlign()) + "u");
  w.line("#define " + u + "_INPUTS " + llvm::Twine(model.inputs.size()));
  w.line("#define " + u + "_OUTPUTS " + llvm::Twine(model.outputs.size()));
  for (const auto *ports : {&model.inputs, &model.outputs})
    for (const Port &port : *ports)
      portMacros(w, model, port);
  w.line();
  if (model.tiled())
    writeContext(w, model);
  w.comment("Owned by the caller, contents private.");
  w.block(
      "typedef struct " + n + "_ctx",
      [&] {
        w.line("uint8_t *arena;");
        w.line("uint8_t input_set[" + u + "_INPUTS];");
        w.line("uint8_t has_output;");
        for (const Port *p : model.ports())
          if (p->user)
            w.line("uint8_t *" + model.bound(*p).substr(5) + ";");
        if (model.tiled()) {
          w.line("uint8_t *l1;");
          if (model.l3Bytes() > 0)
            w.line("uint8_t *l3;");
          w.line("dyadic_transfer transfers[" + u + "_TRANSFERS];");
          w.line("#if " + u + "_TRACE");
          w.line("const dyadic_trace *trace; // yours to set after " + n + "_init; null: nothing is kept");
          w.line(n + "_flight flights[" + u + "_TRANSFERS];");
          w.line("#endif");
          w.line("#if " + u + "_DEBUG");
          w.line("int layer;");
          w.line("const char *fault; // the first wrong hand-over, or null; " + n + "_run: " + u +
                 "_ERR_STATE");
          w.line("int fault_layer; // where; 0: before the first");
          w.line("uint32_t fault_place; // in transfers");
          w.line(n + "_slot slots[" + u + "_TRANSFERS];");
          w.line("#endif");
        }
      },
      " " + n + "_ctx;");
  functions(w, model);
  w.line().line("#ifdef __cplusplus").line("}").line("#endif");
  w.line().line("#endif");
  return w.take();
}

std::string writePlanHeader(const Model &model) {
  CWriter w;
  const std::string &n = model.name, &u = model.upper;
  w.opening("Memory plan of " + n + " and what its files share; not for users.");
  w.line("#ifndef " + u + "_PLAN_H").line("#define " + u + "_PLAN_H").line();
  w.include(n + ".h").include("dyadic_base.h").line();
  w.line("#if DYADIC_ABI != " + llvm::Twine(DYADIC_ABI));
  w.line("#error \"" + n + " was made for version " + llvm::Twine(DYADIC_ABI) + " of the dyadic runtime\"");
  w.line("#endif").line();
  w.comment((model.tiled() ? "L2: " : "Arena: ") + std::to_string(*model.network.getArenaBytes()) +
            " bytes; no plan can take fewer than " +
            std::to_string(model.network.getArenaBoundBytes().value_or(0)) + ", the bytes alive in layer " +
            std::to_string(model.network.getBoundLayer().value_or(0)) + ".");
  w.comment("Offsets in bytes; a buffer is alive from its first to its last layer (0: inputs set, " +
            std::to_string(model.layers.size() + 1) + ": outputs read).");
  size_t longest = 0;
  for (plat::BufferOp b : model.buffers)
    longest = std::max(longest, model.offsetMacro(b).size());
  plat::Level level = plat::Level::L2;
  for (plat::BufferOp b : model.buffers) {
    if (b.getLevel() != level) {
      level = b.getLevel();
      bool near = level == plat::Level::L1;
      w.line();
      w.comment((near ? "L1: " : "L3: ") + std::to_string(near ? model.l1Bytes() : model.l3Bytes()) +
                (near ? " bytes, shared by all layers." : " bytes of activations that pass through L2."));
    }
    std::string macro = model.offsetMacro(b), offset = std::to_string(*b.getOffset()) + "u";
    w.line("#define " + macro + std::string(longest - macro.size() + 1, ' ') + offset +
           std::string(offset.size() < 8 ? 8 - offset.size() : 1, ' ') + "// " +
           std::to_string(b.getSizeBytes()) + " bytes, layers " + std::to_string(*b.getFirst()) + " to " +
           std::to_string(*b.getLast()));
  }
  if (model.tiled())
    writeTiledPlan(w, model);
  w.line();
  for (auto [constant, file] : model.constants) {
    auto c = constant;
    if (file == sharedFile)
      w.line("extern const " + cTypeOf(c) + " " + model.cName(c) + "[" + llvm::Twine(cElements(c)) + "];");
  }
  w.line();
  for (const Layer &layer : model.layers)
    if (!layer.tiled)
      w.line(wholeSignature(model, layer) + ";");
  for (const TiledLayer &layer : model.tiledLayers) {
    w.line(layerSignature(model, layer) + ";");
    for (const Stream &s : layer.streams)
      if (s.early)
        w.line("int " + earlyFetch(model, layer, s) + "(" + n + "_ctx *ctx);");
  }
  w.line().line("#endif");
  return w.take();
}

} // namespace dyadic::codegen
