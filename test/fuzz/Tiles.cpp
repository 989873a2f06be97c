// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Room is drawn on a logarithmic scale and doubled until a network fits: many meet the least that will do.
#include "test/fuzz/Tiles.h"
#include "test/fuzz/Draws.h"
#include "llvm/ADT/StringExtras.h"

namespace dyadic::fuzz {
namespace {

constexpr llvm::StringRef l1Key = "l1.buffer_bytes=", l2Key = "l2.buffer_bytes=", tileKey = "--tile=";
constexpr int64_t mostL1 = 32 << 10, mostL2 = 400 << 10; // what every target here has

/// 2^low .. 2^high, every octave as often.
int64_t drawBytes(Stream &s, int low, int high) {
  int64_t octave = int64_t(1) << (low + static_cast<int>(s.below(static_cast<uint32_t>(high - low))));
  return octave + static_cast<int64_t>(s.below(static_cast<uint32_t>(octave)));
}

/// As --set has them.
std::vector<std::string> figuresOf(const Tiles &tiles) {
  std::vector<std::string> list = tiles.set;
  list.push_back(l1Key.str() + std::to_string(tiles.l1Bytes));
  list.push_back(l2Key.str() + std::to_string(tiles.l2Bytes));
  return list;
}

} // namespace

Tiles drawTiles(uint64_t seed) {
  static const char *const clusters[] = {"gap8", "pulp-open", "rv32-cluster"};
  static const char *const single[] = {"cortex-m7", "cortex-m55"};
  Stream s(seed * 2 + 1);
  Tiles tiles;
  bool cluster = s.below(5) != 0;
  tiles.target = cluster ? clusters[s.below(3)] : single[s.below(2)];
  if (cluster)
    tiles.set.push_back("cluster.cores=" + std::to_string(1 + s.below(8)));
  tiles.l1Bytes = drawBytes(s, 5, 13);
  tiles.l2Bytes = drawBytes(s, 8, 16);
  for (const char *level : {"l1", "l2"})
    if (s.below(3) == 0)
      tiles.set.push_back(std::string(level) + ".double_buffering=false");
  // A wish that meets another is seldom granted: those that take a step's numbers apart come alone as a rule.
  switch (s.below(6)) {
  case 0:
  case 1:
    for (const char *axis : {"images", "rows", "columns", "channels"})
      if (s.below(2) == 0)
        tiles.tile +=
            (tiles.tile.empty() ? "" : ",") + std::string(axis) + "=" + std::to_string(1 + s.below(5));
    break;
  case 2:
    tiles.tile = "channels=" + std::to_string(1 << s.below(4));
    break;
  case 3:
    tiles.tile = "spread=channels";
    break;
  default:
    break;
  }
  if (s.below(2) == 0)
    tiles.tile += (tiles.tile.empty() ? "" : ",") + std::string("input_channels=") +
                  std::to_string(1 + s.below(4) * (1 + s.below(4)));
  return tiles;
}

bool makeRoom(Tiles &tiles, llvm::StringRef complaint) {
  bool l2 = complaint.contains("does not fit L2");
  if (!l2 && !complaint.contains("does not fit into L1"))
    return false;
  int64_t &bytes = l2 ? tiles.l2Bytes : tiles.l1Bytes, most = l2 ? mostL2 : mostL1;
  if (bytes >= most)
    return false;
  bytes = std::min(most, 2 * bytes);
  return true;
}

std::string toString(const Tiles &tiles) {
  return tiles.target + " " + llvm::join(figuresOf(tiles), " ") +
         (tiles.tile.empty() ? "" : " " + tileKey.str() + tiles.tile);
}

llvm::Expected<Tiles> parseTiles(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> words;
  llvm::SplitString(text, words);
  Tiles tiles;
  for (llvm::StringRef word : words)
    if (tiles.target.empty())
      tiles.target = word.str();
    else if (word.consume_front(tileKey))
      tiles.tile = word.str();
    else if (word.consume_front(l1Key)   ? word.getAsInteger(10, tiles.l1Bytes)
             : word.consume_front(l2Key) ? word.getAsInteger(10, tiles.l2Bytes)
                                         : (tiles.set.push_back(word.str()), false))
      return failure(ExitCode::Usage, "'" + text + "' does not name a machine");
  return tiles;
}

llvm::Expected<model::Machine> machineOf(const Tiles &tiles) {
  TargetOptions wanted;
  wanted.name = tiles.target;
  wanted.overrides = figuresOf(tiles);
  llvm::Expected<Target> target = loadTarget(wanted);
  if (!target)
    return target.takeError();
  return target->machine;
}

} // namespace dyadic::fuzz
