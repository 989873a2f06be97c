// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the placed module.
#include "codegen/Model.h"

#include "llvm/Support/Format.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

template <typename EdgeOp> Port readPort(EdgeOp op, bool input) {
  return {input,
          static_cast<int64_t>(op.getIndex()),
          op.getView(),
          op.getContainer(),
          static_cast<int64_t>(op.getCodeMin()),
          static_cast<int64_t>(op.getCodeMax()),
          op.getCopy(),
          op.getPort()};
}

} // namespace

Model::Model(plat::NetworkOp network, const EmitOptions &options)
    : network(network), options(options), name(options.name), upper(codegen::upper(options.name)) {
  readOperations();
  auto rank = [](plat::BufferOp b) { // as they follow each other in one arena: L2, L1, L3
    int level = b.getLevel() == plat::Level::L2 ? 0 : b.getLevel() == plat::Level::L1 ? 1 : 2;
    return std::tuple(level, *b.getOffset(), *b.getFirst(), b.getName());
  };
  llvm::sort(buffers, [&](plat::BufferOp a, plat::BufferOp b) { return rank(a) < rank(b); });
  llvm::StringMap<int> uses; // names of buffers may repeat
  for (plat::BufferOp buffer : buffers) {
    int n = ++uses[buffer.getName()];
    bufferIds[buffer] = identifiers.of(buffer.getName().str() + (n > 1 ? "." + std::to_string(n) : ""));
  }
  readTiles();
  readConstants();
  readOverwritten();
}

Layer &Model::layer(int64_t number) {
  if (layers.empty() || layers.back().number != number) {
    std::string tag;
    llvm::raw_string_ostream(tag) << "layer_" << llvm::format("%02d", static_cast<int>(number));
    layers.emplace_back();
    layers.back().number = number;
    layers.back().tag = tag;
  }
  return layers.back();
}

