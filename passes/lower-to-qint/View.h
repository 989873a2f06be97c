// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lowering knows of a real tensor: which integers carry it and by which exact function.
#pragma once
#include "mlir/IR/Value.h"
#include "passes/lower-to-qint/Broadcast.h"
#include <memory>
#include <optional>

namespace dyadic::lower {

using model::Rational;

/// An integer tensor and how its physical order relates to ONNX order: the logical tensor of shape `shape` is
/// the row-major reshape of one of shape `view`, whose axis perm[i] is physical axis i.
struct IntTensor {
  mlir::Value value;
  Shape view, perm, shape;
  Ranges range; ///< of the arithmetic values (bipolar: -1..1), over `shape`
};

/// alpha * (integer), alpha over the view's shape.
struct Term {
  IntTensor ints;
  Coeffs alpha;
};

/// An element-wise function applied after the affine part.
struct Unary {
  enum class Kind { affine, relu, leaky, clip, abs } kind;
  Coeffs a, b; ///< affine: a * v + b; leaky: slope a
  std::optional<Rational> low, high;
};

/// Attributes of a pooling window over the spatial axes, rows first (1-D: one row).
struct Window {
  Shape kernel, strides, pads, dilations; ///< pads: top, left, bottom, right
};

struct View;
using ViewPtr = std::shared_ptr<const View>;

/// The reals of one ONNX tensor. A max pooling, a concatenation or a padding is kept open until its use is
/// known: a quantiser goes through both (it is monotone and element-wise), so accumulators need not be
/// stored.
struct View {
  enum class Kind { affine, pool, concat, pad } kind = Kind::affine;
  Shape shape;

  // affine: unary(... sum alpha_t * a_t + beta)
  std::vector<Term> terms; ///< empty: a constant
  Coeffs beta;
  std::vector<Unary> unary;
  bool free = false; ///< terms[0] is a graph input whose codes the first quantiser decides; its integer reads
                     ///< as the real
  unsigned argument = 0; ///< which, when free

  // pool, concat and pad (a graph input padded before its quantiser; beta is then the padding's value)
  std::vector<ViewPtr> inner;
  Window window;
  bool smallest = false; ///< pool yields the least instead of the greatest value
  int64_t axis = 0;
  Shape pads;       ///< all begins, then all ends
  std::string node; ///< ONNX node of the pooling

  bool isConstant() const { return kind == Kind::affine && terms.empty(); }
  bool isAffine() const { return kind == Kind::affine && unary.empty(); }
};

} // namespace dyadic::lower
