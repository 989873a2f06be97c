// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transpose, Concat, Split, Slice, Gather, Pad, Tile, Expand: elements move, codes move along.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <numeric>

using namespace mlir;
namespace dyadic::import_ {
namespace {

LogicalResult axisOf(Node &n, int64_t rank, int64_t &axis) {
  if (axis < -rank || axis >= rank)
    return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                    "axes lie in -rank .. rank - 1");
  axis += axis < 0 ? rank : 0;
  return success();
}

LogicalResult transpose(Node &n) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  Dims perm(rank);
  for (int64_t i = 0; i < rank; ++i)
    perm[i] = rank - 1 - i;
  if (failed(n.get("perm", perm)))
    return failure();
  Dims sorted = perm;
  std::sort(sorted.begin(), sorted.end());
  Dims every(rank);
  std::iota(every.begin(), every.end(), 0);
  if (sorted != every)
    return n.broken("perm " + shown(perm) + " does not name each of " + llvm::Twine(rank) + " axes once",
                    "it must");
  if (perm == every)
    return n.passOn();
  Dims shape(rank), strides(rank), own = stridesOf(in);
  for (int64_t i = 0; i < rank; ++i)
    shape[i] = in[perm[i]], strides[i] = own[perm[i]];
  if (const Constant *c = n.constant(0)) {
    if (failed(n.reserve(3 * c->count())))
      return failure();
    return n.give(gathered(*c, shape, stridedIndex(shape, strides)));
  }
  auto type = n.entries[0].type;
  auto value = n.make<qonnx::TransposeOp>(shape, n.entries[0].value, perm);
  return failed(value) ? failure() : n.give(*value, 0, type);
}

LogicalResult concat(Node &n) {
  int64_t axis = 1;
  if (n.version >= 4 && !n.hasAttribute("axis"))
    return n.broken("its attribute axis is missing", "the operator needs it");
  if (failed(n.get("axis", axis)) || failed(axisOf(n, int64_t(n.shape(0).size()), axis)))
    return failure();
  Dims shape(n.shape(0).begin(), n.shape(0).end());
  shape[axis] = 0;
  bool constants = true;
  for (size_t k = 0; k < n.inputs(); ++k) {
    if (!n.has(k))
      return n.broken("its input " + llvm::Twine(k) + " is left out", "it is needed");
    constants &= n.constant(k) != nullptr;
    DimsRef part = n.shape(k);
    bool fits = part.size() == shape.size();
    for (size_t i = 0; fits && i < part.size(); ++i)
      fits = int64_t(i) == axis || part[i] == shape[i];
    if (!fits)
      return n.broken("its inputs have shapes " + shown(n.shape(0)) + " and " + shown(part),
                      "they must agree on every axis but " + llvm::Twine(axis));
    shape[axis] += part[axis];
  }
  if (constants) {
    SmallVector<const Constant *> parts;
    for (size_t k = 0; k < n.inputs(); ++k) {
      parts.push_back(n.constant(k));
      if (parts[k]->type != parts[0]->type)
        return n.broken(std::string("its inputs are ") + toString(parts[0]->type) + " and " +
                            toString(parts[k]->type),
                        "one type is needed");
    }
    if (failed(n.reserve(4 * product(shape).value_or(0))))
      return failure();
    return n.give(concatenated(parts, shape, axis));
  }
  SmallVector<Value> parts;
  for (size_t k = 0; k < n.inputs(); ++k) {
    auto part = n.operand(k);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  if (parts.size() == 1)
    return n.give(parts[0]);
  return n.give(n.make<qonnx::ConcatOp>(shape, parts, axis));
}

/// Elements starts + k * steps of input 0; the shape says how many of each axis.
LogicalResult slice(Node &n, DimsRef shape, DimsRef starts, DimsRef steps, size_t output = 0) {
  DimsRef in = n.shape(0);
  bool whole = shape == in && llvm::all_of(starts, [](int64_t v) { return v == 0; }) &&
               llvm::all_of(steps, [](int64_t v) { return v == 1; });
  if (const Constant *c = n.constant(0)) {
    if (whole)
      return n.give(n.entries[0].constant, output);
    Dims strides = stridesOf(in);
    int64_t base = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      base += starts[i] * strides[i];
      strides[i] *= steps[i];
    }
    if (failed(n.reserve(3 * product(shape).value_or(0))))
      return failure();
    return n.give(gathered(*c, shape, stridedIndex(shape, strides, base)), output);
  }
  if (whole)
    return n.give(n.entries[0].value, output, n.entries[0].type);
  auto value = n.make<qonnx::SliceOp>(shape, n.entries[0].value, starts, steps);
  return failed(value) ? failure() : n.give(*value, output, n.entries[0].type);
}

