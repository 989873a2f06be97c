// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a description says against itself.
#include "compiler/targets/Tree.h"
#include "compiler/targets/Units.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace dyadic::targets {
namespace {

using llvm::StringRef;
using llvm::Twine;

class Checker {
public:
  Checker(const Target &target, const Tree &tree, Mistakes &mistakes)
      : target(target), machine(target.machine), tree(tree), mistakes(mistakes) {}

  void run() {
    auto inside = [](char c) { return llvm::isAlnum(c) || c == '-' || c == '_'; };
    if (!llvm::all_of(machine.name, inside))
      wrong("name", "'name' needs letters, digits, '-' and '_' only: manifests and the C's comments show it");
    capabilities();
    cluster();
    for (unsigned number : {1u, 2u, 3u})
      level(number);
    transfers();
  }

private:
  void wrong(StringRef path, const Twine &what) {
    yaml::Place place = tree.placeOf(path);
    mistakes.add(place, tree.at(place, what));
  }

  void capabilities() {
    constexpr StringRef known[] = {"", "none", "dsp", "mve", "xpulpv2"};
    if (!llvm::is_contained(known, machine.simd))
      wrong("capabilities.simd", "'simd' is " + llvm::join(llvm::drop_begin(known), ", ") + "; '" +
                                     machine.simd + "' is not known");
    if (machine.cache && !llvm::isPowerOf2_64(static_cast<uint64_t>(machine.cache->lineBytes.value)))
      wrong("capabilities.cache.line_bytes", "lines of a cache have a power of two of bytes");
  }

  void cluster() {
    if (machine.cores() > 1 && !machine.hasTiles())
      wrong("cluster.cores", "a cluster of " + Twine(machine.cores()) +
                                 " cores works in l1, and l1 has no 'bytes'; state them, or one core");
    if (machine.hasTiles() && !machine.l2ToL1)
      wrong("l1.bytes", "l1 has a size, but nothing fills it: 'transfers.l2_l1' is missing");
    if (machine.l3 && !machine.l3->addressable && !machine.l3ToL2 && !machine.l3ToL1)
      wrong("l3.addressable",
            "no core reaches l3, and neither does a transfer: 'transfers.l3_l2' is missing");
    for (auto [number, path] : {std::pair(1u, "l1.addressable"), {2u, "l2.addressable"}})
      if (const model::MemoryLevel *memory = machine.level(number); memory && !memory->addressable)
        wrong(path, "cores compute in l1 and l2: only l3 may be out of their reach");
    for (auto [number, path] : {std::pair(1u, "l1.read_only"), {2u, "l2.read_only"}})
      if (const model::MemoryLevel *memory = machine.level(number); memory && memory->readOnly)
        wrong(path, "tiles and activations are written in l1 and l2: only l3 may be read-only");
  }

  void level(unsigned number) {
    const model::MemoryLevel *memory = machine.level(number);
    if (!memory)
      return;
    std::string name = "l" + std::to_string(number);
    if (memory->reserved && !memory->bytes)
      wrong(name + ".reserved_bytes", "reserved of how many? '" + name + ".bytes' is missing");
    if (!memory->bytes)
      return;
    auto shown = [](int64_t bytes) { return shownAmount(static_cast<double>(bytes), Unit::Bytes); };
    int64_t bytes = memory->bytes->value, reserved = memory->reserved ? memory->reserved->value : 0;
    int64_t stacks = number == 1 && machine.cluster ? machine.cluster->stacks() : 0;
    if (reserved + stacks >= bytes && !overridden(name))
      wrong(name + ".bytes", "nothing is left for buffers: " + shown(bytes) + " less " + shown(reserved) +
                                 " reserved" + (stacks ? " and " + shown(stacks) + " of stacks" : ""));
  }

  /// Whether --set has a say in what is left for buffers: then the network decides whether that is enough.
  bool overridden(const std::string &level) const {
    auto set = [&](const std::string &path) {
      return llvm::any_of(target.overrides,
                          [&](StringRef override) { return override.starts_with(path + "="); });
    };
    return set(level + ".bytes") || set(level + ".reserved_bytes") ||
           (level == "l1" &&
            (set("cluster.cores") || set("cluster.stack_bytes") || set("cluster.stack_bytes_first")));
  }

  void transfers() {
    struct Pair {
      StringRef path;
      const std::optional<model::TransferEngine> &engine;
      const model::MemoryLevel *outer, *inner;
    };
    const Pair pairs[] = {{"transfers.l2_l1", machine.l2ToL1, machine.level(2), machine.level(1)},
                          {"transfers.l3_l2", machine.l3ToL2, machine.level(3), machine.level(2)},
                          {"transfers.l3_l1", machine.l3ToL1, machine.level(3), machine.level(1)}};
    for (const Pair &pair : pairs) {
      if (!pair.engine)
        continue;
      if (!pair.outer || !pair.inner)
        wrong(pair.path, "this transfer has no '" + Twine(pair.inner ? "l3" : "l1") + "' to work on");
      if (pair.engine->line && pair.engine->dimensions == 1)
        wrong((pair.path + ".line_cycles").str(),
              "a transfer of one dimension has no lines; state 'dimensions'");
      if (pair.engine->bytesPerCycleOut && pair.outer && pair.outer->readOnly)
        wrong((pair.path + ".bytes_per_cycle_out").str(), "the outer level is read-only: nothing goes out");
    }
  }

  const Target &target;
  const model::Machine &machine;
  const Tree &tree;
  Mistakes &mistakes;
};

} // namespace

void checkTarget(const Target &target, const Tree &tree, Mistakes &mistakes) {
  Checker(target, tree, mistakes).run();
}

} // namespace dyadic::targets
