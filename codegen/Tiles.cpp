// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads stages and tiled layers into the model, and gives each transfer its place in the context.
#include "codegen/Model.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
namespace dyadic::codegen {

void Model::readTiles() {
  llvm::StringMap<int> uses;
  for (auto op : network.getBody().getOps<plat::StageOp>()) {
    Stage s;
    s.op = op;
    s.constant = constant(op.getConstantAttr());
    s.buffer = op.getBuffer().getDefiningOp<plat::BufferOp>();
    s.id = identifiers.of(("stage_" + op.getConstant()).str());
    if (int n = ++uses[s.id]; n > 1)
      s.id += "_" + std::to_string(n);
    stages.push_back(std::move(s));
  }
  for (auto op : network.getBody().getOps<plat::BandsOp>()) {
    Bands b;
    b.op = op;
    b.buffer = op.getBuffer().getDefiningOp<plat::BufferOp>();
    b.home = plat::bufferOf(op.getView());
    b.id = identifiers.of(b.buffer.getName());
    if (int n = ++uses[b.id]; n > 1)
      b.id += "_" + std::to_string(n);
    bands.push_back(std::move(b));
  }
  for (TiledLayer &layer : tiledLayers)
    readStreams(layer);
  numberTransfers();
}

void Model::readStreams(TiledLayer &layer) {
  llvm::StringSet<> taken;
  auto add = [&](Value value, std::string id) {
    Stream s;
    s.op = value.getDefiningOp<plat::StreamOp>();
    s.id = id;
    for (int n = 2; !taken.insert(s.id).second; ++n)
      s.id = id + "_" + std::to_string(n);
    s.output = value == layer.op.getOutput();
    s.constant = constant(constantOf(s.op));
    Value source = s.op.getSource();
    if (source && source.getDefiningOp<plat::StageOp>())
      s.stage = &stage(source);
    for (Bands &b : bands)
      if (s.op.getThrough() == b.op.getResult()) {
        s.bands = &b;
        b.layer = layer.number;
      }
    s.element = source && isa<plat::ViewType>(source.getType())
                    ? cast<plat::ViewType>(source.getType()).getTensor().getElementType()
                    : s.constant.getElement();
    if (s.op.getVia())
      s.via = s.op.getVia().getDefiningOp<plat::BufferOp>();
    s.slots = s.op.getSlots();
    s.period = layer.tiles();
    for (plat::BoxAttr::Dim dim : s.op.getBox().list())
      if (dim.use != plat::BoxAttr::whole && layer.count(dim.axis) > 1)
        s.period = std::min(s.period, layer.period(dim.axis));
    layer.streams.push_back(std::move(s));
  };
  auto ins = layer.op.getIns();
  for (auto [i, in] : llvm::enumerate(ins))
    add(in, ins.size() > 1 ? "input_" + std::to_string(i) : "input");
  if (layer.op.getWeights())
    add(layer.op.getWeights(), "weights");
  for (Value array : layer.op.getArrays()) {
    Identifiers safe;
    llvm::StringRef name = array.getDefiningOp<plat::StreamOp>().getName();
    name.consume_front(layer.tag + "_");
    add(array, safe.of(name));
  }
  add(layer.op.getOutput(), "output");
}

/// Places that outlive a layer are their stage's or stream's alone; all layers share the others.
void Model::numberTransfers() {
  for (Stage &s : stages)
    if (!s.op.getResident()) {
      s.transfer = transfers;
      transfers += s.op.getSlots();
    }
  for (Bands &b : bands) {
    b.transfer = transfers;
    transfers += b.op.getSlots();
  }
  for (const TiledLayer &layer : tiledLayers)
    for (auto start : layer.op.getEach().getOps<plat::StartOp>())
      if (start.getMoment() == plat::Moment::Last) {
        auto &found = *const_cast<Stream *>(stream(start.getStream()).second);
        found.early = true;
        found.transfer = transfers;
        transfers += found.slots;
      }
  int64_t own = transfers;
  transfers = std::max<int64_t>(transfers, 1); // net_init waits in the first one
  for (TiledLayer &layer : tiledLayers) {
    int64_t next = own;
    for (Stream &s : layer.streams)
      if (s.via && !s.early) {
        s.transfer = next;
        next += s.slots;
      }
    transfers = std::max(transfers, next);
  }
}

const TiledLayer &Model::tiledLayer(plat::TiledOp op) const {
  return *llvm::find_if(tiledLayers, [&](const TiledLayer &layer) { return layer.op == op; });
}

const Stage &Model::stage(Value value) const {
  return *llvm::find_if(stages, [&](const Stage &s) { return s.op.getOperation() == value.getDefiningOp(); });
}

std::pair<const TiledLayer *, const Stream *> Model::stream(Value value) const {
  for (const TiledLayer &layer : tiledLayers)
    if (const Stream *s = layer.stream(value))
      return {&layer, s};
  return {};
}

} // namespace dyadic::codegen
