// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_float.c: reals in, reals out; the only file that may use libm.
#include "codegen/Exact.h"
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

/// A static const array of literals, several to a row.
void table(CWriter &w, const llvm::Twine &head, llvm::ArrayRef<std::string> values) {
  w.line(head + " = {");
  std::string row;
  for (const std::string &v : values) {
    if (row.size() + v.size() > 94) {
      w.line("  " + row);
      row.clear();
    }
    row += (row.empty() ? "" : " ") + v + ",";
  }
  w.line("  " + row).line("};");
}

bool hasThresholds(const Port &port) {
  return cast<ShapedType>(port.port.getThresholds().getType()).getNumElements() != 0;
}

void quantise(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string i = std::to_string(port.index), name = "input_" + i + "_thresholds";
  auto thresholds = cast<DenseFPElementsAttr>(port.port.getThresholds());
  int64_t channels = thresholds.getType().getDimSize(0), levels = thresholds.getType().getDimSize(1);
  SmallVector<std::string> values;
  for (const APFloat &t : thresholds)
    values.push_back(floatLiteral(t.convertToFloat()));
  w.comment("Code number j + 1 and all above it begin at threshold j; " + std::to_string(channels) +
            " channel(s) of " + std::to_string(levels) + ".");
  table(w, "static const float " + name + "[" + llvm::Twine(channels * levels) + "]", values);
  w.line();
  // Codes as the caller sees them; they fall where the quantiser's do, or where the stored ones are negated.
  int64_t mul =
      (port.tensor().getElementType().isSignedInteger(1) ? 2 : 1) * std::abs(port.port.getCodeMul());
  SmallVector<std::string> falls;
  ArrayRef<int8_t> descending = port.port.getDescending();
  for (int64_t c = 0; c < channels; ++c) {
    bool down = !descending.empty() && descending[descending.size() == 1 ? 0 : c];
    falls.push_back(down != (port.port.getCodeMul() < 0) ? "1" : "0");
  }
  std::string rising = literal(port.codeMin) + " + " + literal(mul) + " * (int64_t)low";
  std::string falling = literal(port.codeMax) + " - " + literal(mul) + " * (int64_t)low";
  std::string code = falls[0] == "1" ? falling : rising;
  if (!llvm::all_equal(falls)) {
    w.comment("1: the code falls as the real grows.");
    table(w, "static const uint8_t input_" + llvm::Twine(i) + "_falls[" + llvm::Twine(channels) + "]", falls);
    w.line();
    code = "input_" + i + "_falls[channel] ? " + falling + " : " + rising;
  }
  auto search = [&] {
    if (channels > 1) {
      int64_t period = port.port.getThresholdPeriod();
      w.line("const uint32_t channel = i" + (period == 1 ? "" : " / " + std::to_string(period) + "u") +
             " % " + std::to_string(channels) + "u;");
    }
    w.line("const float *const begin = " + name +
           (channels > 1 ? " + channel * " + std::to_string(levels) + "u;" : ";"));
    w.line("uint32_t low = 0u; // the number of thresholds <= real[i] lies in low .. high");
    w.line("uint32_t high = " + llvm::Twine(levels) + "u;");
    w.block("while (low < high)", [&] {
      w.line("const uint32_t middle = low + (high - low) / 2u;");
      w.line("if (real[i] >= begin[middle]) {").line("  low = middle + 1u;");
      w.line("} else {").line("  high = middle;").line("}");
    });
    w.line("codes[i] = (" + n + "_input_" + i + "_t)(" + code + ");");
  };
  std::string loop = "for (uint32_t i = 0u; i < " + u + "_INPUT_" + i + "_ELEMS; ++i)";
  std::string head = n + "_status " + n + "_quantise_input_" + i;
  w.block(head + "(const float *real, " + n + "_input_" + i + "_t *codes)", [&] {
    w.block("if (real == NULL || codes == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
    w.block(loop,
            [&] { w.block("if (!isfinite(real[i]))", [&] { w.line("return " + u + "_ERR_RANGE;"); }); });
    w.block(loop, search);
    w.line("return " + u + "_OK;");
  });
  w.line();
}

/// real = code * scale + offset with the zero point folded into the offset; one entry, or one per index of
/// the port's axis.
struct Reals {
  std::vector<mpq_class> scale, offset;
  bool hasOffset = false;
  int64_t period = 1; ///< elements before the channel changes
};

Reals realsOf(const Port &port) {
  Reals r{parseFractions(port.port.getScale()), parseFractions(port.port.getOffset())};
  size_t channels = std::max(r.scale.size(), r.offset.size());
  r.scale.resize(channels, r.scale[0]);
  r.offset.resize(channels, r.offset[0]);
  mpq_class zero = parseFraction(port.port.getZero().getValue());
  for (size_t c = 0; c < channels; ++c) {
    r.offset[c] -= zero * r.scale[c];
    r.hasOffset |= r.offset[c] != 0;
  }
  ArrayRef<int64_t> shape = port.port.getShape();
  for (size_t i = port.port.getAxis() + 1; i < shape.size(); ++i)
    r.period *= shape[i];
  return r;
}

/// Each number as the sum of two doubles.
void pairTable(CWriter &w, const std::string &name, const std::vector<mpq_class> &values) {
  SmallVector<std::string> high, low;
  bool exact = true;
  for (const mpq_class &v : values) {
    double h = nearestDouble(v), l = nearestDouble(v - mpq_class(h));
    exact &= l == 0;
    high.push_back(doubleLiteral(h));
    low.push_back(doubleLiteral(l));
  }
  table(w, "static const double " + name + "[" + llvm::Twine(values.size()) + "]", high);
  if (!exact)
    table(w, "static const double " + name + "_low[" + llvm::Twine(values.size()) + "]", low);
}
bool pairIsExact(const std::vector<mpq_class> &values) {
  return llvm::all_of(values, [](const mpq_class &v) { return mpq_class(nearestDouble(v)) == v; });
}

/// static pair real_N(code, channel): the exact real to about 100 bits.
void realFunction(CWriter &w, const Model &model, const Port &port, const Reals &reals) {
  std::string i = std::to_string(port.index), scale = "output_" + i + "_scale",
              offset = "output_" + i + "_offset";
  pairTable(w, scale, reals.scale);
  if (reals.hasOffset)
    pairTable(w, offset, reals.offset);
  w.line();
  w.comment("code * scale" + std::string(reals.hasOffset ? " + offset" : "") +
            " of element i, as the sum of two doubles.");
  w.block("static pair output_" + i + "_real(" + model.name + "_output_" + i + "_t code, uint32_t i)", [&] {
    if (reals.scale.size() == 1)
      w.line("const uint32_t c = 0u;").line("(void)i;");
    else
      w.line("const uint32_t c = (i / " + llvm::Twine(reals.period) + "u) % " +
             llvm::Twine(reals.scale.size()) + "u;");
    w.line("const double x = (double)code;");
    w.line("pair y;");
    w.line("y.high = x * " + scale + "[c];");
    w.line("y.low = fma(x, " + scale + "[c], -y.high)" +
           (pairIsExact(reals.scale) ? "" : " + x * " + scale + "_low[c]") + ";");
    if (reals.hasOffset) {
      w.line("y = add(y, " + offset + "[c]);");
      if (!pairIsExact(reals.offset))
        w.line("y = add(y, " + offset + "_low[c]);");
    }
    w.line("return y;");
  });
  w.line();
}

void dequantise(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string i = std::to_string(port.index);
  w.block(n + "_status " + n + "_dequantise_output_" + i + "(const " + n + "_output_" + i +
              "_t *codes, float *real)",
          [&] {
            w.block("if (codes == NULL || real == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
            w.block("for (uint32_t i = 0u; i < " + u + "_OUTPUT_" + i + "_ELEMS; ++i)",
                    [&] { w.line("real[i] = nearest(output_" + i + "_real(codes[i], i));"); });
            w.line("return " + u + "_OK;");
          });
  w.line();
}

struct HeadLoop {
  int64_t outer = 1, length = 1, inner = 1;
};
HeadLoop headLoop(const Port &port) {
  HeadLoop h;
  int64_t axis = port.port.getHeadAxis();
  for (auto [i, extent] : llvm::enumerate(port.port.getShape().asArrayRef()))
    (static_cast<int64_t>(i) < axis    ? h.outer
     : static_cast<int64_t>(i) == axis ? h.length
                                       : h.inner) *= extent;
  return h;
}

/// Loops over everything but the head's axis; `first` and `stride` walk along it.
void overRows(CWriter &w, const HeadLoop &h, llvm::function_ref<void()> body) {
  w.block("for (uint32_t row = 0u; row < " + llvm::Twine(h.outer * h.inner) + "u; ++row)", [&] {
    if (h.inner == 1)
      w.line("const uint32_t first = row * " + llvm::Twine(h.length) + "u;");
    else
      w.line("const uint32_t first = row / " + llvm::Twine(h.inner) + "u * " +
             llvm::Twine(h.length * h.inner) + "u + row % " + llvm::Twine(h.inner) + "u;");
    body();
  });
}
std::string along(const HeadLoop &h) {
  return h.inner == 1 ? "first + k" : "first + k * " + std::to_string(h.inner) + "u";
}

void softmax(CWriter &w, const Model &model, const Port &port) {
  const std::string &n = model.name, &u = model.upper;
  std::string i = std::to_string(port.index);
  HeadLoop h = headLoop(port);
  std::string value = "output_" + i + "_real(codes[" + along(h) + "], " + along(h) + ").high";
  std::string loop = "for (uint32_t k = 0u; k < " + std::to_string(h.length) + "u; ++k)";
  w.block(n + "_status " + n + "_softmax_output_" + i + "(const " + n + "_output_" + i +
              "_t *codes, float *probabilities)",
          [&] {
            w.block("if (codes == NULL || probabilities == NULL)",
                    [&] { w.line("return " + u + "_ERR_ARG;"); });
            overRows(w, h, [&] {
              w.line("double largest = -HUGE_VAL;");
              w.block(loop, [&] {
                w.line("const double x = " + value + ";");
                w.line("largest = x > largest ? x : largest;");
              });
              w.line("double sum = 0.0;");
              w.block(loop, [&] { w.line("sum += exp(" + value + " - largest);"); });
              w.block(loop, [&] {
                w.line("probabilities[" + along(h) + "] = (float)(exp(" + value + " - largest) / sum);");
              });
            });
            w.line("return " + u + "_OK;");
          });
  w.line();
}

void argmax(CWriter &w, const Model &model, const Port &port, const Reals &reals) {
  const std::string &n = model.name, &u = model.upper;
  std::string i = std::to_string(port.index);
  HeadLoop h = headLoop(port);
  bool same = llvm::all_equal(reals.scale) && llvm::all_equal(reals.offset) && reals.scale[0] > 0;
  w.block(n + "_status " + n + "_argmax_output_" + i + "(const " + n + "_output_" + i +
              "_t *codes, uint32_t *index)",
          [&] {
            w.block("if (codes == NULL || index == NULL)", [&] { w.line("return " + u + "_ERR_ARG;"); });
            overRows(w, h, [&] {
              w.line("uint32_t best = 0u;");
              w.block("for (uint32_t k = 1u; k < " + std::to_string(h.length) + "u; ++k)", [&] {
                HeadLoop b = h;
                std::string at = along(h), bestAt = b.inner == 1
                                                        ? "first + best"
                                                        : "first + best * " + std::to_string(b.inner) + "u";
                if (same) {
                  w.block("if (codes[" + at + "] > codes[" + bestAt + "])", [&] { w.line("best = k;"); });
                } else {
                  w.line("const pair x = output_" + i + "_real(codes[" + at + "], " + at + ");");
                  w.line("const pair y = output_" + i + "_real(codes[" + bestAt + "], " + bestAt + ");");
                  w.block("if (x.high > y.high || (x.high == y.high && x.low > y.low))",
                          [&] { w.line("best = k;"); });
                }
              });
              w.line("index[row] = best;");
            });
            w.line("return " + u + "_OK;");
          });
  w.line();
}

} // namespace

std::string writeFloat(const Model &model) {
  CWriter w;
  w.opening("Reals to codes and back for " + model.name + "; nothing else of the network needs this file.");
  w.include(model.name + ".h").line();
  w.include("math.h", true).include("string.h", true).line();
  bool anyOffset = false;
  for (const Port &port : model.outputs)
    anyOffset |= realsOf(port).hasOffset;
  if (!model.outputs.empty()) {
    w.comment("A real as high + low; high is the sum's nearest double.");
    w.block("typedef struct pair", [&] { w.line("double high;").line("double low;"); }, " pair;");
    w.line();
    if (anyOffset) {
      w.block("static pair add(pair x, double y)", [&] {
        w.line("const double sum = x.high + y;");
        w.line("const double part = sum - x.high;");
        w.line("const double low = (x.high - (sum - part)) + (y - part) + x.low;");
        w.line("pair out;");
        w.line("out.high = sum + low;");
        w.line("out.low = low - (out.high - sum);");
        w.line("return out;");
      });
      w.line();
    }
    w.comment("The float nearest to x, rounded once: first to odd among the doubles, which no tie survives.");
    w.block("static float nearest(pair x)", [&] {
      w.block("if (x.low < 0.0 || x.low > 0.0)", [&] {
        w.line("uint64_t bits;");
        w.line("memcpy(&bits, &x.high, sizeof bits);");
        w.block("if ((bits & 1u) == 0u)", [&] {
          w.line("bits = (x.low > 0.0) == (x.high > 0.0) ? bits + 1u : bits - 1u;");
          w.line("memcpy(&x.high, &bits, sizeof bits);");
        });
      });
      w.line("return (float)x.high;");
    });
    w.line();
  }
  for (const Port &port : model.inputs)
    if (hasThresholds(port))
      quantise(w, model, port);
  for (const Port &port : model.outputs) {
    Reals reals = realsOf(port);
    realFunction(w, model, port, reals);
    dequantise(w, model, port);
    if (port.port.getHead().getValue() == "softmax")
      softmax(w, model, port);
    else if (port.port.getHead().getValue() == "argmax")
      argmax(w, model, port, reals);
  }
  return w.take();
}

} // namespace dyadic::codegen
