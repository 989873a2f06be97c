// How a team of cores shares a tile, and what a share costs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Layer.h"

namespace dyadic::model {

/// What one core computes of a tile: output pixels over images, rows and columns, and output channels.
struct Share {
  int64_t pixelFirst = 0, pixelEnd = 0, channelFirst = 0, channelEnd = 0;
  int64_t outputs() const { return (pixelEnd - pixelFirst) * (channelEnd - channelFirst); }
};

/// Shares are cut in units of `grain` pixels or channels, so that no two cores write into one byte: core c of
/// n takes units [u c / n, u (c + 1) / n). The runtime's dyadic_share computes the same.
int64_t grainOf(Spread spread, int64_t tileChannels, unsigned outputBits);
/// Channels may be shared when a pixel's channels fill whole bytes, or there is only one pixel.
bool maySpread(Spread spread, int64_t tilePixels, int64_t tileChannels, unsigned outputBits);
Share shareOf(Spread spread, int64_t pixels, int64_t channels, int64_t grain, int64_t core, int64_t cores);
/// Pixels or channels of the largest share.
int64_t largestShare(int64_t extent, int64_t grain, int64_t cores);

/// Cycles that a core takes for a share with its operands in L1: an estimate from the machine's kernel costs.
/// Where the machine states nothing of a kernel, its instructions stand in for it.
class WorkCost {
public:
  WorkCost(const Machine &machine, const LayerProblem &layer);
  /// `slots`: operands without a slot are read and written in the level where they lie. `inputs`: of the
  /// segments of input channels the one at work.
  double cycles(int64_t pixels, int64_t channels, int64_t block, const std::vector<int64_t> &slots,
                const Segment &inputs) const;
  double cycles(int64_t pixels, int64_t channels, int64_t block, const std::vector<int64_t> &slots) const {
    return cycles(pixels, channels, block, slots, {0, layer.inputs, 0, layer.inputs, 0});
  }
  /// No team of n cores takes fewer than this divided by n, however the layer is cut and shared.
  double least() const;
  /// Cycles more for each access to `level` than to L1; none: the machine states neither.
  static std::optional<double> accessPenalty(const Machine &machine, unsigned level);

private:
  const LayerProblem &layer;
  bool perChannel = false; ///< each output channel reads its own input channel
  double mac = 0, output = 0, element = 0, gatherByte = 0, call = 0;
  double sumIn = 0, sumOut = 0; ///< to read and write a sum that waits for further input channels
  double reload = 0;            ///< of a weight, by each block of columns
  double turn = 0;              ///< of the loop over taps, by each block of channels
  std::vector<double> penalty;  ///< of each operand, when it has no slot
};

} // namespace dyadic::model
