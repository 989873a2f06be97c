// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What -DNAME_TAP=1 adds to NAME.c: every quantised tensor, element by element, in ONNX order.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

/// One number per ONNX axis as "{1u, 2u}".
std::string list(ArrayRef<int64_t> values, const char *suffix) {
  std::string text = "{";
  for (auto [i, v] : llvm::enumerate(values))
    text += (i ? ", " : "") + std::to_string(v) + suffix;
  return text + (values.empty() ? "0}" : "}");
}

struct Place {
  SmallVector<int64_t> extent, stride; ///< per ONNX axis
};

Place placeOf(plat::TapOp tap) {
  ArrayRef<int64_t> view = tap.getOnnxView(), perm = tap.getPerm();
  SmallVector<int64_t> physical;
  for (auto [i, axis] : llvm::enumerate(perm))
    physical.push_back(tap.getKept() && static_cast<int64_t>(i) == static_cast<int64_t>(tap.getKeptAxis())
                           ? static_cast<int64_t>(tap.getKept()->size())
                           : view[axis]);
  Place place{SmallVector<int64_t>(view), SmallVector<int64_t>(view.size(), 1)};
  int64_t stride = 1;
  for (size_t i = perm.size(); i-- > 0;) {
    place.stride[perm[i]] = stride;
    stride *= physical[i];
  }
  return place;
}

/// Whether the tap's codes fit the tap function.
bool isShown(plat::TapOp tap) { return !tap->hasAttr(plat::untappedAttrName); }

template <typename Visit> void everyTap(const Model &model, Visit visit) {
  for (plat::TapOp tap : model.inputTaps)
    visit(tap);
  for (const Layer &layer : model.layers)
    for (plat::TapOp tap : layer.taps)
      visit(tap);
}

template <typename Visit> void eachTap(const Model &model, Visit visit) {
  everyTap(model, [&](plat::TapOp tap) {
    if (isShown(tap))
      visit(tap);
  });
}

/// Position of a tap among all, the number in its C name.
int64_t numberOf(const Model &model, plat::TapOp wanted) {
  int64_t n = 0, found = 0;
  eachTap(model, [&](plat::TapOp tap) {
    if (tap == wanted)
      found = n;
    ++n;
  });
  return found;
}

} // namespace

std::vector<std::string> Model::untapped() const {
  std::vector<std::string> keys;
  everyTap(*this, [&](plat::TapOp tap) {
    if (!isShown(tap))
      keys.push_back(tap.getKey().str());
  });
  return keys;
}

