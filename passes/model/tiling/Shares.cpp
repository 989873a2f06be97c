// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shares in whole bytes, and their cost by the machine's figures.
#include "passes/model/tiling/Shares.h"
#include <algorithm>
#include <numeric>

namespace dyadic::model {
namespace {

/// The block that the machine's figures per multiply-accumulate hold for.
constexpr double columnsOfFigures = 4, channelsOfFigures = 32;

double valueOr(const std::optional<Real> &figure, double otherwise) {
  return figure ? figure->value : otherwise;
}

} // namespace

int64_t grainOf(Spread spread, int64_t tileChannels, unsigned outputBits) {
  return spread == Spread::Pixels ? 8 / std::gcd<int64_t>(8, tileChannels * outputBits)
                                  : 8 / std::gcd<int64_t>(8, outputBits);
}

bool maySpread(Spread spread, int64_t tilePixels, int64_t tileChannels, unsigned outputBits) {
  return spread == Spread::Pixels || tilePixels == 1 || tileChannels * outputBits % 8 == 0;
}

Share shareOf(Spread spread, int64_t pixels, int64_t channels, int64_t grain, int64_t core, int64_t cores) {
  const int64_t extent = spread == Spread::Pixels ? pixels : channels;
  const int64_t units = (extent + grain - 1) / grain;
  const int64_t first = std::min(extent, units * core / cores * grain);
  const int64_t end = std::min(extent, units * (core + 1) / cores * grain);
  return spread == Spread::Pixels ? Share{first, end, 0, channels} : Share{0, pixels, first, end};
}

int64_t largestShare(int64_t extent, int64_t grain, int64_t cores) {
  const int64_t units = (extent + grain - 1) / grain, each = units / cores, more = units % cores;
  if (cores == 1)
    return extent;
  // `more` cores take one unit more, the last core among them; only its share may be cut short.
  const int64_t last = extent - (units - each - (more > 0 ? 1 : 0)) * grain;
  return std::max(last, (more > 1 ? each + 1 : each) * grain);
}

std::optional<double> WorkCost::accessPenalty(const Machine &machine, unsigned level) {
  const MemoryLevel *outer = machine.level(level);
  if (!outer || !outer->access)
    return std::nullopt;
  const double near = machine.l1 && machine.l1->access ? machine.l1->access->value : 1;
  return std::max(0.0, outer->access->value - near);
}

WorkCost::WorkCost(const Machine &machine, const LayerProblem &layer) : layer(layer) {
  const KernelCosts &costs = machine.kernel(layer.kind);
  const double load = valueOr(machine.core.load, 1);
  const double store = valueOr(machine.core.store, 1);
  const double multiply = valueOr(machine.core.multiplyAccumulate, valueOr(machine.core.multiply, 1) + 1);
  const Real *stated = costs.macCycles(layer.weightBits, layer.activationBits);
  mac = stated ? stated->value : multiply + load * (1 + 1 / columnsOfFigures);
  output = valueOr(costs.output, 8 * load + 4 * multiply);
  element = valueOr(costs.element, load + store);
  gatherByte = valueOr(costs.im2colByte, load + store);
  call = valueOr(costs.call, 0);
  reload = layer.kind == KernelClass::Matvec ? 0 : std::min(load, mac);
  turn = valueOr(machine.core.branchTaken, 2) + load;
  sumIn = load + turn;
  sumOut = store + turn;
  for (const Operand &operand : layer.operands) {
    perChannel |= operand.role == Role::Input && operand.uses(Axis::Channels);
    penalty.push_back(accessPenalty(machine, operand.level).value_or(0));
  }
}

double WorkCost::least() const {
  const auto outputs = static_cast<double>(layer.outputs());
  const auto pixels = outputs / static_cast<double>(layer.extents[at(Axis::Channels)]);
  return outputs * (static_cast<double>(layer.macsPerOutput) * mac + output +
                    static_cast<double>(layer.elementsPerOutput) * element) +
         pixels * static_cast<double>(layer.gatherBytesPerPixel) * gatherByte;
}

double WorkCost::cycles(int64_t pixels, int64_t channels, int64_t block, const std::vector<int64_t> &slots,
                        const Segment &inputs) const {
  if (pixels <= 0 || channels <= 0)
    return 0;
  const auto p = static_cast<double>(pixels), c = static_cast<double>(channels);
  const double part = static_cast<double>(inputs.inCount) / static_cast<double>(layer.inputs);
  const bool first = inputs.inFirst == 0, last = inputs.inFirst + inputs.inCount >= layer.inputs;
  const double k = static_cast<double>(layer.macsPerOutput) * part;
  const double outputs = p * c;
  const auto elements = outputs * static_cast<double>(layer.elementsPerOutput);
  double sum = call + outputs * (k * mac + (last ? output : sumOut) + (first ? 0 : sumIn)) +
               elements * element + p * static_cast<double>(layer.gatherBytesPerPixel) * part * gatherByte;
  // A smaller block than the figures hold for reads weights, or turns the loop over taps, more often.
  const int64_t wholePixelBlocks = (pixels + block - 1) / block;
  const int64_t wholeChannelBlocks = (channels + block - 1) / block;
  const auto pixelBlocks = static_cast<double>(wholePixelBlocks);
  const auto channelBlocks = static_cast<double>(wholeChannelBlocks);
  if (k > 0 && perChannel)
    sum += std::max(0.0, channelBlocks - c / channelsOfFigures) * p * k * turn;
  else if (k > 0)
    sum += std::max(0.0, pixelBlocks - p / columnsOfFigures) * c * k * reload;
  for (size_t i = 0; i < penalty.size(); ++i) {
    if (slots[i] > 0 || penalty[i] == 0)
      continue;
    if (layer.operands[i].isOutput() && !last)
      continue;
    double accesses = outputs;
    if (layer.operands[i].role == Role::Input)
      accesses = k == 0 ? elements : perChannel ? outputs * k : p * k;
    else if (layer.operands[i].role == Role::Weights)
      accesses = perChannel ? c * k : pixelBlocks * c * k;
    sum += accesses * penalty[i];
  }
  return sum;
}

} // namespace dyadic::model
