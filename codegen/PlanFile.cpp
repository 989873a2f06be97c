// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_plan.json: the placed plan as data, for `dyadic judge` and whoever else checks it without the
// compiler.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace json = llvm::json;
namespace {

class Writer {
public:
  explicit Writer(const Model &model) : model(model) {
    for (auto [i, buffer] : llvm::enumerate(model.buffers))
      bufferIndex[buffer] = static_cast<int64_t>(i);
    for (auto [i, bands] : llvm::enumerate(model.bands))
      bandsIndex[bands.op] = static_cast<int64_t>(i);
    for (auto [i, stage] : llvm::enumerate(model.stages))
      stageIndex[stage.op] = static_cast<int64_t>(i);
  }

  std::string write() {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << "{\n";
    auto one = [&](StringRef key, const json::Value &value, bool last = false) {
      os << "\"" << key << "\": " << value << (last ? "\n" : ",\n");
    };
    auto list = [&](StringRef key, const json::Array &values, bool last = false) {
      os << "\"" << key << "\": [";
      for (auto [i, value] : llvm::enumerate(values))
        os << (i ? ",\n  " : "\n  ") << value;
      os << (values.empty() ? "]" : "\n]") << (last ? "\n" : ",\n");
    };
    json::Array buffers, kernels, tiled, sequence;
    for (plat::BufferOp buffer : model.buffers)
      buffers.push_back(this->buffer(buffer));
    for (auto buffer : model.network.getBody().getOps<plat::BufferOp>())
      if (buffer.getUser()) {
        bufferIndex[buffer] = static_cast<int64_t>(buffers.size());
        buffers.push_back(json::Object{{"name", jsonText(buffer.getName())},
                                       {"user", true},
                                       {"bytes", static_cast<int64_t>(buffer.getSizeBytes())},
                                       {"align", static_cast<int64_t>(buffer.getAlign())},
                                       {"owner", stringifyOwner(buffer.getOwner())}});
      }
    for (const Layer &layer : model.layers)
      for (plat::KernelOp kernel : layer.kernels) {
        kernelIndex[kernel] = static_cast<int64_t>(kernels.size());
        kernels.push_back(this->kernel(kernel));
      }
    for (const TiledLayer &layer : model.tiledLayers)
      number(layer);
    for (const TiledLayer &layer : model.tiledLayers)
      tiled.push_back(this->tiled(layer));
    json::Array stages;
    for (const Stage &stage : model.stages)
      stages.push_back(this->stage(stage));
    for (Operation &op : model.network.getBody().front())
      if (auto step = event(op))
        sequence.push_back(std::move(*step));
    one("schema", "dyadic-plan/1");
    one("name", model.name);
    one("target", jsonText(model.options.target));
    one("arena_align", static_cast<int64_t>(model.network.getArenaAlign()));
    one("l2_bytes", model.l2Bytes());
    one("l1_bytes", model.l1Bytes());
    if (model.l3Bytes() > 0)
      one("l3_bytes", model.l3Bytes());
    if (auto line = model.network.getCacheLineBytes())
      one("cache_line_bytes", static_cast<int64_t>(*line)), one("cleaned_by_init", true);
    list("buffers", buffers);
    list("constants", constants);
    list("stages", stages);
    if (!model.bands.empty())
      list("bands", bands());
    list("streams", streams);
    list("kernels", kernels);
    list("tiled", tiled);
    list("inputs", ports(model.inputs));
    list("outputs", ports(model.outputs));
    list("sequence", sequence, true);
    os << "}\n";
    return text;
  }

private:
  json::Object buffer(plat::BufferOp b) {
    return json::Object{{"name", jsonText(b.getName())},
                        {"macro", model.offsetMacro(b)},
                        {"level", static_cast<int64_t>(b.getLevel())},
                        {"bytes", static_cast<int64_t>(b.getSizeBytes())},
                        {"align", static_cast<int64_t>(b.getAlign())},
                        {"offset", static_cast<int64_t>(*b.getOffset())},
                        {"first", static_cast<int64_t>(*b.getFirst())},
                        {"last", static_cast<int64_t>(*b.getLast())},
                        {"owner", stringifyOwner(b.getOwner())}};
  }

  int64_t constant(plat::ConstantOp c) {
    auto [it, fresh] = constantIndex.try_emplace(c, static_cast<int64_t>(constants.size()));
    if (fresh)
      constants.push_back(json::Object{{"name", jsonText(c.getSymName())}, {"bytes", plat::imageBytes(c)}});
    return it->second;
  }

