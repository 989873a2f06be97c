// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What searches have found, kept for the next of several machines that a network is lowered for.
#pragma once

#include "passes/model/tiling/Bands.h"
#include "passes/model/tiling/Stream.h"

#include <map>

namespace dyadic::tile {

/// For one network, and machines that differ in nothing but cores and the bytes of their levels: of these no
/// search knows more than cores and the room in L1.
class Searches {
public:
  struct Searched {
    model::SearchResult result;
    model::SearchOptions options; ///< that it was found with
  };
  struct OfMachine {
    std::map<size_t, Searched> layers; ///< all that have a form that works on tiles, by number
    /// Of those that do: how a layer may work with some operands in L3.
    std::map<std::pair<size_t, std::vector<size_t>>, std::vector<model::BandOption>> bands;
    std::map<size_t, model::BandPlans> bandPlans;
    /// How its weights may stream, with its bands or null.
    std::map<std::pair<size_t, const model::BandOption *>, std::vector<model::StreamOption>> streams;
  };

  OfMachine &of(const model::Machine &machine) { return known[{machine.cores(), *machine.room(1)}]; }

private:
  std::map<std::pair<int64_t, int64_t>, OfMachine> known;
};

} // namespace dyadic::tile
