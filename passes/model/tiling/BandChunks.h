// How the weights of a layer that works band by band can pass through a stage in L2.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Bands.h"
#include "passes/model/tiling/Stream.h"

namespace dyadic::model {

/// All weights at hand for all bands, as one chunk; then chunk by chunk, anew for each band: its rows stay
/// meanwhile. A chunk then is one segment of channels, which is outermost, and each call of the layer works
/// on one chunk and one band: the tiles of a call follow each other. The rows are cut as `bands` has them.
std::vector<StreamOption> bandedStreams(const Machine &machine, const LayerProblem &layer,
                                        const BandOption &bands, const SearchOptions &options);

} // namespace dyadic::model
