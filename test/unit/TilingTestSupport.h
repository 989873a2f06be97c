// Machines and layers for the tests of the tile search.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Residency.h"
#include "passes/model/tiling/Search.h"
#include <algorithm>

namespace dyadic::model {

inline Whole whole(int64_t value) { return {value, FigureKind::Assumed, "test"}; }
inline Real real(double value) { return {value, FigureKind::Assumed, "test"}; }

/// One core, L1 of `l1Bytes`, a DMA of 10 cycles + 1 per 4 bytes, 1 cycle per multiply-accumulate.
inline Machine smallMachine(int64_t l1Bytes) {
  Machine m;
  m.name = "small";
  m.l1.emplace();
  m.l1->bytes = whole(l1Bytes);
  m.l1->alignBytes = 1;
  m.l2.bytes = whole(1 << 20);
  m.l2ToL1.emplace();
  m.l2ToL1->engine = "DMA";
  m.l2ToL1->setup = real(10);
  m.l2ToL1->bytesPerCycleIn = real(4);
  m.l2ToL1->bytesPerCycleOut = real(4);
  m.l2ToL1->dimensions = 3;
  m.l2ToL1->duplex = true;
  m.core.load = real(1);
  m.core.branchTaken = real(0);
  for (KernelCosts &k : m.kernels) {
    k.mac[{8, 8}] = real(1);
    k.element = real(1);
    k.output = real(0);
    k.im2colByte = real(0);
    k.call = real(0);
  }
  return m;
}

/// The figures of compiler/targets/gap8.
inline Machine gap8(int64_t cores = 8, int64_t l2Bytes = 512000) {
  Machine m = smallMachine(64000);
  m.name = "gap8";
  m.l1->alignBytes = 8;
  m.l1->access = real(1);
  m.l2.bytes = whole(l2Bytes);
  m.l2.reserved = whole(64000);
  m.l2.access = real(9);
  m.cluster.emplace();
  m.cluster->cores = whole(cores);
  m.cluster->stackBytesFirst = whole(3500);
  m.cluster->stackBytes = whole(3400);
  m.cluster->forkCycles = real(40);
  m.cluster->barrierCycles = real(15);
  m.l2ToL1->setup = real(40);
  m.l2ToL1->bytesPerCycleIn = real(8);
  m.l2ToL1->bytesPerCycleOut = real(8);
  m.l2ToL1->dimensions = 2;
  m.l2ToL1->line = real(0.05);
  m.l2ToL1->maxBytes = whole(32764);
  m.l2ToL1->channels = whole(8);
  m.l3.emplace();
  m.l3ToL2 = *m.l2ToL1;
  m.l3ToL2->setup = real(440);
  m.l3ToL2->bytesPerCycleIn = real(1 / 2.44);
  m.l3ToL2->bytesPerCycleOut = real(1 / 2.42);
  m.l3ToL2->line = real(287);
  m.l3ToL2->alignBytes = 4;
  m.l3ToL2->channels = whole(1);
  m.l3ToL2->duplex = false;
  m.l3ToL2->maxBytes.reset();
  m.core.branchTaken = real(3);
  auto kernel = [&](KernelClass kind, double mac8, double mac4, double output) {
    KernelCosts &k = m.kernels[static_cast<size_t>(kind)];
    k.mac[{8, 8}] = real(mac8);
    k.mac[{4, 8}] = real(mac4);
    k.element = real(3);
    k.output = real(output);
    k.im2colByte = real(1.5);
    k.call = real(200);
  };
  kernel(KernelClass::Conv, 0.45, 1.2, 22);
  kernel(KernelClass::Depthwise, 4, 4, 10);
  kernel(KernelClass::Matmul, 0.45, 1.2, 22);
  kernel(KernelClass::Pool, 0, 0, 10);
  return m;
}

inline Dim all(int64_t extent) { return {extent, Use::Whole, Axis::Images}; }
inline Dim out(int64_t extent, Axis axis) { return {extent, Use::Out, axis}; }
inline Dim in(int64_t extent, Axis axis) { return {extent, Use::In, axis}; }

inline Window windowOf(int64_t in, int64_t kernel, int64_t stride, int64_t pad) {
  return {in, kernel, stride, 1, pad};
}

inline Operand operand(const char *name, Role role, unsigned bits, std::vector<Dim> dims) {
  Operand o;
  o.name = name;
  o.role = role;
  o.bits = bits;
  o.dims = std::move(dims);
  o.mayStream = role == Role::Weights || role == Role::Parameter;
  return o;
}

inline void addParameters(LayerProblem &layer) {
  const int64_t c = layer.extents[3];
  layer.operands.push_back(operand("multipliers", Role::Parameter, 32, {out(c, Axis::Channels)}));
  layer.operands.push_back(operand("offsets", Role::Parameter, 32, {out(c, Axis::Channels)}));
  layer.operands.push_back(operand("shifts", Role::Parameter, 8, {out(c, Axis::Channels)}));
}

inline int64_t windowsAlong(const Window &w) {
  return (w.in + 2 * w.pad - w.dilation * (w.kernel - 1) - 1) / w.stride + 1;
}

inline LayerProblem conv(int64_t inChannels, int64_t channels, Window rows, Window columns,
                         unsigned bits = 8) {
  LayerProblem l;
  l.name = "conv";
  l.kernel = "conv2d";
  l.kind = KernelClass::Conv;
  l.rows = rows;
  l.columns = columns;
  l.extents = {1, windowsAlong(rows), windowsAlong(columns), channels};
  const int64_t k = rows.kernel * columns.kernel * inChannels;
  l.weightBits = l.activationBits = bits;
  l.macsPerOutput = k;
  l.gatherBytesPerPixel = k;
  l.blocks = {4, 2, 1};
  l.scratchBytes = [k](int64_t block, const TileShape &) { return block * k * 2; };
  l.operands = {operand("input", Role::Input, bits,
                        {out(1, Axis::Images), in(rows.in, Axis::Rows), in(columns.in, Axis::Columns),
                         all(inChannels)}),
                operand("weights", Role::Weights, bits, {out(channels, Axis::Channels), all(k)}),
                operand("output", Role::Output, bits,
                        {out(1, Axis::Images), out(l.extents[1], Axis::Rows),
                         out(l.extents[2], Axis::Columns), out(channels, Axis::Channels)})};
  return l;
}

inline LayerProblem depthwise(int64_t channels, Window rows, Window columns, unsigned bits = 8) {
  LayerProblem l = conv(channels, channels, rows, columns, bits);
  l.name = l.kernel = "depthwise";
  l.kind = KernelClass::Depthwise;
  const int64_t k = rows.kernel * columns.kernel;
  l.macsPerOutput = k;
  l.gatherBytesPerPixel = 0;
  l.blocks = {32, 16, 8, 4, 1};
  l.scratchBytes = [k](int64_t block, const TileShape &tile) {
    return std::min(block, tile.out[3]) * (6 + k * 2);
  };
  l.operands[0].dims.back() = out(channels, Axis::Channels);
  l.operands[1].dims = {all(rows.kernel), all(columns.kernel), out(channels, Axis::Channels)};
  return l;
}

inline LayerProblem matmul(int64_t rows, int64_t k, int64_t channels, unsigned bits = 8) {
  LayerProblem l;
  l.name = l.kernel = "matmul";
  l.kind = KernelClass::Matmul;
  l.extents = {1, rows, 1, channels};
  l.rows.in = rows;
  l.weightBits = l.activationBits = bits;
  l.macsPerOutput = k;
  l.blocks = {4, 2, 1};
  l.scratchBytes = [k](int64_t block, const TileShape &) { return block * k * 2; };
  l.operands = {
      operand("input", Role::Input, bits, {out(rows, Axis::Rows), all(k)}),
      operand("weights", Role::Weights, bits, {out(channels, Axis::Channels), all(k)}),
      operand("output", Role::Output, bits, {out(rows, Axis::Rows), out(channels, Axis::Channels)})};
  return l;
}

/// The same layer, whose input channels may be cut: its sums stay from one segment to the next.
inline LayerProblem summed(LayerProblem l) {
  l.inputs = l.operands[0].dims.back().extent;
  l.mayCut[at(Axis::Inputs)] = l.inputs > 1;
  const int64_t taps = l.macsPerOutput / l.inputs;
  l.operands[0].dims.back() = in(l.inputs, Axis::Inputs);
  l.operands[1].dims = {out(l.extents[3], Axis::Channels), all(taps), in(l.inputs, Axis::Inputs)};
  l.scratchBytes = [taps](int64_t block, const TileShape &tile) {
    return block * taps * tile.out[at(Axis::Inputs)] * 2;
  };
  return l;
}

/// MobileNetV1 for CIFAR-10: 25 layers, 5,498,112 multiply-accumulates, 761,880 weights.
inline std::vector<LayerProblem> mobileNet(unsigned bits = 8) {
  std::vector<LayerProblem> layers;
  auto add = [&](LayerProblem layer, const std::string &name) {
    layer.name = name + " " + std::to_string(layers.size());
    addParameters(layer);
    layers.push_back(std::move(layer));
  };
  add(conv(3, 24, windowOf(32, 3, 2, 1), windowOf(32, 3, 2, 1)), "conv");
  struct Block {
    int64_t in, stride, channels, next;
  };
  for (const Block &b : {Block{16, 1, 24, 24},
                         {16, 1, 24, 48},
                         {16, 2, 48, 48},
                         {8, 1, 48, 96},
                         {8, 1, 96, 96},
                         {8, 2, 96, 192},
                         {4, 1, 192, 192},
                         {4, 2, 192, 384},
                         {2, 1, 384, 384},
                         {2, 1, 384, 384},
                         {2, 1, 384, 768}}) {
    const Window w = windowOf(b.in, 3, b.stride, 1);
    add(depthwise(b.channels, w, w, bits), "depthwise");
    add(matmul(windowsAlong(w) * windowsAlong(w), b.channels, b.next, bits), "pointwise");
  }
  LayerProblem pool = depthwise(768, windowOf(2, 2, 1, 0), windowOf(2, 2, 1, 0), bits);
  pool.kernel = "pool_sum";
  pool.kind = KernelClass::Pool;
  pool.macsPerOutput = 0;
  pool.elementsPerOutput = 4;
  pool.operands.erase(pool.operands.begin() + 1);
  pool.scratchBytes = [](int64_t block, const TileShape &tile) { return std::min(block, tile.out[3]) * 8; };
  add(std::move(pool), "pool");
  add(matmul(1, 768, 10, 8), "classifier");
  layers.back().operands[2].bits = 32;
  return layers;
}

/// The layer as the fastest tiling has it, with all ways to stream its weights.
inline ResidencyLayer residencyOf(const Machine &machine, const LayerProblem &layer) {
  const SearchResult found = searchTiling(machine, layer);
  ResidencyLayer r{layer.name, 0, streamableBytes(machine, layer), found.plan->time.cycles, {}};
  for (const Operand &operand : layer.operands)
    r.liveBytes += operand.mayStream ? 0 : operand.bytes();
  r.options = streamOptions(machine, layer, *found.plan);
  r.partCycles = firstPartCycles(machine, layer, found.plan->tiling);
  return r;
}

} // namespace dyadic::model