void Model::readOperations() {
  for (Operation &op : network.getBody().front())
    if (auto symbol = op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      symbols[symbol.getValue()] = &op;
  for (Operation &op : network.getBody().front()) {
    if (auto buffer = dyn_cast<plat::BufferOp>(op)) {
      if (!buffer.getUser())
        buffers.push_back(buffer);
    } else if (auto kernel = dyn_cast<plat::KernelOp>(op)) {
      Layer &l = layer(kernel.getLayer());
      l.kernels.push_back(kernel);
      l.works.push_back(workOf(kernel));
    } else if (auto run = dyn_cast<plat::RunOp>(op)) {
      auto tiled = cast<plat::TiledOp>(symbols.lookup(run.getTiled()));
      Layer &l = layer(tiled.getLayer());
      if (!l.tiled) {
        l.tiled = tiled;
        l.works.push_back(workOf(tiled));
        tiledLayers.emplace_back(tiled, l.tag);
      }
      tiledLayers.back().runs.push_back(run);
    } else if (auto tap = dyn_cast<plat::TapOp>(op))
      (layers.empty() ? inputTaps : layers.back().taps).push_back(tap);
    else if (auto input = dyn_cast<plat::InputOp>(op))
      inputs.push_back(readPort(input, true));
    else if (auto output = dyn_cast<plat::OutputOp>(op))
      outputs.push_back(readPort(output, false));
  }
}

void Model::references(DictionaryAttr params, llvm::function_ref<void(plat::ConstantOp)> onConstant,
                       llvm::function_ref<void(plat::StepOp)> onStep) const {
  if (!params)
    return;
  params.walk<WalkOrder::PreOrder>([&](FlatSymbolRefAttr ref) {
    if (plat::StepOp s = step(ref)) {
      references(s.getParams(), onConstant, onStep);
      onStep(s);
    } else if (plat::ConstantOp c = constant(ref)) {
      onConstant(c);
    }
  });
}

void Model::readConstants() {
  for (auto op : network.getBody().getOps<plat::ConstantOp>())
    constants[op] = op.getRole() == plat::Role::Param ? INT64_MIN : sharedFile;
  auto use = [&](plat::ConstantOp c, int64_t file) {
    int64_t &home = constants[c];
    home = home == INT64_MIN || home == file ? file : sharedFile;
  };
  for (auto op : network.getBody().getOps<plat::ConstantViewOp>())
    constants[constant(op.getConstantAttr())] = sharedFile;
  for (const Layer &layer : layers)
    for (const Work &work : layer.works)
      for (DictionaryAttr root : {work.params, work.lut})
        references(root, [&](plat::ConstantOp c) { use(c, layer.number); }, [](plat::StepOp) {});
  for (const TiledLayer &layer : tiledLayers)
    for (const Stream &stream : layer.streams)
      if (stream.constant && !stream.stage)
        use(stream.constant, layer.number);
  for (const Stage &stage : stages)
    use(stage.constant, networkFile);
  for (const auto *ports : {&inputs, &outputs})
    for (const Port &port : *ports)
      references(port.copy, [&](plat::ConstantOp c) { use(c, networkFile); }, [](plat::StepOp) {});
}

void Model::readOverwritten() {
  for (auto *list : {&inputs, &outputs})
    for (Port &port : *list)
      if (plat::BufferOp home = plat::bufferOf(port.view)) {
        port.user = home.getUser();
        int64_t at = home.getUser() ? home.getAlign() : *home.getOffset() | network.getArenaAlign();
        at |= port.view.getDefiningOp<plat::ViewOp>().getBegin();
        port.align = at & -at;
        if (port.user)
          boundIds[home] = (port.input ? "bound_input_" : "bound_output_") + std::to_string(port.index);
      }
  for (Port &input : inputs) {
    plat::BufferOp home = plat::bufferOf(input.view);
    if (home.getUser())
      continue; // check-plat has seen that nobody writes there
    int64_t begin = *home.getOffset(), end = begin + home.getSizeBytes();
    auto hits = [&](plat::BufferOp other) {
      int64_t at = *other.getOffset();
      return other.getLevel() == home.getLevel() && at < end &&
             begin < at + static_cast<int64_t>(other.getSizeBytes());
    };
    for (const Layer &layer : layers)
      for (const Work &work : layer.works) {
        for (Value out : work.outs)
          if (plat::BufferOp to = plat::bufferOf(out); to && !to.getUser())
            input.overwritten |= hits(to);
        if (plat::BufferOp scratch = work.scratch)
          input.overwritten |= hits(scratch);
      }
    for (Stage &stage : stages)
      input.overwritten |= hits(stage.buffer);
    for (Bands &each : bands)
      input.overwritten |= hits(each.buffer);
  }
}

plat::ConstantOp Model::constant(Attribute symbol) const {
  auto ref = dyn_cast_or_null<FlatSymbolRefAttr>(symbol);
  return ref ? dyn_cast_or_null<plat::ConstantOp>(symbols.lookup(ref.getValue())) : plat::ConstantOp();
}

plat::StepOp Model::step(Attribute symbol) const {
  auto ref = dyn_cast_or_null<FlatSymbolRefAttr>(symbol);
  return ref ? dyn_cast_or_null<plat::StepOp>(symbols.lookup(ref.getValue())) : plat::StepOp();
}

std::string Model::cName(plat::ConstantOp constant) const {
  std::string id = identifiers.of(constant.getSymName());
  return constants.lookup(constant) == sharedFile ? name + "_" + id : id;
}

std::string Model::offsetMacro(plat::BufferOp buffer) const {
  const char *at = buffer.getLevel() == plat::Level::L1   ? "_L1_AT_"
                   : buffer.getLevel() == plat::Level::L3 ? "_L3_AT_"
                                                          : "_AT_";
  return upper + at + codegen::upper(bufferIds.lookup(buffer));
}

std::string Model::pointer(Value view) const {
  if (auto op = view.getDefiningOp<plat::ConstantViewOp>())
    return cName(constant(op.getConstantAttr()));
  plat::BufferOp buffer = plat::bufferOf(view);
  auto user = boundIds.find(buffer);
  std::string text = user != boundIds.end()                 ? "ctx->" + user->second
                     : buffer.getLevel() == plat::Level::L2 ? "arena + " + offsetMacro(buffer)
                                                            : pointer(buffer);
  if (int64_t begin = view.getDefiningOp<plat::ViewOp>().getBegin())
    text += " + " + std::to_string(begin) + "u";
  return text;
}

std::string Model::reach(Value view) const {
  std::string text = pointer(view);
  return llvm::StringRef(text).starts_with("arena") ? "ctx->" + text : text;
}

std::string Model::bound(const Port &port) const {
  auto home = plat::bufferOf(port.view);
  return home && boundIds.contains(home) ? "ctx->" + boundIds.lookup(home) : "";
}

std::vector<const Port *> Model::ports() const {
  std::vector<const Port *> all;
  for (const auto *list : {&inputs, &outputs})
    for (const Port &port : *list)
      all.push_back(&port);
  return all;
}

std::string Model::pointer(plat::BufferOp buffer) const {
  const char *base = buffer.getLevel() == plat::Level::L1   ? "ctx->l1 + "
                     : buffer.getLevel() == plat::Level::L3 ? "ctx->l3 + "
                                                            : "ctx->arena + ";
  return base + offsetMacro(buffer);
}

} // namespace dyadic::codegen
