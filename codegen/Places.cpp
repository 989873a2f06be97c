// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the boxes of gathers and the windows of pools as the runtime does.
#include "codegen/Places.h"
#include <functional>

using namespace mlir;
namespace dyadic::codegen {
namespace {

int64_t elementsOf(Value view) { return cast<plat::ViewType>(view.getType()).getTensor().getNumElements(); }

void gather(const Model &model, DictionaryAttr params, Places &places) {
  struct Axis {
    int64_t extent, inStride, outStride, first, end;
    SmallVector<int64_t> map;
  };
  SmallVector<Axis> axes;
  for (Attribute a : params.getAs<ArrayAttr>("axis")) {
    auto d = cast<DictionaryAttr>(a);
    Axis axis{plat::numberAt(d, "extent"), plat::numberAt(d, "in_stride"), plat::numberAt(d, "out_stride"),
              plat::numberAt(d, "first"),  plat::numberAt(d, "end"),       {}};
    if (Attribute map = d.get("map"))
      if (plat::ConstantOp offsets = model.constant(map))
        for (const APInt &v : cast<DenseElementsAttr>(offsets.getValues()).getValues<APInt>())
          axis.map.push_back(v.getSExtValue());
    axes.push_back(std::move(axis));
  }
  bool filled = false;
  std::function<void(size_t, int64_t, int64_t, bool)> walk = [&](size_t r, int64_t in, int64_t out,
                                                                 bool inside) {
    if (r == axes.size()) {
      if (inside)
        places.from[out] = {in};
      filled |= !inside;
      return;
    }
    const Axis &axis = axes[r];
    for (int64_t x = 0; x < axis.extent; ++x) {
      bool here = inside && x >= axis.first && x < axis.end;
      int64_t step = axis.map.empty() ? x * axis.inStride : here ? axis.map[x] : 0;
      walk(r + 1, in + step, out + x * axis.outStride, here);
    }
  };
  walk(0, plat::numberAt(params, "in_base"), plat::numberAt(params, "out_base"), true);
  if (filled)
    places.fill = plat::numberAt(params, "fill");
}

void pool(DictionaryAttr params, Places &places) {
  auto at = [&](StringRef path) { return plat::numberAt(params, path); };
  int64_t channels = at("channels"), height = at("h.in"), width = at("w.in"), rows = at("h.out"),
          columns = at("w.out");
  auto within = [&](const char *axis, int64_t o) {
    std::string a = axis;
    SmallVector<int64_t> r;
    for (int64_t k = 0; k < at(a + ".kernel"); ++k) {
      int64_t i = o * at(a + ".stride") + k * at(a + ".dilation") - at(a + ".pad");
      if (i >= 0 && i < at(a + ".in"))
        r.push_back(i);
    }
    return r;
  };
  for (size_t e = 0; e < places.from.size(); ++e) {
    auto flat = static_cast<int64_t>(e);
    int64_t c = flat % channels, x = flat / channels % columns, y = flat / channels / columns % rows,
            n = flat / channels / columns / rows;
    for (int64_t iy : within("h", y))
      for (int64_t ix : within("w", x))
        places.from[e].push_back(((n * height + iy) * width + ix) * channels + c);
  }
}

} // namespace

Places placesOf(const Model &model, const Work &kernel) {
  Places places;
  places.from.resize(elementsOf(kernel.outs.front()));
  if (kernel.kernel == "gather")
    gather(model, kernel.params, places);
  else
    pool(kernel.params, places);
  return places;
}

} // namespace dyadic::codegen