  json::Object stage(const Stage &s) {
    return json::Object{{"constant", constant(s.constant)},
                        {"buffer", bufferIndex.lookup(s.buffer)},
                        {"slots", static_cast<int64_t>(s.op.getSlots())},
                        {"bounds", json::Array(s.op.getBounds())},
                        {"resident", s.resident()}};
  }

  json::Array bands() {
    json::Array list;
    for (const Bands &b : model.bands)
      list.push_back(json::Object{{"view", *place(b.op.getView())},
                                  {"buffer", bufferIndex.lookup(b.buffer)},
                                  {"slots", static_cast<int64_t>(b.op.getSlots())},
                                  {"bounds", json::Array(b.op.getBounds())},
                                  {"out", b.op.getOut()}});
    return list;
  }

  /// Where a view lies; constants as operands of whole kernels are no memory that changes.
  std::optional<json::Object> place(Value view) {
    plat::BufferOp buffer = plat::bufferOf(view);
    if (!buffer)
      return std::nullopt;
    return json::Object{{"buffer", bufferIndex.lookup(buffer)},
                        {"begin", static_cast<int64_t>(view.getDefiningOp<plat::ViewOp>().getBegin())},
                        {"bytes", plat::packedBytes(cast<plat::ViewType>(view.getType()).getTensor())}};
  }
  json::Array places(ValueRange views) {
    json::Array list;
    for (Value view : views)
      if (auto p = place(view))
        list.push_back(std::move(*p));
    return list;
  }

  json::Object stream(const Stream &s) {
    json::Object o{{"name", jsonText(s.op.getName())},
                   {"bits", static_cast<int64_t>(plat::storedBits(s.element))}};
    if (s.stage)
      o["stage"] = stageIndex.lookup(s.stage->op);
    else if (s.constant)
      o["constant"] = constant(s.constant);
    else if (auto view = place(s.op.getSource()))
      o["view"] = std::move(*view);
    if (s.bands)
      o["through"] = bandsIndex.lookup(s.bands->op);
    if (s.via) {
      o["via"] = bufferIndex.lookup(s.via);
      o["slots"] = s.slots;
    }
    json::Array box;
    for (plat::BoxAttr::Dim dim : s.op.getBox().list()) {
      json::Array d{dim.extent};
      if (dim.use != plat::BoxAttr::whole) {
        d.push_back(dim.use == plat::BoxAttr::out ? "out" : "in");
        d.push_back(stringifyAxis(dim.axis));
      }
      box.push_back(std::move(d));
    }
    o["box"] = std::move(box);
    return o;
  }

  void number(const TiledLayer &layer) {
    for (const Stream &s : layer.streams) {
      streamIndex[s.op] = static_cast<int64_t>(streams.size());
      streams.push_back(stream(s));
    }
  }

  json::Array region(Region &region) {
    json::Array list;
    for (Operation &op : region.getOps())
      if (auto start = dyn_cast<plat::StartOp>(op))
        list.push_back(json::Array{"start", streamIndex.lookup(start.getStream().getDefiningOp()),
                                   stringifyMoment(start.getMoment())});
      else if (auto await = dyn_cast<plat::AwaitOp>(op))
        list.push_back(json::Array{"await", streamIndex.lookup(await.getStream().getDefiningOp()),
                                   stringifyMoment(await.getMoment())});
      else
        list.push_back(json::Array{"team"});
    return list;
  }

  json::Object tiled(const TiledLayer &layer) {
    json::Array order, streams;
    for (plat::Axis axis : layer.grid().getOrder())
      order.push_back(stringifyAxis(axis));
    json::Object grid{{"order", std::move(order)}};
    for (plat::Axis axis : layer.grid().loops()) {
      if (axis == plat::Axis::Inputs && !layer.sumsUp())
        continue;
      json::Array segments;
      for (auto s : layer.grid().segments(axis))
        segments.push_back(json::Array{s.outFirst, s.outCount, s.inFirst, s.inCount, s.pad});
      grid[stringifyAxis(axis)] = std::move(segments);
    }
    for (const Stream &s : layer.streams)
      streams.push_back(streamIndex.lookup(s.op));
    json::Object o{{"layer", layer.number},
                   {"kernel", layer.op.getKernel()},
                   {"node", jsonText(layer.op.getNode())},
                   {"grid", std::move(grid)},
                   {"cores", static_cast<int64_t>(layer.op.getCores())},
                   {"spread", stringifySpread(layer.op.getSpread())},
                   {"grain", static_cast<int64_t>(layer.op.getGrain())},
                   {"streams", std::move(streams)},
                   {"output", streamIndex.lookup(layer.op.getOutput().getDefiningOp())},
                   {"before", region(layer.op.getBefore())},
                   {"each", region(layer.op.getEach())},
                   {"behind", region(layer.op.getBehind())}};
    if (layer.op.getScratch())
      o["scratch"] = bufferIndex.lookup(layer.op.getScratch().getDefiningOp());
    if (layer.op.getSums())
      o["sums"] = bufferIndex.lookup(layer.op.getSums().getDefiningOp());
    for (auto [name, key] : {std::pair("rows", "h"), std::pair("columns", "w")})
      if (auto window = layer.op.getParams().getAs<DictionaryAttr>(key)) {
        json::Object numbers;
        for (StringRef field : {"in", "kernel", "stride", "dilation", "pad"})
          numbers[field] = plat::numberAt(window, field);
        o[(Twine(name) + "_window").str()] = std::move(numbers);
      }
    return o;
  }

