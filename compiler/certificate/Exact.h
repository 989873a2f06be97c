// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisers and element-wise functions as qonnx-semantics.md defines them, composed into integer functions.
#pragma once
#include "compiler/certificate/Pieces.h"
#include "dialects/qonnx/Qonnx.h"

namespace dyadic::certificate {

/// One step of what happens to a real before it is quantised.
struct Post {
  enum class Kind { MulAdd, Leaky, Clip, Abs } kind = Kind::MulAdd;
  Rational mul = 1, add;             ///< MulAdd; Leaky: `mul` is the slope below 0 (0: Relu)
  std::optional<Rational> low, high; ///< Clip
  bool operator==(const Post &) const = default;
  Rational apply(const Rational &v) const;
};

/// v = m a + c on lo <= a <= hi.
struct Segment {
  Integer lo, hi;
  Rational m, c;
};
/// posts(... (alpha a + beta)) for a in [lo, hi].
std::vector<Segment> segmentsOf(const Integer &lo, const Integer &hi, const Rational &alpha,
                                const Rational &beta, const std::vector<Post> &posts);

/// The greatest rational of which both are multiples.
Rational commonUnit(const Rational &a, const Rational &b);

/// One quantiser with its parameters at one element.
struct Quantiser {
  enum class Kind { Round, Sign, Trunc, Thresholds } kind = Kind::Round;
  Rational scale = 1, zero; ///< v = x / scale + zero (Sign of BipolarQuant: scale 1, zero 0)
  qonnx::Rounding mode = qonnx::Rounding::HalfEven;
  bool clipped = true;
  Rational min, max;                  ///< before rounding
  int64_t shift = 0;                  ///< Trunc: the rounded v is divided by 2^shift
  std::vector<Rational> steps;        ///< Thresholds, ascending
  Rational valueScale = 1, valueZero; ///< the code's real value: (code - valueZero) * valueScale

  /// The code of a real.
  Integer code(const Rational &x) const;
  Rational value(const Integer &code) const { return (code - valueZero) * valueScale; }
  /// A greater real has no greater code; else it has no smaller one.
  bool falls() const { return kind != Kind::Thresholds && scale < 0; }
  /// Least and greatest code there is; none for a Trunc of version 1.
  std::optional<std::pair<Integer, Integer>> bounds() const;
};

/// round(v), each mode by its own definition.
Integer roundBy(qonnx::Rounding mode, const Rational &v);

/// The quantiser's parameters for each element: index of `quantisers`, elements in row-major order.
struct QuantiserField {
  std::vector<uint32_t> index;
  std::vector<Quantiser> quantisers;
};
llvm::Expected<QuantiserField> quantisersOf(mlir::Operation *op);

/// a -> code, for a in [lo, hi].
Pieces compose(const Quantiser &q, const std::vector<Segment> &segments);

} // namespace dyadic::certificate