void writeTapSupport(CWriter &w, const Model &model) {
  size_t rank = 1, count = 0;
  eachTap(model, [&](plat::TapOp tap) {
    rank = std::max(rank, tap.getOnnxView().size());
    ++count;
  });
  if (count == 0)
    return;
  w.line("#if " + model.upper + "_TAP");
  w.comment("Where a tensor's elements lie, ONNX axis by ONNX axis.");
  w.block(
      "typedef struct tap_layout",
      [&] {
        w.line("const char *node;");
        w.line("dyadic_type type;");
        w.line("int64_t mul; // code = stored * mul + add");
        w.line("int64_t add;");
        w.line("uint32_t rank;");
        w.line("uint32_t extent[" + llvm::Twine(rank) + "];");
        w.line("uint32_t stride[" + llvm::Twine(rank) + "];");
        w.line("uint32_t axis;           // where channels were removed:");
        w.line("const int32_t *position; // by ONNX index its place, -1: removed; or null");
        w.line("const int64_t *constant; // the codes of removed channels");
      },
      " tap_layout;");
  w.line();
  w.block("static void show(const tap_layout *tap, const void *data)", [&] {
    w.line("uint32_t x[" + llvm::Twine(rank) + "] = {0u};");
    w.line("uint32_t count = 1u;");
    w.block("for (uint32_t r = 0u; r < tap->rank; ++r)", [&] { w.line("count *= tap->extent[r];"); });
    w.block("for (uint32_t index = 0u; index < count; ++index)", [&] {
      w.line("uint32_t at = 0u;");
      w.line("int removed = 0;");
      w.block("for (uint32_t r = 0u; r < tap->rank; ++r)", [&] {
        w.line("uint32_t here = x[r];");
        w.block("if (tap->position != NULL && r == tap->axis)", [&] {
          w.line("removed = tap->position[x[r]] < 0;");
          w.line("here = removed ? 0u : (uint32_t)tap->position[x[r]];");
        });
        w.line("at += here * tap->stride[r];");
      });
      w.line("const int64_t code = removed ? tap->constant[x[tap->axis]] : dyadic_load(data, tap->type, at) "
             "* tap->mul + tap->add;");
      w.line(model.name + "_tap(tap->node, index, (int32_t)code);");
      w.block("for (uint32_t r = tap->rank; r > 0u && ++x[r - 1u] == tap->extent[r - 1u]; --r)",
              [&] { w.line("x[r - 1u] = 0u;"); });
    });
  });
  w.line();
  int64_t n = 0;
  eachTap(model, [&](plat::TapOp tap) {
    std::string name = "tap_" + std::to_string(n++);
    Place place = placeOf(tap);
    Type element = cast<plat::ViewType>(tap.getView().getType()).getTensor().getElementType();
    bool kept = tap.getKept().has_value();
    if (kept) {
      ArrayRef<int64_t> constants = *tap.getConstants();
      SmallVector<int64_t> position(constants.size(), -1);
      for (auto [i, onnx] : llvm::enumerate(*tap.getKept()))
        position[onnx] = i;
      w.line("static const int32_t " + name + "_position[] = " + list(position, "") + ";");
      w.line("static const int64_t " + name + "_constant[] = " + list(constants, "") + ";");
    }
    w.block(
        "static const tap_layout " + name + " =",
        [&] {
          w.line(".node = \"" + literalText(tap.getKey()) + "\",");
          w.line(".type = {" + llvm::Twine(element.getIntOrFloatBitWidth()) + ", " +
                 (element.isSignedInteger() ? "1" : "0") + "},");
          w.line(".mul = " + literal(tap.getCodeMul()) + ",");
          w.line(".add = " + literal(tap.getCodeAdd()) + ",");
          w.line(".rank = " + llvm::Twine(place.extent.size()) + "u,");
          w.line(".extent = " + list(place.extent, "u") + ",");
          w.line(".stride = " + list(place.stride, "u") + ",");
          if (kept) {
            w.line(".axis = " + llvm::Twine(tap.getPerm()[tap.getKeptAxis()]) + "u,");
            w.line(".position = " + name + "_position,");
            w.line(".constant = " + name + "_constant,");
          }
        },
        ";");
  });
  w.line("#endif");
  w.line();
}

void writeTapCalls(CWriter &w, const Model &model, ArrayRef<plat::TapOp> taps) {
  if (llvm::none_of(taps, isShown))
    return;
  w.line("#if " + model.upper + "_TAP");
  for (plat::TapOp tap : llvm::make_filter_range(taps, isShown)) {
    plat::BufferOp home = plat::bufferOf(tap.getView());
    if (model.network.getCacheLineBytes() && home && home.getLevel() == plat::Level::L2) { // whoever wrote it
      std::string all =
          model.reach(tap.getView()) + ", " +
          std::to_string(plat::packedBytes(cast<plat::ViewType>(tap.getView().getType()).getTensor())) +
          "u);";
      w.line("dyadic_cache_clean(" + all).line("dyadic_cache_invalidate(" + all);
    }
    w.line("show(&tap_" + llvm::Twine(numberOf(model, tap)) + ", " + model.pointer(tap.getView()) + ");");
  }
  w.line("#endif");
}

} // namespace dyadic::codegen
