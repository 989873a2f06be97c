// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dynamic program over layers, and the plan it gives for one size of L2.
#include "passes/model/tiling/Residency.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace dyadic::model {
namespace {

int64_t thousandths(double cycles) { return std::llround(cycles * 1000); }

/// A layer's mode: 0 its weights stay, i > 0 option i - 1.
struct Mode {
  int64_t resident = 0;              ///< bytes that stay
  int64_t firstSlot = 0, others = 0; ///< of its stage
  int64_t cycles = 0;                ///< calls and waits but the first
  double firstLoad = 0;              ///< of the first chunk
  double lastCall = 0;               ///< hides the next layer's first chunk
  const StreamOption *stream = nullptr;
  int64_t firstWait(double ahead) const { return stream ? thousandths(stream->firstWait(ahead)) : 0; }
  int64_t stage() const { return firstSlot + others; }
  /// Leaves the next layer as much memory and as much time to load.
  bool isNeighbourLike(const Mode &other) const {
    return stage() <= other.stage() && lastCall >= other.lastCall;
  }
  /// In no way worse, whatever the neighbours do.
  bool beats(const Mode &other) const {
    return resident <= other.resident && firstSlot <= other.firstSlot && others <= other.others &&
           cycles <= other.cycles && firstLoad <= other.firstLoad && lastCall >= other.lastCall;
  }
};

std::vector<Mode> modesOf(const ResidencyLayer &layer) {
  std::vector<Mode> modes(1);
  modes[0].resident = layer.weightBytes;
  modes[0].cycles = thousandths(layer.cycles);
  modes[0].lastCall = layer.cycles;
  for (const StreamOption &option : layer.options) {
    Mode mode;
    mode.firstSlot = option.slotBytes;
    mode.others = (option.slots - 1) * option.slotBytes;
    mode.cycles = thousandths(option.runCycles()) + thousandths(option.innerWait());
    mode.firstLoad = option.chunks.front().loadCycles;
    mode.lastCall = option.chunks.back().runCycles;
    mode.stream = &option;
    modes.push_back(mode);
  }
  return modes;
}

struct Label {
  int64_t resident = 0, peak = 0, cycles = 0; ///< peak: of everything that does not stay
  size_t mode = 0, before = 0;
};

/// Descending steps: whether some label so far has neither more peak nor more cycles.
class Stairs {
public:
  bool covers(const Label &label) const {
    auto above = cycles.upper_bound(label.peak);
    return above != cycles.begin() && std::prev(above)->second <= label.cycles;
  }
  void add(const Label &label) {
    auto from = cycles.lower_bound(label.peak), to = from;
    while (to != cycles.end() && to->second >= label.cycles)
      ++to;
    cycles.erase(from, to);
    cycles.emplace(label.peak, label.cycles);
  }

private:
  std::map<int64_t, int64_t> cycles; // by peak
};

/// Keeps what no other label beats in all three, its mode being no worse a neighbour for the next layer.
std::vector<Label> undominated(std::vector<Label> labels, const std::vector<Mode> &modes) {
  std::sort(labels.begin(), labels.end(), [](const Label &a, const Label &b) {
    return std::tie(a.resident, a.peak, a.cycles, a.mode, a.before) <
           std::tie(b.resident, b.peak, b.cycles, b.mode, b.before);
  });
  std::vector<Stairs> stairs(modes.size());
  std::vector<Label> kept;
  for (const Label &label : labels) {
    bool beaten = false;
    for (size_t m = 0; m < modes.size() && !beaten; ++m)
      beaten = modes[m].isNeighbourLike(modes[label.mode]) && stairs[m].covers(label);
    if (beaten)
      continue;
    stairs[label.mode].add(label);
    kept.push_back(label);
  }
  return kept;
}

} // namespace

ResidencyFront::ResidencyFront(std::vector<ResidencyLayer> given, size_t labelLimit)
    : layers(std::move(given)) {
  for (int64_t unit = 1; !build(unit, labelLimit);)
    unit = std::max<int64_t>(64, unit * 2);
}

