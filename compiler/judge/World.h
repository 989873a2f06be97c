// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a plan is walked with: whole tensors, chunks of constants, rules of the cache.
#pragma once
#include "compiler/judge/Judge.h"
#include <map>

namespace dyadic::judge {

class World {
public:
  World(const Plan &plan, Memory &memory, Verdict &verdict);

protected:
  static std::string nameOf(int64_t layer, const std::string &node);

  // The cores' cache. Rules of resident stages belong to their loading.
  bool ofLoading(const Event &event) const;
  void rule(const Event &event);

  // Whole tensors in L2. A tensor that is written gives the bytes of its buffer a new meaning.
  llvm::ArrayRef<Label> meantOf(const View &v) const;
  void readView(const View &v, const std::string &what);
  void writeView(const View &v, const std::string &what);
  void writeScratch(int64_t buffer);
  void runKernel(const Kernel &kernel);
  /// Adds a segment of input channels to the sums of a tile, which must be those of the segments before; true
  /// where they are complete and make the output. `making`: the output's moment.
  bool sumUp(const Tiled &layer, int64_t tile, int64_t making);

  // Chunks of constants.
  Label constantByte(int64_t constant, int64_t at) const;
  void startChunk(int64_t stage, int64_t chunk);
  void awaitChunk(int64_t stage, int64_t chunk);
  // Bands of tensors in L3.
  void startBand(int64_t bands, int64_t band);
  void awaitBand(int64_t bands, int64_t band);
  /// Where a slot begins in L2, less the tensor's byte that lies there first.
  int64_t baseOf(const Bands &bands, int64_t band) const;
  void start(Flight &flight, Flight begun, int64_t source, int64_t target, int64_t user);

  const Plan &plan;
  Memory &memory;
  Verdict &verdict;
  std::vector<std::vector<Label>> meant; ///< by buffer: what each byte holds, were there no other buffer
  std::map<std::pair<int64_t, int64_t>, Flight> flights;     ///< by stream (stages below 0) and slot
  std::map<std::pair<int64_t, int64_t>, int64_t> holds;      ///< by stage and slot: a chunk to be used, + 1
  std::map<std::pair<int64_t, int64_t>, Flight> bandFlights; ///< by bands and slot
  int64_t moment = 0;

  // The output being made, tile by tile.
  std::vector<uint8_t> written; ///< of each byte how often, at most 2
  int64_t making = 0;           ///< its moment
  void makeWhole(const View &out);
  /// What is there of some bytes may be stored.
  void makeBand(const View &out, std::pair<int64_t, int64_t> bytes);
};

} // namespace dyadic::judge
