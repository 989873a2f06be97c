// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expand, Tile and Pad.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

LogicalResult expand(Node &n) {
  Dims target;
  if (failed(n.integers(1, "shape", target)))
    return failure();
  bool baked = !n.constant(0) && !target.empty() && target.size() == n.shape(0).size() &&
               target[0] == n.importer.bakedBatch && !n.constant(1)->isLive(0);
  if (baked)
    target[0] = n.importer.options.batch;
  auto shape = broadcast(n.shape(0), target);
  auto count = shape ? product(*shape) : std::nullopt;
  if (!count)
    return n.broken("its input " + shown(n.shape(0)) + " does not broadcast to " + shown(target),
                    "numpy's rule must hold");
  if (const Constant *c = n.constant(0))
    return failed(n.reserve(4 * *count)) ? failure()
                                         : n.give(gathered(*c, *shape, broadcastIndex(c->shape, *shape)));
  if (DimsRef(*shape) != n.shape(0))
    return n.refuse("an activation of shape " + shown(n.shape(0)) + " expanded to " + shown(*shape),
                    "expansion of constants", "let the following operator broadcast instead");
  return n.passOn();
}

LogicalResult tile(Node &n) {
  Dims repeats;
  DimsRef in = n.shape(0);
  if (failed(n.integers(1, "repeats", repeats)))
    return failure();
  if (repeats.size() != in.size())
    return n.broken("it has " + llvm::Twine(repeats.size()) + " repeats for " + llvm::Twine(in.size()) +
                        " axes",
                    "one for each axis is needed");
  bool once = llvm::all_of(repeats, [](int64_t r) { return r == 1; });
  const Constant *c = n.constant(0);
  if (once)
    return n.passOn();
  if (!c)
    return n.refuse("an activation repeated " + shown(repeats) + " times", "repetition of constants",
                    "let the following operator broadcast instead");
  // [r0, d0, r1, d1 ...] with stride 0 along each r, read as [r0 * d0, r1 * d1 ...].
  Dims spread, strides, shape, own = stridesOf(in);
  for (size_t i = 0; i < in.size(); ++i) {
    if (repeats[i] < 0 || repeats[i] > INT32_MAX || in[i] > INT32_MAX)
      return n.broken("repeats are " + shown(repeats), "they must not be negative");
    spread.insert(spread.end(), {repeats[i], in[i]});
    strides.insert(strides.end(), {0, own[i]});
    shape.push_back(repeats[i] * in[i]);
  }
  auto count = product(spread);
  if (!count)
    return n.broken("its result is too large", "fewer repeats are needed");
  return failed(n.reserve(4 * *count)) ? failure()
                                       : n.give(gathered(*c, shape, stridedIndex(spread, strides)));
}

/// What a Pad does to each axis: removes all but `kept` positions from `starts` on, then adds positions
/// before them.
struct Padding {
  Dims full, kept, starts, before;
};

/// Where a position outside of 0 .. extent - 1 is read; nothing for a mode that ONNX does not know.
std::optional<int64_t> inside(llvm::StringRef mode, int64_t i, int64_t extent) {
  if (mode == "edge")
    return std::clamp<int64_t>(i, 0, extent - 1);
  if (mode == "reflect")
    return i < 0 ? -i : i < extent ? i : 2 * (extent - 1) - i;
  if (mode == "wrap")
    return (i % extent + extent) % extent;
  return std::nullopt;
}

