// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Settles pads and extents: auto_pad by the ONNX formula, ceil_mode as rule 15 says.
#include "compiler/import/Windows.h"
#include "compiler/import/Text.h"
#include <algorithm>

using namespace mlir;
namespace dyadic::import_ {

LogicalResult readWindows(Node &n, DimsRef in, DimsRef kernel, bool pool, Windows &out) {
  constexpr int64_t most = int64_t(1) << 24; // keeps every product below far from overflow
  size_t axes = in.size();
  if (axes < 1 || axes > 2)
    return n.refuse(llvm::Twine(axes) + " spatial axes", "1 or 2", "use a 1-D or 2-D layer");
  out.kernel.assign(kernel.begin(), kernel.end());
  out.strides.assign(axes, 1);
  out.dilations.assign(axes, 1);
  out.pads.assign(2 * axes, 0);
  std::string autoPad = "NOTSET";
  bool ceilMode = false;
  if (failed(n.get("strides", out.strides)) || failed(n.get("dilations", out.dilations)) ||
      failed(n.get("pads", out.pads)) || failed(n.get("auto_pad", autoPad)) ||
      (pool && failed(n.get("ceil_mode", ceilMode))))
    return failure();
  for (auto [name, list, size] :
       {std::tuple<const char *, const Dims *, size_t>{"kernel_shape", &out.kernel, axes},
        {"strides", &out.strides, axes},
        {"dilations", &out.dilations, axes},
        {"pads", &out.pads, 2 * axes}}) {
    int64_t least = list == &out.pads ? 0 : 1;
    bool fits =
        list->size() == size && llvm::all_of(*list, [&](int64_t v) { return v >= least && v <= most; });
    if (!fits)
      return n.broken(std::string("it has ") + name + " " + shown(*list),
                      llvm::Twine(size) + " entries of " + llvm::Twine(least) + " to " + llvm::Twine(most) +
                          " are needed");
  }
  if (llvm::any_of(in, [](int64_t d) { return d > most; }))
    return n.refuse("spatial extents " + shown(in), "extents up to 2^24", "use a smaller input");
  bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID" && !autoPad.empty())
    return n.broken("auto_pad is " + shown(autoPad, 40), "NOTSET, VALID, SAME_UPPER or SAME_LOWER is needed");
  if (autoPad == "VALID")
    out.pads.assign(2 * axes, 0);
  if (same && pool && llvm::any_of(out.dilations, [](int64_t d) { return d != 1; }))
    return n.refuse("a pool with auto_pad " + autoPad + " and dilation",
                    "either of the two (ONNX and onnxruntime disagree on both)", "write the pads out");
  for (size_t i = 0; i < axes; ++i) {
    int64_t stride = out.strides[i], span = (out.kernel[i] - 1) * out.dilations[i] + 1;
    if (same) {
      int64_t windows = (in[i] + stride - 1) / stride,
              total = std::max<int64_t>((windows - 1) * stride + span - in[i], 0);
      int64_t less = total / 2;
      out.pads[i] = autoPad == "SAME_UPPER" ? less : total - less;
      out.pads[axes + i] = total - out.pads[i];
      out.out.push_back(windows);
      continue;
    }
    int64_t room = in[i] + out.pads[i] + out.pads[axes + i] - span;
    if (room < 0)
      return n.broken("its kernel spans " + llvm::Twine(span) + " on an axis of " + llvm::Twine(in[i]) +
                          " with pads " + shown(out.pads),
                      "the kernel must fit");
    int64_t windows = room / stride + 1;
    if (ceilMode && room % stride != 0) {
      if (autoPad == "VALID")
        return n.refuse("ceil_mode with auto_pad VALID", "either of the two", "write the pads out");
      // A window that would start in the padding behind the input is dropped.
      if (windows * stride < in[i] + out.pads[i])
        ++windows;
    }
    out.out.push_back(windows);
  }
  if (!pool)
    return success();
  // A window without a single input element has no maximum and no mean.
  for (size_t i = 0; i < axes; ++i) {
    if (out.pads[i] >= out.kernel[i] * out.dilations[i] ||
        out.pads[axes + i] >= out.kernel[i] * out.dilations[i])
      return n.broken("its pads " + shown(out.pads) + " reach over a whole kernel " + shown(out.kernel),
                      "pads of pools are smaller than the kernel");
    for (int64_t w = 0; w < out.out[i]; ++w) {
      int64_t start = w * out.strides[i] - out.pads[i], d = out.dilations[i];
      int64_t first = start >= 0 ? 0 : (-start + d - 1) / d;
      if (first >= out.kernel[i] || start + first * d >= in[i])
        return n.broken("window " + llvm::Twine(w) + " on spatial axis " + llvm::Twine(i) +
                            " covers padding only",
                        "each window covers input");
    }
  }
  return success();
}

} // namespace dyadic::import_