LogicalResult sliceNode(Node &n) {
  Dims starts, ends, axes, steps;
  if (n.version < 10) {
    if (failed(n.get("starts", starts)) || failed(n.get("ends", ends)) || failed(n.get("axes", axes)))
      return failure();
  } else if (failed(n.integers(1, "starts", starts)) || failed(n.integers(2, "ends", ends)) ||
             failed(n.integers(3, "axes", axes)) || failed(n.integers(4, "steps", steps))) {
    return failure();
  }
  bool axesGiven = n.has(3) || n.hasAttribute("axes");
  if (!axesGiven)
    for (size_t i = 0; i < starts.size(); ++i)
      axes.push_back(int64_t(i));
  if (!n.has(4))
    steps.assign(starts.size(), 1);
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return n.broken("starts, ends, axes and steps have different lengths",
                    "they must have one entry for each axis");
  DimsRef in = n.shape(0);
  Dims shape(in.begin(), in.end()), from(in.size(), 0), by(in.size(), 1);
  std::vector<bool> seen(in.size(), false);
  for (size_t k = 0; k < axes.size(); ++k) {
    int64_t axis = axes[k];
    if (failed(axisOf(n, int64_t(in.size()), axis)))
      return failure();
    if (seen[axis] || steps[k] == 0)
      return n.broken(seen[axis] ? "axis " + llvm::Twine(axis) + " is named twice"
                                 : llvm::Twine("a step is 0"),
                      "each axis has one step other than 0");
    seen[axis] = true;
    int64_t d = in[axis], step = std::clamp<int64_t>(steps[k], -d - 1, d + 1), start = starts[k],
            end = ends[k];
    start = start < 0 ? (start < -d ? -1 : start + d) : start; // -1 stands for "before the first element"
    end = end < 0 ? (end < -d ? -1 : end + d) : end;
    if (step > 0) {
      start = std::clamp<int64_t>(start, 0, d), end = std::clamp<int64_t>(end, 0, d);
      shape[axis] = end > start ? (end - start + step - 1) / step : 0;
    } else {
      start = std::clamp<int64_t>(start, d ? 0 : -1, d - 1), end = std::clamp<int64_t>(end, -1, d - 1);
      shape[axis] = start > end ? (start - end - step - 1) / -step : 0;
    }
    from[axis] = shape[axis] ? start : 0, by[axis] = shape[axis] > 1 ? step : 1;
  }
  return slice(n, shape, from, by);
}

LogicalResult split(Node &n) {
  DimsRef in = n.shape(0);
  int64_t axis = 0;
  Dims sizes;
  auto outputs = int64_t(n.proto.output_size());
  if (failed(n.get("axis", axis)) || failed(axisOf(n, int64_t(in.size()), axis)) ||
      failed(n.has(1) ? n.integers(1, "split", sizes) : n.get("split", sizes)))
    return failure();
  if (sizes.empty() && n.version < 18 && in[axis] % std::max<int64_t>(outputs, 1) != 0)
    return n.broken("it splits extent " + llvm::Twine(in[axis]) + " into " + llvm::Twine(outputs) +
                        " equal outputs",
                    "the extent must be a multiple");
  if (sizes.empty()) {
    int64_t chunk = (in[axis] + outputs - 1) / std::max<int64_t>(outputs, 1);
    for (int64_t k = 0; k < outputs; ++k)
      sizes.push_back(std::min(chunk, std::max<int64_t>(in[axis] - k * chunk, 0)));
  }
  int64_t sum = 0;
  for (int64_t size : sizes)
    sum += size < 0 || size > in[axis] ? in[axis] + 1 : size;
  if (int64_t(sizes.size()) != outputs || sum != in[axis])
    return n.broken("split " + shown(sizes) + " does not divide extent " + llvm::Twine(in[axis]) + " into " +
                        llvm::Twine(outputs) + " outputs",
                    "it must");
  Dims starts(in.size(), 0), steps(in.size(), 1), shape(in.begin(), in.end());
  for (int64_t k = 0; k < outputs; ++k) {
    shape[axis] = sizes[k];
    const std::string &name = n.proto.output(int(k));
    if (!name.empty() && n.importer.isUsed(name) && failed(slice(n, shape, starts, steps, size_t(k))))
      return failure();
    starts[axis] += sizes[k];
  }
  return success();
}