/// The other modes repeat values of the input: each axis is gathered by a list of positions.
LogicalResult padWithItself(Node &n, llvm::StringRef mode, const Padding &p) {
  SmallVector<Attribute> maps;
  for (size_t axis = 0; axis < p.full.size(); ++axis) {
    std::vector<int64_t> map;
    if (failed(n.reserve(p.full[axis])))
      return failure();
    for (int64_t x = 0; x < p.full[axis]; ++x) {
      auto at = inside(mode, x - p.before[axis], p.kept[axis]);
      if (!at)
        return n.refuse("mode " + shown(mode, 40), "modes constant, reflect, edge and wrap",
                        "pad with a constant");
      if (*at < 0 || *at >= p.kept[axis])
        return n.broken("axis " + llvm::Twine(axis) + " of " + llvm::Twine(p.kept[axis]) +
                            " positions is padded to " + llvm::Twine(p.full[axis]) + " by reflection",
                        "fewer positions than the axis has are needed on each side");
      map.push_back(p.starts[axis] + *at);
    }
    maps.push_back(n.builder().getDenseI64ArrayAttr(map));
  }
  auto x = n.operand(0);
  if (failed(x))
    return failure();
  return n.give(n.make<qonnx::ResizeOp>(p.full, *x, n.builder().getArrayAttr(maps)));
}

LogicalResult pad(Node &n) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  std::string mode = "constant";
  Dims pads, axes;
  float value = 0;
  if (failed(n.get("mode", mode)))
    return failure();
  if (n.version < 11) {
    if (failed(n.get("pads", pads)) || failed(n.get("value", value)))
      return failure();
  } else {
    if (failed(n.integers(1, "pads", pads)) || failed(n.integers(3, "axes", axes)))
      return failure();
    if (n.has(2)) {
      auto given = n.parameter(2, "padding value");
      if (failed(given))
        return failure();
      if ((*given)->count() != 1)
        return n.broken("its padding value has " + llvm::Twine((*given)->count()) + " elements",
                        "one is needed");
      value = (*given)->f[0];
    }
  }
  if (!n.has(3))
    for (int64_t i = 0; i < rank; ++i)
      axes.push_back(i);
  if (pads.size() != 2 * axes.size())
    return n.broken("it has " + llvm::Twine(pads.size()) + " pads for " + llvm::Twine(axes.size()) + " axes",
                    "two for each axis are needed");
  Dims before(rank, 0), after(rank, 0);
  for (size_t k = 0; k < axes.size(); ++k) {
    if (axes[k] < -rank || axes[k] >= rank)
      return n.broken("axis " + llvm::Twine(axes[k]) + " is outside of rank " + llvm::Twine(rank),
                      "axes lie in -rank .. rank - 1");
    int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
    before[axis] = pads[k], after[axis] = pads[k + axes.size()];
  }
  bool none = true;
  Dims kept(in.begin(), in.end()), starts(rank, 0), steps(rank, 1), full(rank), all(2 * rank);
  for (int64_t i = 0; i < rank; ++i) {
    for (int64_t p : {before[i], after[i]})
      if (p > INT32_MAX || p < -in[i])
        return n.broken("pads are " + shown(pads), "they must lie between what there is to remove and 2^31");
    none &= before[i] == 0 && after[i] == 0;
    starts[i] = std::max<int64_t>(-before[i], 0);
    kept[i] = in[i] - starts[i] - std::max<int64_t>(-after[i], 0);
    all[i] = std::max<int64_t>(before[i], 0), all[rank + i] = std::max<int64_t>(after[i], 0);
    full[i] = kept[i] + all[i] + all[rank + i];
    if (kept[i] < 1)
      return n.broken("pads " + shown(pads) + " remove all of axis " + llvm::Twine(i),
                      "something must be left");
  }
  if (none)
    return n.passOn();
  if (before[0] != 0 || after[0] != 0)
    return n.refuse("padding of the batch axis", "padding of the other axes", "leave the batch axis out");
  if (mode != "constant")
    return padWithItself(n, mode, {full, kept, starts, all});
  auto x = n.operand(0);
  if (failed(x))
    return failure();
  if (DimsRef(kept) != in)
    x = n.make<qonnx::SliceOp>(kept, *x, starts, steps);
  if (succeeded(x) && full != kept)
    x = n.make<qonnx::PadOp>(full, *x, all, llvm::APFloat(value));
  return n.give(x);
}

} // namespace

void addIndexing(Operators &ops) {
  ops["Expand"] = {expand, expand, 2, 2};
  ops["Tile"] = {tile, tile, 2, 2};
  ops["Pad"] = {nullptr, pad, 1, 4};
}

} // namespace dyadic::import_