bool ResidencyFront::build(int64_t unit, size_t labelLimit) {
  std::vector<std::vector<Label>> labels; // of each layer, all modes
  std::vector<std::vector<Mode>> modes;
  int64_t total = 0;
  for (const ResidencyLayer &layer : layers)
    total += layer.weightBytes;
  auto up = [&](int64_t bytes) { return (bytes + unit - 1) / unit * unit; };
  for (size_t i = 0; i < layers.size(); ++i) {
    modes.push_back(modesOf(layers[i]));
    std::vector<Label> now;
    for (size_t m = 0; m < modes[i].size(); ++m) {
      const Mode &mode = modes[i][m];
      if (std::any_of(modes[i].begin(), modes[i].end(), [&](const Mode &other) {
            return other.beats(mode) && (&other < &mode || !mode.beats(other));
          }))
        continue;
      auto extend = [&](Label from, int64_t others, double ahead) {
        from.resident += up(mode.resident);
        from.peak = std::max(from.peak, up(others + mode.firstSlot));
        // What is in use while this layer runs grows by the next one's first slot, once that is known.
        from.peak = std::max(from.peak, up(layers[i].liveBytes + mode.stage()));
        from.cycles += mode.cycles + mode.firstWait(ahead);
        from.mode = m;
        now.push_back(from);
      };
      if (i == 0)
        extend(Label{}, 0, 0);
      for (size_t b = 0; i > 0 && b < labels[i - 1].size(); ++b) {
        Label from = labels[i - 1][b];
        const Mode &previous = modes[i - 1][from.mode];
        from.before = b;
        extend(from, layers[i - 1].liveBytes + previous.stage(), previous.lastCall);
      }
    }
    now = undominated(std::move(now), modes[i]);
    if (now.size() > labelLimit && unit < total) // coarser units than everything save no more
      return false;
    labels.push_back(std::move(now));
  }
  if (layers.empty())
    return true;
  std::vector<std::tuple<int64_t, int64_t, size_t>> ends; // bytes, cycles, label
  for (size_t l = 0; l < labels.back().size(); ++l)
    ends.emplace_back(labels.back()[l].resident + labels.back()[l].peak, labels.back()[l].cycles, l);
  std::sort(ends.begin(), ends.end());
  int64_t least = std::numeric_limits<int64_t>::max();
  for (auto [bytes, cycles, end] : ends) {
    if (cycles >= least)
      continue;
    least = cycles;
    Point point{bytes, cycles, std::vector<std::optional<size_t>>(layers.size())};
    for (size_t i = layers.size(), l = end; i-- > 0; l = labels[i][l].before)
      if (size_t mode = labels[i][l].mode)
        point.options[i] = mode - 1;
    front.push_back(std::move(point));
  }
  return true;
}

ResidencyPlan ResidencyFront::evaluate(const std::vector<std::optional<size_t>> &options) const {
  ResidencyPlan plan;
  int64_t peak = 0, cycles = 0, before = 0;
  double ahead = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Mode mode = modesOf(layers[i])[options[i] ? *options[i] + 1 : 0];
    ResidencyChoice choice;
    choice.option = options[i];
    choice.cycles = layers[i].cycles;
    if (mode.stream) {
      double loads = 0;
      for (const Chunk &chunk : mode.stream->chunks)
        loads += chunk.loadCycles;
      choice.cycles = mode.stream->runCycles();
      choice.exposed = mode.stream->innerWait() + mode.stream->firstWait(ahead);
      choice.hidden = loads - choice.exposed;
      plan.streamedBytes += layers[i].weightBytes * mode.stream->rounds;
    }
    plan.residentBytes += mode.resident;
    cycles += mode.cycles + mode.firstWait(ahead);
    const int64_t own = layers[i].liveBytes + mode.stage();
    peak = std::max({peak, before + mode.firstSlot, own});
    before = own;
    ahead = mode.lastCall;
    plan.layers.push_back(choice);
  }
  plan.cycles = static_cast<double>(cycles) / 1000;
  plan.peakBytes = plan.residentBytes + peak;
  return plan;
}

std::optional<ResidencyPlan> ResidencyFront::best(int64_t bytes) const {
  auto after = std::partition_point(front.begin(), front.end(),
                                    [&](const Point &point) { return point.needBytes <= bytes; });
  if (layers.empty())
    return ResidencyPlan{};
  if (after == front.begin())
    return std::nullopt;
  auto options = std::prev(after)->options;
  ResidencyPlan plan = evaluate(options);
  // Traffic that hides is still traffic: the largest weights first. Only where the cycles stay what they are,
  // so that the choice above alone decides them.
  std::vector<size_t> order(layers.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(-layers[a].weightBytes, a) < std::pair(-layers[b].weightBytes, b);
  });
  for (size_t i : order) {
    if (!options[i])
      continue;
    auto tried = options;
    tried[i].reset();
    ResidencyPlan other = evaluate(tried);
    if (other.peakBytes > bytes || thousandths(other.cycles) != thousandths(plan.cycles))
      continue;
    options = std::move(tried);
    plan = std::move(other);
  }
  return plan;
}

int64_t ResidencyFront::leastBytes() const { return front.empty() ? 0 : front.front().needBytes; }

std::vector<std::vector<std::optional<size_t>>> ResidencyFront::plans() const {
  std::vector<std::vector<std::optional<size_t>>> result;
  for (const Point &point : front)
    result.push_back(point.options);
  return result;
}

std::vector<std::pair<int64_t, double>> ResidencyFront::steps() const {
  std::vector<std::pair<int64_t, double>> result;
  for (const Point &point : front)
    result.emplace_back(point.needBytes, static_cast<double>(point.cycles) / 1000);
  return result;
}

} // namespace dyadic::model
