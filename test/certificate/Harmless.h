// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a planted change of a certificate changes anything.
#pragma once

#include "Support.h"
#include <optional>

namespace dyadic::certificate::test {

/// Whether two channels are one function over the range that the honest certificate proves; nothing where
/// there is too much of it to be tried out.
std::optional<bool> equalEverywhere(const RescaleClaim &r, const ChannelClaim &honest, const RescaleClaim &s,
                                    const ChannelClaim &planted);

/// What a convolution of codes can sum to for one output: at every position every weight meets the code that
/// makes most (least) of it. Nothing where the step is of another kind.
std::optional<std::pair<Integer, Integer>> reachOf(mlir::ModuleOp model, const Claims &claims,
                                                   const Derived &derived, size_t rescale, size_t channel);

/// What the C makes of these accumulators.
int64_t valueOf(const RescaleClaim &r, const ChannelClaim &channel, const std::vector<int64_t> &accumulators);

} // namespace dyadic::certificate::test
