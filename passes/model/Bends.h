// A piecewise linear function as a sum of integers, each with one factor: what remains where no common unit
// of its slopes and offsets fits a machine word.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/PiecewiseLinear.h"

namespace dyadic::model {

/// f(a) = slope * x + offset + sum of factor * clamp(x - from, 0, to - from) + sum of height * [x >= at], on
/// every integer of the range; x is a, or -a where `mirrored`.
struct Bends {
  struct Run {
    int64_t from, to;
    Rational factor;
  };
  struct Jump {
    int64_t at;
    Rational height;
  };
  bool mirrored = false;
  Rational slope, offset;
  std::vector<Run> runs;
  std::vector<Jump> jumps;
};

/// With as few runs as can be. A bend that lies on an integer needs no jump. What ends level is mirrored, so
/// that the level end counts 0.
Bends bendsOf(const PiecewiseLinear &f);

} // namespace dyadic::model
