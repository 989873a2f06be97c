// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that only change the shape, and how a baked-in batch in a target shape becomes --batch (rule 16).
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>

using namespace mlir;
namespace dyadic::import_ {

LogicalResult giveShape(Node &n, DimsRef shape) {
  if (const Constant *c = n.constant(0)) {
    if (failed(n.reserve(2 * c->count())))
      return failure();
    return n.give(reshaped(*c, shape));
  }
  if (n.shape(0) == shape)
    return n.passOn();
  auto value = n.make<qonnx::ReshapeOp>(shape, n.entries[0].value);
  return failed(value) ? failure() : n.give(*value, 0, n.entries[0].type);
}

namespace {

LogicalResult axisOf(Node &n, int64_t rank, int64_t &axis, bool end = false) {
  if (axis < -rank || axis >= rank + end)
    return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                    "axes lie within the rank");
  axis += axis < 0 ? rank : 0;
  return success();
}

/// 0 copies the input's extent, -1 takes what is left; none when the counts do not agree.
std::optional<Dims> resolve(DimsRef in, Dims target, bool allowZero) {
  int64_t unknown = -1;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !allowZero) {
      if (i >= in.size())
        return std::nullopt;
      target[i] = in[i];
    } else if (target[i] == -1) {
      if (unknown >= 0)
        return std::nullopt;
      unknown = int64_t(i);
      target[i] = 1;
    }
  }
  auto have = product(in), want = product(target);
  if (!have || !want)
    return std::nullopt;
  if (unknown >= 0) {
    if (*want == 0 || *have % *want != 0)
      return std::nullopt;
    target[unknown] = *have / *want;
    return target;
  }
  return *have == *want ? std::optional(target) : std::nullopt;
}

LogicalResult reshape(Node &n) {
  Dims target;
  bool allowZero = false;
  if (failed(n.integers(1, "shape", target)) || failed(n.get("allowzero", allowZero)))
    return failure();
  if (target.size() > 32)
    return n.refuse("a shape of " + llvm::Twine(target.size()) + " axes", "at most 32", "flatten it");
  DimsRef in = n.shape(0);
  const Importer &importer = n.importer;
  std::optional<Dims> shape;
  // A first entry that follows Shape is right already; one that was written down is the baked batch, or a
  // multiple of it.
  bool baked = !n.constant(0) && !target.empty() && target[0] > 0 && importer.bakedBatch > 0 &&
               target[0] % importer.bakedBatch == 0 && !n.constant(1)->isLive(0);
  int64_t times = baked ? target[0] / importer.bakedBatch : 0;
  if (baked && times <= INT32_MAX && importer.options.batch <= INT32_MAX) {
    Dims scaled = target;
    scaled[0] = times * importer.options.batch;
    shape = resolve(in, scaled, allowZero);
  }
  if (!shape)
    shape = resolve(in, target, allowZero);
  if (!shape)
    return n.broken("its target shape " + shown(target) + " does not hold the elements of " + shown(in) +
                        (importer.bakedBatch == importer.options.batch
                             ? llvm::Twine("")
                             : " (batch " + llvm::Twine(importer.options.batch) + ")"),
                    "element counts must agree");
  return giveShape(n, *shape);
}

LogicalResult flatten(Node &n) {
  int64_t axis = 1;
  DimsRef in = n.shape(0);
  if (failed(n.get("axis", axis)) || failed(axisOf(n, int64_t(in.size()), axis, true)))
    return failure();
  return giveShape(n, {product(in.take_front(axis)).value_or(0), product(in.drop_front(axis)).value_or(0)});
}

/// Axes are an attribute before opset 13, an input from then on.
LogicalResult axesOf(Node &n, int64_t rank, Dims &axes) {
  if (failed(n.has(1) ? n.integers(1, "axes", axes) : n.get("axes", axes)))
    return failure();
  for (int64_t &axis : axes)
    if (failed(axisOf(n, rank, axis)))
      return failure();
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return n.broken("axes " + shown(axes) + " name one twice", "axes must differ");
  return success();
}

LogicalResult squeeze(Node &n) {
  DimsRef in = n.shape(0);
  Dims axes, shape;
  if (failed(axesOf(n, int64_t(in.size()), axes)))
    return failure();
  bool all = axes.empty() && !n.has(1) && !n.hasAttribute("axes");
  for (size_t i = 0; i < in.size(); ++i) {
    bool named = std::binary_search(axes.begin(), axes.end(), int64_t(i));
    if (named && in[i] != 1)
      return n.broken("it squeezes axis " + llvm::Twine(i) + " of extent " + llvm::Twine(in[i]),
                      "only axes of extent 1 can go");
    // Without axes the batch stays, whatever it is: it was not 1 when the network was written down.
    if (!(named || (all && in[i] == 1 && !(i == 0 && !n.constant(0) && n.importer.bakedBatch != 1))))
      shape.push_back(in[i]);
  }
  return giveShape(n, shape);
}

