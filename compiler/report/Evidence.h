// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which figures of a machine an estimate rests on.
#pragma once
#include "passes/predict/Predict.h"

namespace dyadic::report {

struct UsedFigure {
  std::string path; ///< as --set takes it
  double value = 0;
  model::FigureKind kind = model::FigureKind::Assumed;
  std::string source;
};

/// By path; of all layers, or of one.
std::vector<UsedFigure> figuresOf(const predict::Prediction &prediction, const model::Machine &machine);
std::vector<UsedFigure> figuresOf(const predict::LayerPrediction &layer, const model::Machine &machine);

/// "measured 4, published 3, assumed 2": kinds that occur, with how often.
std::string kindsOf(const std::vector<UsedFigure> &figures);

} // namespace dyadic::report