LogicalResult gather(Node &n) {
  DimsRef in = n.shape(0);
  int64_t axis = 0;
  if (failed(n.get("axis", axis)) || failed(axisOf(n, int64_t(in.size()), axis)))
    return failure();
  const Constant *list = n.constant(1);
  if (!list || isFloat(list->type))
    return n.refuse(list ? "indices that are floats" : "indices that depend on a graph input",
                    "constant integer indices", "replace the lookup in the network before export");
  Dims indices = list->i;
  for (int64_t &k : indices) {
    if (k < -in[axis] || k >= in[axis])
      return n.broken("index " + llvm::Twine(k) + " is outside of extent " + llvm::Twine(in[axis]),
                      "indices lie in -extent .. extent - 1");
    k += k < 0 ? in[axis] : 0;
  }
  Dims shape(in.begin(), in.begin() + axis);
  shape.insert(shape.end(), list->shape.begin(), list->shape.end());
  shape.insert(shape.end(), in.begin() + axis + 1, in.end());
  auto count = product(shape);
  if (const Constant *c = n.constant(0)) {
    if (!count || failed(n.reserve(4 * *count)))
      return failure();
    int64_t inner = 1, outer = 1;
    for (int64_t i = 0; i < axis; ++i)
      outer *= in[i];
    for (size_t i = axis + 1; i < in.size(); ++i)
      inner *= in[i];
    std::vector<int64_t> index;
    index.reserve(*count);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k : indices)
        for (int64_t i = 0; i < inner; ++i)
          index.push_back((o * in[axis] + k) * inner + i);
    return n.give(gathered(*c, shape, index));
  }
  // Indices in arithmetic progression are a slice; others could be one index map, which no later level knows.
  int64_t step = indices.size() > 1 ? indices[1] - indices[0] : 1;
  for (size_t k = 2; k < indices.size(); ++k)
    if (indices[k] - indices[k - 1] != step)
      step = 0;
  if (indices.empty() || step == 0)
    return n.refuse("indices of an activation that are not evenly spaced", "evenly spaced indices",
                    "use slices and a concatenation");
  Dims kept(in.begin(), in.end()), starts(in.size(), 0), steps(in.size(), 1);
  kept[axis] = int64_t(indices.size()), starts[axis] = indices[0], steps[axis] = step;
  Value value = n.entries[0].value;
  if (!(DimsRef(kept) == in && step == 1)) {
    auto part = n.make<qonnx::SliceOp>(kept, value, starts, steps);
    if (failed(part))
      return failure();
    value = *part;
  }
  if (shape != kept) {
    auto result = n.make<qonnx::ReshapeOp>(shape, value);
    if (failed(result))
      return failure();
    value = *result;
  }
  return n.give(value, 0, n.entries[0].type);
}

} // namespace

void addMovement(Operators &ops) {
  ops["Transpose"] = {transpose, transpose, 1, 1, true};
  ops["Concat"] = {concat, concat, 1, 4096};
  ops["Slice"] = {sliceNode, sliceNode, 1, 5, true};
  ops["Split"] = {split, split, 1, 2, true};
  ops["Gather"] = {gather, gather, 2, 2, true};
}

} // namespace dyadic::import_