LogicalResult unsqueeze(Node &n) {
  DimsRef in = n.shape(0);
  Dims axes, shape;
  if (!n.has(1) && !n.hasAttribute("axes"))
    return n.broken("its axes are missing", "the operator needs them");
  size_t count = n.constant(1) ? size_t(n.constant(1)->count())
                 : n.has(1)    ? 0
                               : size_t(n.find("axes")->ints_size());
  if (count > 32)
    return n.broken("it adds " + llvm::Twine(count) + " axes", "at most 32 are supported");
  if (failed(axesOf(n, int64_t(in.size() + count), axes)))
    return failure();
  size_t next = 0;
  for (size_t i = 0; i < in.size() + axes.size(); ++i)
    shape.push_back(std::binary_search(axes.begin(), axes.end(), int64_t(i)) ? 1 : in[next++]);
  return giveShape(n, shape);
}

LogicalResult movedBlocks(Node &n, DimsRef split, DimsRef perm, DimsRef joined) {
  if (n.constant(0))
    return n.refuse("all its inputs are constants", "this operator on activations",
                    "fold constants before export");
  auto a = n.make<qonnx::ReshapeOp>(split, n.entries[0].value);
  if (failed(a))
    return failure();
  Dims moved;
  for (int64_t p : perm)
    moved.push_back(split[p]);
  auto b = n.make<qonnx::TransposeOp>(moved, *a, perm);
  return failed(b) ? failure() : n.give(n.make<qonnx::ReshapeOp>(joined, *b));
}

LogicalResult blockSize(Node &n, int64_t &size) {
  if (n.shape(0).size() != 4)
    return n.broken("its input has shape " + shown(n.shape(0)), "four axes are needed");
  if (failed(n.get("blocksize", size)))
    return failure();
  if (size < 1 || size > (1 << 20))
    return n.broken("blocksize is " + llvm::Twine(size), "it must be positive");
  return success();
}

LogicalResult depthToSpace(Node &n) {
  int64_t b = 0;
  std::string mode = "DCR";
  if (failed(blockSize(n, b)) || failed(n.get("mode", mode)))
    return failure();
  DimsRef in = n.shape(0);
  if (mode != "DCR" && mode != "CRD")
    return n.refuse("mode " + shown(mode, 40), "DCR and CRD", "choose one of these");
  if (in[1] % (b * b) != 0)
    return n.broken("its " + llvm::Twine(in[1]) + " channels are no multiple of blocksize squared",
                    "they must be");
  int64_t c = in[1] / (b * b), h = in[2], w = in[3];
  Dims joined{in[0], c, h * b, w * b};
  if (mode == "DCR")
    return movedBlocks(n, {in[0], b, b, c, h, w}, {0, 3, 4, 1, 5, 2}, joined);
  return movedBlocks(n, {in[0], c, b, b, h, w}, {0, 1, 4, 2, 5, 3}, joined);
}

LogicalResult spaceToDepth(Node &n) {
  int64_t b = 0;
  if (failed(blockSize(n, b)))
    return failure();
  DimsRef in = n.shape(0);
  if (in[2] % b != 0 || in[3] % b != 0)
    return n.broken("its extents " + llvm::Twine(in[2]) + " and " + llvm::Twine(in[3]) +
                        " are no multiples of blocksize " + llvm::Twine(b),
                    "they must be");
  int64_t h = in[2] / b, w = in[3] / b;
  return movedBlocks(n, {in[0], in[1], h, b, w, b}, {0, 3, 5, 1, 2, 4}, {in[0], in[1] * b * b, h, w});
}

} // namespace

void addReshapes(Operators &ops) {
  ops["Reshape"] = {reshape, reshape, 2, 2, true};
  ops["Flatten"] = {flatten, flatten, 1, 1, true};
  ops["Squeeze"] = {squeeze, squeeze, 1, 2, true};
  ops["Unsqueeze"] = {unsqueeze, unsqueeze, 1, 2, true};
  ops["DepthToSpace"] = {nullptr, depthToSpace, 1, 1};
  ops["SpaceToDepth"] = {nullptr, spaceToDepth, 1, 1};
}

} // namespace dyadic::import_