  json::Object kernel(plat::KernelOp op) {
    json::Object o{{"layer", static_cast<int64_t>(op.getLayer())},
                   {"kernel", op.getKernel()},
                   {"node", jsonText(op.getNode())},
                   {"reads", places(op.getIns())},
                   {"writes", places(op.getOuts())}};
    if (op.getScratch())
      o["scratch"] = bufferIndex.lookup(op.getScratch().getDefiningOp());
    return o;
  }

  json::Array ports(const std::vector<Port> &list) {
    json::Array array;
    for (const Port &port : list) {
      json::Object o = place(port.view).value_or(json::Object{});
      if (port.input)
        o["overwritten"] = port.overwritten;
      array.push_back(std::move(o));
    }
    return array;
  }

  std::optional<json::Array> event(Operation &op) {
    if (auto start = dyn_cast<plat::StartChunkOp>(op))
      return json::Array{"start_chunk", stageIndex.lookup(start.getStage().getDefiningOp()),
                         static_cast<int64_t>(start.getChunk())};
    if (auto await = dyn_cast<plat::AwaitChunkOp>(op))
      return json::Array{"await_chunk", stageIndex.lookup(await.getStage().getDefiningOp()),
                         static_cast<int64_t>(await.getChunk())};
    if (auto start = dyn_cast<plat::StartBandOp>(op))
      return json::Array{"start_band", bandsIndex.lookup(start.getBands().getDefiningOp()),
                         static_cast<int64_t>(start.getBand())};
    if (auto await = dyn_cast<plat::AwaitBandOp>(op))
      return json::Array{"await_band", bandsIndex.lookup(await.getBands().getDefiningOp()),
                         static_cast<int64_t>(await.getBand())};
    if (isa<plat::CleanOp, plat::InvalidateOp>(op)) {
      const char *rule = isa<plat::CleanOp>(op) ? "clean" : "invalidate";
      Value what = op.getOperand(0);
      if (what.getDefiningOp<plat::StageOp>())
        return json::Array{rule, json::Object{{"stage", stageIndex.lookup(what.getDefiningOp())}}};
      return json::Array{rule, json::Object{{"view", *place(what)}}};
    }
    if (auto kernel = dyn_cast<plat::KernelOp>(op))
      return json::Array{"kernel", kernelIndex.lookup(kernel)};
    if (auto run = dyn_cast<plat::RunOp>(op))
      for (auto [i, layer] : llvm::enumerate(model.tiledLayers))
        if (layer.op.getSymName() == run.getTiled()) {
          json::Array list{"run", static_cast<int64_t>(i), static_cast<int64_t>(run.getFirst()),
                           static_cast<int64_t>(run.getEnd()), static_cast<int64_t>(run.getChunk())};
          if (run.getBand()) {
            list.push_back(stringifyAxis(run.getAxis()));
            list.push_back(static_cast<int64_t>(*run.getBand()));
          }
          if (run.getFirstChannel()) {
            list.push_back(static_cast<int64_t>(*run.getFirstChannel()));
            list.push_back(static_cast<int64_t>(*run.getEndChannel()));
          }
          return list;
        }
    return std::nullopt;
  }

  const Model &model;
  llvm::DenseMap<Operation *, int64_t> bufferIndex, stageIndex, bandsIndex, streamIndex, kernelIndex,
      constantIndex;
  json::Array constants, streams;
};

} // namespace

std::string writePlanFile(const Model &model) { return Writer(model).write(); }

} // namespace dyadic::codegen
