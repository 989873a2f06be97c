// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The quantisers of QONNX by their direct definition on exact values: the law against which step functions,
// thresholds and dyadic forms are held.
#pragma once
#include "compiler/eval/exact/Tensor.h"
#include "passes/model/Result.h"
#include "passes/model/Rounding.h"

namespace dyadic::eval {

/// One quantising node as it stands in the network. Parameters broadcast to the tensor they meet.
struct QuantiserSpec {
  enum class Kind { Quant, Bipolar, TruncV1, TruncV2, MultiThreshold };
  Kind kind = Kind::Quant;
  Parameter scale{{}, {1}}, zero{{}, {0}};
  Parameter outScale{{}, {1}}; ///< Trunc version 2 and MultiThreshold
  float inBits = 0, bits = 0;  ///< `bits` are those of the result
  bool isSigned = false, narrow = false;
  model::RoundingMode mode = model::RoundingMode::HalfEven;
  std::vector<std::vector<Rational>> thresholds; ///< one list, or one per index along `axis` of `rank` axes
  Rational outBias;
  size_t axis = 0, rank = 0;
};

class Quantiser {
public:
  static model::Result<Quantiser> make(QuantiserSpec spec);

  /// The codes of every element: values before the zero point is subtracted.
  std::vector<int64_t> codes(const Tensor &x) const;
  /// What the network sees for such codes.
  Tensor value(const Shape &shape, std::vector<int64_t> codes) const;

  /// How far a real is from the nearest boundary between two codes, in the units in which it is rounded.
  struct Boundary {
    Rational value;                   ///< x / scale + zero; x itself for a multi-threshold
    std::optional<Rational> distance; ///< none where no boundary is near (beyond the clip, say)
    int64_t below = 0, above = 0;     ///< the codes that meet there
    double scale = 1;                 ///< |scale| by which x was divided
  };
  Boundary boundary(const Rational &x, int64_t element, const Gather &slotOf) const;
  /// The slot of each element of a tensor of this shape.
  Gather slots(const Shape &shape) const { return broadcastGather(slotShape, shape); }
  /// The code of x in one slot.
  int64_t code(const Rational &x, size_t slot) const;
  /// Whether c is a code this quantiser can give.
  bool reaches(int64_t c) const;

private:
  enum class Kind { Quant, SignedBit, Bipolar, TruncV1, TruncV2, MultiThreshold };
  /// All parameters of the elements that share them.
  struct Slot {
    Rational scale = 1, zero = 0;
    Rational divisor = 1;                   ///< Trunc: w is divided by it
    Rational valueScale = 1, valueZero = 0; ///< value = (code - valueZero) * valueScale
    std::vector<Rational> thresholds;       ///< ascending
  };
  Kind kind = Kind::Quant;
  Shape slotShape;
  std::vector<Slot> slotList;
  Rational min, max; ///< clip bounds of Quant and Trunc version 2
  model::RoundingMode mode = model::RoundingMode::HalfEven;

  std::string addSlots(const QuantiserSpec &spec);
  std::string setBounds(const QuantiserSpec &spec);
  void addThresholds(QuantiserSpec &spec);
  int64_t codeOfRounded(const Integer &w, const Slot &s) const;
};

} // namespace dyadic::eval
