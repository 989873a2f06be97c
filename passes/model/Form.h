// The forms in which emitted C evaluates a step, cheapest first, and their evaluation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Rational.h"
#include <span>
#include <vector>

namespace dyadic::model {

/// Values are shared with runtime-c/include/dyadic_step.h, the IR and the certificate.
enum class FormKind : uint8_t {
  Constant = 0,   ///< y = b, not clamped
  Dyadic32 = 1,   ///< y = (m a + b) >> n in 32 bits, one term, n in 0..31
  Dyadic64 = 2,   ///< y = (sum m_i a_i + b) >> n in 64 bits, n in 0..62
  HalfEven = 3,   ///< the same with the shift rounding to nearest, ties to even
  TwoSegment = 4, ///< a < split: (m a + b) >> n, otherwise (upperM a + upperB) >> upperN
  Thresholds = 5, ///< y = clamp.min + number of thresholds <= a; descending: clamp.max - that number
  Table = 6,      ///< y = table[a - aLow], not clamped
  Wide = 7,       ///< multi-limb, WideStep
  Pieces = 8      ///< on each stretch of accumulators one of Constant, Dyadic64, HalfEven and Wide
};
const char *formName(FormKind kind);

/// When a value exactly on the boundary of code k has code k. Values as in runtime-c/include/dyadic_wide.h.
enum class TieRule : uint8_t { Inclusive = 0, Exclusive = 1, Even = 2, Positive = 3, NotPositive = 4 };

/// V = sum A_i a_i + B; y = the largest k in (clamp.min, clamp.max] with V > k P + (k > 0 ? Q : Q2), or equal
/// where the tie rule says so; clamp.min where there is none. P > 0. All fit limbs * 32 bits, two's
/// complement.
struct WideStep {
  static constexpr unsigned maxLimbs = 8;
  std::vector<Integer> A;
  Integer B, P, Q, Q2;
  TieRule tie = TieRule::Inclusive;
  unsigned limbs = 0;
};

/// The codes a step may store; one for all its channels.
struct Clamp {
  int64_t min = 0, max = 0;
};

struct FormPiece;

/// One channel's way from its accumulators to the code. Fields that the kind does not name stay empty or 0.
struct Form {
  FormKind kind = FormKind::Constant;
  std::vector<int64_t> m; ///< one per term; empty for Constant, Thresholds, Table, Wide, Pieces
  int64_t b = 0;
  unsigned n = 0;
  int64_t split = 0, upperM = 0, upperB = 0;
  unsigned upperN = 0;
  std::vector<int64_t> thresholds; ///< ascending, repeated where the code jumps by more than one
  bool descending = false;
  int64_t aLow = 0;
  std::vector<int64_t> table;
  WideStep wide;
  std::vector<FormPiece> pieces; ///< two or more, ascending
};

/// The form from the accumulator `start` on, up to the next piece's; the first one's is the least there is.
struct FormPiece {
  int64_t start = 0;
  Form form;
};

/// The code of the accumulators `a` (one per term), exactly as emitted C computes it.
int64_t evalForm(const Form &form, std::span<const int64_t> a, Clamp clamp);
inline int64_t evalForm(const Form &form, int64_t a, Clamp clamp) {
  return evalForm(form, std::span<const int64_t>(&a, 1), clamp);
}

/// Two's complement in 32-bit limbs, the least significant first, as dyadic_wide.h stores numbers. `value`
/// must fit.
std::vector<uint32_t> toLimbs(const Integer &value, unsigned limbs);

/// Brings dyadic forms to the shift n (>= the form's own) by scaling m and b, which changes no result; false
/// and unchanged where the product over [lo, hi] would no longer fit (32 bits for Dyadic32, else 64).
bool raiseShift(Form &form, unsigned n, int64_t lo, int64_t hi);

/// |m a| and |m a + b| < 2^(bits - 1) for a in [lo, hi]; with 32 bits, m, b and a as well.
bool lineFits(int64_t m, int64_t b, int64_t lo, int64_t hi, unsigned bits);

/// Bytes of parameters this channel's form takes in the emitted tables (codeBytes: of one table entry).
int64_t formBytes(const Form &form, unsigned codeBytes);

} // namespace dyadic::model
