// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize and Upsample in nearest mode: which input index each output index reads, decided in float32 as
// onnxruntime decides it.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

struct Sampling {
  std::string coordinates = "half_pixel", nearest = "round_prefer_floor";
  bool simple = false; ///< before opset 11: asymmetric; down to the next index, up when shrinking
};

float original(const Sampling &s, float x, float scale, float out, float in) {
  if (s.simple || s.coordinates == "asymmetric")
    return x / scale;
  if (s.coordinates == "align_corners")
    return out == 1 ? 0 : x * (in - 1) / (out - 1);
  if (s.coordinates == "pytorch_half_pixel")
    return out > 1 ? (x + 0.5f) / scale - 0.5f : 0.0f;
  if (s.coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5f) / scale;
  if (s.coordinates == "half_pixel_symmetric") {
    float adjustment = out / (scale * in), center = in / 2, offset = center * (1 - adjustment);
    return offset + (x + 0.5f) / scale - 0.5f;
  }
  return (x + 0.5f) / scale - 0.5f;
}

int64_t nearest(const Sampling &s, float x, bool shrinks) {
  if (s.simple)
    return int64_t(shrinks ? std::ceil(x) : x);
  if (s.nearest == "floor")
    return int64_t(std::floor(x));
  if (s.nearest == "ceil")
    return int64_t(std::ceil(x));
  if (s.nearest == "round_prefer_floor" && x == float(int64_t(x)) + 0.5f)
    return int64_t(std::floor(x));
  return int64_t(std::round(x));
}

LogicalResult readSampling(Node &n, Sampling &s) {
  std::string mode = "nearest";
  s.simple = n.proto.op_type() == "Upsample" || n.version < 11;
  if (failed(n.get("mode", mode)) ||
      (!s.simple && (failed(n.get("coordinate_transformation_mode", s.coordinates)) ||
                     failed(n.get("nearest_mode", s.nearest)))))
    return failure();
  if (mode != "nearest")
    return n.refuse("mode " + shown(mode, 40), "mode nearest", "upsample with nearest neighbours");
  static const char *const coordinates[] = {"half_pixel",           "asymmetric",
                                            "align_corners",        "pytorch_half_pixel",
                                            "tf_half_pixel_for_nn", "half_pixel_symmetric"};
  if (llvm::find(coordinates, s.coordinates) == std::end(coordinates))
    return n.refuse("coordinate_transformation_mode " + shown(s.coordinates, 40),
                    "half_pixel, half_pixel_symmetric, pytorch_half_pixel, align_corners, asymmetric, "
                    "tf_half_pixel_for_nn",
                    "choose one of these");
  static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  if (llvm::find(roundings, s.nearest) == std::end(roundings))
    return n.broken("nearest_mode is " + shown(s.nearest, 40),
                    "round_prefer_floor, round_prefer_ceil, floor or ceil is needed");
  std::string policy = "stretch";
  bool antialias = false;
  if (failed(n.get("keep_aspect_ratio_policy", policy)) || failed(n.get("antialias", antialias)))
    return failure();
  if (policy != "stretch")
    return n.refuse("keep_aspect_ratio_policy " + shown(policy, 40), "stretch",
                    "give sizes that keep the ratio");
  if (antialias)
    return n.refuse("antialias 1", "nearest neighbours without it", "switch antialiasing off");
  return success();
}

/// Scale factors and extents for every axis.
LogicalResult readExtents(Node &n, std::vector<float> &scales, Dims &sizes) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  size_t scalesAt = n.proto.op_type() == "Upsample" || n.version < 11 ? 1 : 2;
  std::vector<float> givenScales;
  Dims givenSizes, axes;
  if (failed(n.get("axes", axes)) || failed(n.get("scales", givenScales)))
    return failure();
  if (n.has(scalesAt)) {
    auto list = n.parameter(scalesAt, "scales");
    if (failed(list))
      return failure();
    givenScales = (*list)->f;
  }
  if (scalesAt == 2 && failed(n.integers(3, "sizes", givenSizes)))
    return failure();
  for (int64_t &axis : axes) {
    if (axis < -rank || axis >= rank)
      return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                      "axes lie in -rank .. rank - 1");
    axis += axis < 0 ? rank : 0;
  }
  if (axes.empty())
    for (int64_t i = 0; i < rank; ++i)
      axes.push_back(i);
  size_t given = givenScales.empty() ? givenSizes.size() : givenScales.size();
  if (givenScales.empty() == givenSizes.empty() || given != axes.size())
    return n.broken("it has " + llvm::Twine(givenScales.size()) + " scales and " +
                        llvm::Twine(givenSizes.size()) + " sizes for " + llvm::Twine(axes.size()) + " axes",
                    "one of the two, with one entry for each axis, is needed");
  scales.assign(rank, 1.0f);
  sizes.assign(in.begin(), in.end());
  for (size_t k = 0; k < axes.size(); ++k) {
    int64_t axis = axes[k];
    if (!givenScales.empty()) {
      float s = givenScales[k];
      if (!(s > 0) || !(s * float(in[axis]) < float(1 << 24)))
        return n.broken("a scale is " + shown(s),
                        "scales are positive and results have at most 2^24 rows and columns");
      scales[axis] = s;
      sizes[axis] = int64_t(s * float(in[axis]));
      continue;
    }
    bool baked = axis == 0 && givenSizes[k] == n.importer.bakedBatch && !n.constant(3)->isLive(int64_t(k));
    int64_t size = baked ? n.importer.options.batch : givenSizes[k];
    if (size < 1 || size > (1 << 24))
      return n.broken("a size is " + llvm::Twine(size), "sizes lie in 1 .. 2^24");
    sizes[axis] = size;
    scales[axis] = float(size) / float(in[axis]);
  }
  return success();
}

LogicalResult resize(Node &n) {
  Sampling sampling;
  std::vector<float> scales;
  Dims sizes;
  if (!n.entries[0].value) // the region, which is not read, may depend on a graph input
    return n.refuse("a constant input", "this operator on activations", "fold constants before export");
  DimsRef in = n.shape(0);
  if (failed(readSampling(n, sampling)) || failed(readExtents(n, scales, sizes)))
    return failure();
  if (sizes.empty() || sizes[0] != in[0])
    return n.refuse("a batch axis resized from " + shown(in) + " to " + shown(sizes),
                    "resizing of the other axes", "leave the batch axis out");
  if (DimsRef(sizes) == in && llvm::all_of(scales, [](float s) { return s == 1; }))
    return n.passOn();
  SmallVector<Attribute> maps;
  for (size_t i = 0; i < in.size(); ++i) {
    std::vector<int64_t> map;
    if (sizes[i] < 1)
      return n.broken("its result has shape " + shown(sizes), "extents are positive");
    if (failed(n.reserve(sizes[i])))
      return failure();
    for (int64_t x = 0; x < sizes[i]; ++x) {
      float at =
          scales[i] == 1 ? float(x) : original(sampling, float(x), scales[i], float(sizes[i]), float(in[i]));
      int64_t index = scales[i] == 1 ? x : nearest(sampling, at, scales[i] < 1);
      map.push_back(std::clamp<int64_t>(index, 0, in[i] - 1));
    }
    maps.push_back(n.builder().getDenseI64ArrayAttr(map));
  }
  return n.give(n.make<qonnx::ResizeOp>(sizes, n.entries[0].value, n.builder().getArrayAttr(maps)));
}

} // namespace

void addResize(Operators &ops) {
  ops["Resize"] = {nullptr, resize, 1, 4};
  ops["Upsample"] = {nullptr, resize, 1, 2};
}

} // namespace dyadic::import_
