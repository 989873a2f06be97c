// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The keys of a target description; SCHEMA.md says what each means.
#include "compiler/targets/Fields.h"

namespace dyadic::targets {
namespace {

using llvm::StringRef;
using model::Figure;

constexpr double most = 1LL << 40;

template <class T>
void optional(Fields &f, StringRef key, Unit unit, std::optional<Figure<T>> &value, double low = 0) {
  std::optional<model::Real> any;
  if (value)
    any = {static_cast<double>(value->value), value->kind, value->source};
  f.figure({key, unit, false, low, most}, any);
  value = std::nullopt;
  if (any)
    value = {static_cast<T>(any->value), any->kind, any->source};
}

template <class T>
void required(Fields &f, StringRef key, Unit unit, Figure<T> &value, double low = 0, double high = most) {
  std::optional<model::Real> any = model::Real{static_cast<double>(value.value), value.kind, value.source};
  f.figure({key, unit, true, low, high}, any);
  if (any)
    value = {static_cast<T>(any->value), any->kind, any->source};
}

template <class T>
void section(Fields &f, StringRef key, std::optional<T> &part, llvm::function_ref<void(T &)> body) {
  bool present = part.has_value();
  T value = part.value_or(T());
  f.section(key, false, present, [&] { body(value); });
  part = present ? std::optional<T>(std::move(value)) : std::nullopt;
}

void core(Fields &f, model::CoreCosts &core) {
  optional(f, "multiply", Unit::Cycles, core.multiply);
  optional(f, "multiply_high", Unit::Cycles, core.multiplyHigh);
  optional(f, "multiply_accumulate", Unit::Cycles, core.multiplyAccumulate);
  optional(f, "divide", Unit::Cycles, core.divide);
  optional(f, "load", Unit::Cycles, core.load);
  optional(f, "load_use", Unit::Cycles, core.loadUse);
  optional(f, "store", Unit::Cycles, core.store);
  optional(f, "branch_taken", Unit::Cycles, core.branchTaken);
  optional(f, "branch_not_taken", Unit::Cycles, core.branchNotTaken);
  optional(f, "call", Unit::Cycles, core.call);
}

void cluster(Fields &f, model::Cluster &cluster) {
  required(f, "cores", Unit::Count, cluster.cores, 1, 256);
  required(f, "stack_bytes_first", Unit::Bytes, cluster.stackBytesFirst);
  required(f, "stack_bytes", Unit::Bytes, cluster.stackBytes);
  required(f, "fork_cycles", Unit::Cycles, cluster.forkCycles);
  required(f, "fork_cycles_per_core", Unit::Cycles, cluster.forkCyclesPerCore);
  required(f, "barrier_cycles", Unit::Cycles, cluster.barrierCycles);
}

void level(Fields &f, model::MemoryLevel &level, bool isOutermost = false) {
  f.text("memory", true, level.memory);
  optional(f, "bytes", Unit::Bytes, level.bytes, 1);
  optional(f, "reserved_bytes", Unit::Bytes, level.reserved);
  optional(f, "buffer_bytes", Unit::Bytes, level.bufferBytes, 1);
  optional(f, "banks", Unit::Count, level.banks, 1);
  optional(f, "access_cycles", Unit::Cycles, level.access);
  f.number("align_bytes", 1, 4096, true, level.alignBytes);
  f.flag("read_only", level.readOnly);
  f.flag("addressable", level.addressable);
  if (!isOutermost)
    f.flag("double_buffering", level.doubleBuffering);
}

void transfer(Fields &f, model::TransferEngine &engine) {
  f.text("engine", true, engine.engine);
  required(f, "setup_cycles", Unit::Cycles, engine.setup);
  required(f, "bytes_per_cycle_in", Unit::BytesPerCycle, engine.bytesPerCycleIn, 1e-6);
  optional(f, "bytes_per_cycle_out", Unit::BytesPerCycle, engine.bytesPerCycleOut, 1e-6);
  f.number("dimensions", 1, 3, false, engine.dimensions);
  optional(f, "line_cycles", Unit::Cycles, engine.line);
  f.number("align_bytes", 1, 4096, true, engine.alignBytes);
  optional(f, "max_bytes", Unit::Bytes, engine.maxBytes, 1);
  optional(f, "channels", Unit::Count, engine.channels, 1);
  f.flag("blocking", engine.blocking);
  f.flag("duplex", engine.duplex);
}

void kernel(Fields &f, model::KernelCosts &costs) {
  auto mac = std::move(costs.mac);
  costs.mac.clear();
  for (unsigned weights : {1u, 2u, 4u, 8u, 16u})
    for (unsigned activations : {1u, 2u, 4u, 8u, 16u}) {
      auto bits = std::pair(weights, activations);
      std::optional<model::Real> cycles;
      if (auto found = mac.find(bits); found != mac.end())
        cycles = found->second;
      std::string key = "w" + std::to_string(weights) + "a" + std::to_string(activations);
      f.figure({key, Unit::Cycles, false, 0, most}, cycles);
      if (cycles)
        costs.mac[bits] = *cycles;
    }
  optional(f, "element", Unit::Cycles, costs.element);
  optional(f, "output", Unit::Cycles, costs.output);
  optional(f, "im2col_byte", Unit::Cycles, costs.im2colByte);
  optional(f, "call", Unit::Cycles, costs.call);
}

void toolchain(Fields &f, Toolchain &tool, bool compiler) {
  f.text("package", false, tool.package);
  if (compiler) {
    f.text("compiler", true, tool.compiler);
    f.text("flags", false, tool.flags);
    f.text("program", false, tool.program);
    f.text("link", false, tool.link);
  } else {
    f.text("command", true, tool.command);
  }
  f.text("note", false, tool.note);
}

/// A map that is always there, if perhaps empty.
void always(Fields &f, StringRef key, bool required, llvm::function_ref<void()> body) {
  bool present = true;
  f.section(key, required, present, body);
}

} // namespace

StringRef unitName(Unit unit) {
  switch (unit) {
  case Unit::Bytes:
    return "bytes";
  case Unit::Cycles:
    return "cycles";
  case Unit::Count:
    return "";
  case Unit::Hertz:
    return "Hz";
  case Unit::BytesPerCycle:
    return "bytes/cycle";
  }
  return "";
}

void describe(Target &target, Fields &f) {
  model::Machine &m = target.machine;
  f.text("name", true, m.name);
  f.text("title", true, target.title);
  f.text("isa", true, m.isa);
  f.text("port", true, m.port);
  optional(f, "clock_hz", Unit::Hertz, m.clockHz, 1);
  always(f, "capabilities", false, [&] {
    f.text("simd", false, m.simd);
    f.flag("tcm", m.tcm);
    section<model::Cache>(f, "cache", m.cache, [&](model::Cache &cache) {
      required(f, "line_bytes", Unit::Bytes, cache.lineBytes, 1, 4096);
      f.flag("needs_clean", cache.needsClean);
      f.flag("needs_invalidate", cache.needsInvalidate);
      optional(f, "line_cycles", Unit::Cycles, cache.line);
    });
  });
  section<model::Cluster>(f, "cluster", m.cluster, [&](model::Cluster &c) { cluster(f, c); });
  section<model::MemoryLevel>(f, "l1", m.l1, [&](model::MemoryLevel &l) { level(f, l); });
  always(f, "l2", true, [&] { level(f, m.l2); });
  section<model::MemoryLevel>(f, "l3", m.l3, [&](model::MemoryLevel &l) { level(f, l, true); });
  always(f, "transfers", false, [&] {
    auto body = [&](model::TransferEngine &e) { transfer(f, e); };
    section<model::TransferEngine>(f, "l2_l1", m.l2ToL1, body);
    section<model::TransferEngine>(f, "l3_l2", m.l3ToL2, body);
    section<model::TransferEngine>(f, "l3_l1", m.l3ToL1, body);
  });
  always(f, "core", false, [&] { core(f, m.core); });
  always(f, "kernels", false, [&] {
    for (unsigned i = 0; i < model::kernelClasses; ++i)
      always(f, toString(static_cast<model::KernelClass>(i)), false, [&] { kernel(f, m.kernels[i]); });
  });
  always(f, "build", true, [&] { toolchain(f, target.build, true); });
  section<Toolchain>(f, "emulator", target.emulator, [&](Toolchain &tool) { toolchain(f, tool, false); });
}

} // namespace dyadic::targets
