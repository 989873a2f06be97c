// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which machine, which passes, and whether the outcome fits.
#include "compiler/driver/Place.h"

namespace dyadic {

llvm::Error findTarget(const TargetOptions &options, std::optional<Target> &target) {
  if (!options.given())
    return llvm::Error::success();
  llvm::Expected<Target> found = loadTarget(options);
  if (!found)
    return found.takeError();
  target = std::move(*found);
  return llvm::Error::success();
}

llvm::Error needTarget(const CompileOptions &options, Level from, Level last) {
  auto isAuto = [](const ImplementationRule &rule) { return rule.implementation == Implementation::Auto; };
  bool chooses = from == Level::Qonnx && last == Level::Qint && llvm::any_of(options.implementations, isAuto);
  if (options.target.given() || (last != Level::Plat && !chooses))
    return llvm::Error::success();
  return failure(ExitCode::Usage,
                 "--target is required: the machine to make code for, as dyadic targets lists them; or "
                 "--target-file");
}

PipelineOptions pipelineFor(const CompileOptions &options, const std::optional<Target> &target) {
  PipelineOptions pipeline;
  pipeline.implementations = options.implementations;
  pipeline.tiles = options.tiles;
  if (target)
    pipeline.mulCycles = target->machine.multiplyCycles(), pipeline.machine = target->machine;
  return pipeline;
}

llvm::Error checkFit(int64_t arenaBytes, const model::Machine &machine) {
  const std::optional<int64_t> room = machine.room(2);
  if (!room || arenaBytes <= *room)
    return llvm::Error::success();
  const model::MemoryLevel &l2 = machine.l2;
  std::string why;
  if (l2.bytes) {
    why = " (" + std::to_string(l2.bytes->value) + ", " + toString(l2.bytes->kind) + ": " + l2.bytes->source;
    if (l2.reserved)
      why += "; less " + std::to_string(l2.reserved->value) + " reserved, " + toString(l2.reserved->kind) +
             ": " + l2.reserved->source;
    why += ")";
  }
  // The buffers are what must fit; what is reserved stays.
  const bool bounded = l2.bufferBytes && l2.bufferBytes->value == *room;
  const int64_t enough = (bounded ? l2.bufferBytes->value : l2.bytes->value) + arenaBytes - *room;
  why += std::string("; would fit with --set l2.") + (bounded ? "buffer_bytes=" : "bytes=") +
         std::to_string(enough);
  return failure(ExitCode::DoesNotFit, "the arena needs " + llvm::Twine(arenaBytes) + " bytes; " +
                                           machine.name + " has " + llvm::Twine(std::max<int64_t>(0, *room)) +
                                           " for it in l2, its " + l2.memory + why);
}

} // namespace dyadic
