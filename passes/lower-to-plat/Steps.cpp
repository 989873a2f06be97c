// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A proven step as the runtime's struct, its arrays as narrow as their numbers allow.
#include "dialects/qint/StepArrays.h"
#include "passes/lower-to-plat/Context.h"

#include <numeric>

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {
bool fits32(ArrayRef<int64_t> values) {
  return llvm::all_of(values, [](int64_t v) { return v >= INT32_MIN && v <= INT32_MAX; });
}
} // namespace

FailureOr<FlatSymbolRefAttr> Lowering::step(Operation *at, qint::StepAttr proof, StringRef node,
                                            ArrayRef<int64_t> channels) {
  auto arrays = channels.empty() ? qint::makeStepArrays(proof) : qint::makeStepArrays(proof, channels);
  if (!arrays)
    return at->emitOpError() << "step of '" << node << "': " << llvm::toString(arrays.takeError());

  auto line = [&](const qint::LineArrays &from, StringRef prefix) {
    bool m32 = fits32(from.m), b32 = fits32(from.b);
    return params()
        .attribute(m32 ? "m32" : "m64", paramArray((prefix + "m").str(), si(m32 ? 32 : 64), from.m))
        .attribute(b32 ? "b32" : "b64", paramArray((prefix + "b").str(), si(b32 ? 32 : 64), from.b))
        .attribute("n", paramArray((prefix + "n").str(), ui(8), from.n))
        .get();
  };
  Params p = params();
  p.number("channels", arrays->channels).number("terms", arrays->terms).number("form", arrays->form);
  p.attribute("forms", paramArray("forms", ui(8), arrays->forms)).attribute("line", line(arrays->line, ""));
  p.number("clamp_min", arrays->clampMin).number("clamp_max", arrays->clampMax);
  if (!arrays->split.empty())
    p.attribute("segments", params()
                                .attribute("split", paramArray("split", si(64), arrays->split))
                                .attribute("upper", line(arrays->upper, "upper_"))
                                .get());
  if (!arrays->thresholdFirst.empty()) {
    bool narrow = fits32(arrays->thresholds);
    p.attribute("thresholds",
                params()
                    .attribute(narrow ? "values32" : "values64",
                               paramArray("thresholds", si(narrow ? 32 : 64), arrays->thresholds))
                    .attribute("first", paramArray("first", ui(32), arrays->thresholdFirst))
                    .attribute("count", paramArray("count", ui(32), arrays->thresholdCount))
                    .attribute("descending", paramArray("descending", ui(8), arrays->descending))
                    .get());
  }
  if (!arrays->entryFirst.empty()) {
    auto [lo, hi] = std::minmax_element(arrays->entries.begin(), arrays->entries.end());
    auto fits = [low = *lo, high = *hi](unsigned bits, bool isSigned) {
      return isSigned ? low >= -(int64_t{1} << (bits - 1)) && high < int64_t{1} << (bits - 1)
                      : low >= 0 && high < int64_t{1} << bits;
    };
    bool isSigned = *lo < 0;
    unsigned bits = 8;
    while (bits < 64 && !fits(bits, isSigned))
      bits *= 2;
    isSigned |= bits == 64;
    Type entry = isSigned ? si(bits) : ui(bits);
    p.attribute("table", params()
                             .attribute("entries", paramArray("entries", entry, arrays->entries))
                             .attribute("entry", plat::typeParams(entry))
                             .attribute("first", paramArray("entry_first", ui(32), arrays->entryFirst))
                             .attribute("a_low", paramArray("a_low", si(64), arrays->aLow))
                             .get());
  }
  auto limbs = [&](const qint::WideArrays &from, const std::string &prefix) -> Attribute {
    if (!from.limbs)
      return {};
    return params()
        .number("limbs", from.limbs)
        .number("tie", from.tie)
        .attribute("row", paramArray(prefix + "row", ui(32), from.row))
        .attribute("A", paramArray(prefix + "wide_a", ui(32), from.A))
        .attribute("B", paramArray(prefix + "wide_b", ui(32), from.B))
        .attribute("P", paramArray(prefix + "wide_p", ui(32), from.P))
        .attribute("Q", paramArray(prefix + "wide_q", ui(32), from.Q))
        .attribute("Q2", paramArray(prefix + "wide_q2", ui(32), from.Q2))
        .get();
  };
  p.attribute("wide", limbs(arrays->wide, ""));
  if (const qint::PieceArrays &pieces = arrays->pieces; pieces.count)
    p.attribute("pieces", params()
                              .number("count", pieces.count)
                              .attribute("start", paramArray("piece_start", si(64), pieces.start))
                              .attribute("forms", paramArray("piece_forms", ui(8), pieces.forms))
                              .attribute("line", line(pieces.line, "piece_"))
                              .attribute("wide", limbs(pieces.wide, "piece_"))
                              .get());
  std::string name = layerName("step");
  plat::StepOp::create(declare, network.getLoc(), name, node, p.get(), proof);
  return FlatSymbolRefAttr::get(context, name);
}

} // namespace dyadic::lower_to_plat
