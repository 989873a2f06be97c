// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads extents, windows, operands and work of a kernel off its parameters.
#include "passes/tile/Layer.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

#include <map>
#include <memory>

using namespace mlir;
namespace dyadic::tile {
namespace {
using model::Axis;
using model::Dim;
using model::Role;
using model::Use;

Dim whole(int64_t extent) { return {extent, Use::Whole, Axis::Images}; }
Dim out(int64_t extent, Axis axis) { return {extent, Use::Out, axis}; }
Dim in(int64_t extent, Axis axis) { return {extent, Use::In, axis}; }

model::Window windowOf(DictionaryAttr params, StringRef axis) {
  auto a = params.getAs<DictionaryAttr>(axis);
  return {plat::numberAt(a, "in"), plat::numberAt(a, "kernel"), plat::numberAt(a, "stride"),
          plat::numberAt(a, "dilation"), plat::numberAt(a, "pad")};
}

struct Reader {
  Work work;
  const model::Machine &machine;
  DictionaryAttr params = work.params;
  StringRef name = work.kernel;
  Layer layer = {};
  llvm::SmallSetVector<Attribute, 8> wholeArrays = {};
  int64_t number(StringRef path) const { return plat::numberAt(params, path); }

  void add(StringRef operand, Role role, Type element, std::vector<Dim> dims, Source source) {
    model::Operand o;
    o.name = operand.str();
    o.role = role;
    o.bits = plat::storedBits(element);
    o.dims = std::move(dims);
    // Weights lie in L3 where there is one; they come through L2 where an engine brings them there.
    bool far = role == Role::Weights && machine.l3;
    o.mayStream = far && machine.l3ToL2;
    o.level = far && !o.mayStream ? 3 : 2;
    o.mayLieOut = o.level == 3 ? machine.l3->addressable : machine.l2.addressable;
    // What stays in L1 is worked on where it lies.
    if (source.view)
      if (plat::BufferOp home = plat::bufferOf(source.view); home && home.getLevel() == plat::Level::L1)
        o.level = 1;
    layer.problem.operands.push_back(std::move(o));
    layer.sources.push_back(source);
  }
  void addView(StringRef operand, Role role, Value view, std::vector<Dim> dims) {
    add(operand, role, cast<plat::ViewType>(view.getType()).getTensor().getElementType(), std::move(dims),
        {view, {}});
  }
  void addWeights(std::vector<Dim> dims) {
    auto constant = SymbolTable::lookupNearestSymbolFrom<plat::ConstantOp>(work.op, work.weights);
    add("weights", Role::Weights, constant.getElement(), std::move(dims), {{}, constant});
  }

  /// Arrays of the step and of the table of products: cut with the channels where each channel has its own.
  void addArrays(int64_t channels) {
    llvm::SmallSetVector<Attribute, 8> seen;
    bool perChannel = false;
    auto visit = [&](FlatSymbolRefAttr ref) {
      auto constant = SymbolTable::lookupNearestSymbolFrom<plat::ConstantOp>(work.op, ref);
      if (!constant || !seen.insert(ref))
        return;
      int64_t count = constant.getCount();
      bool follows = perChannel && count % channels == 0 && isPerChannel(ref);
      std::vector<Dim> dims =
          follows ? std::vector<Dim>{out(channels, Axis::Channels)} : std::vector<Dim>{whole(count)};
      if (follows && count != channels)
        dims.push_back(whole(count / channels));
      add(constant.getSymName(), Role::Parameter, constant.getElement(), std::move(dims), {{}, constant});
    };
    if (plat::StepOp step = work.step) {
      perChannel = channels > 1 && plat::numberAt(step.getParams(), "channels") == channels;
      wholeArrays = wholeArraysOf(step.getParams());
      step.getParams().walk<WalkOrder::PreOrder>(visit);
    }
    perChannel = false;
    if (work.lut)
      work.lut.walk<WalkOrder::PreOrder>(visit);
  }
  bool isPerChannel(FlatSymbolRefAttr ref) const { return !wholeArrays.contains(ref); }

  /// Arrays that channels index through `first` or `row`: they are no channel's own.
  static llvm::SmallSetVector<Attribute, 8> wholeArraysOf(DictionaryAttr step) {
    llvm::SmallSetVector<Attribute, 8> arrays;
    auto take = [&](DictionaryAttr group, ArrayRef<StringRef> fields) {
      for (StringRef field : fields)
        if (Attribute ref = group ? group.get(field) : Attribute())
          arrays.insert(ref);
    };
    take(step.getAs<DictionaryAttr>("thresholds"), {"values32", "values64"});
    take(step.getAs<DictionaryAttr>("table"), {"entries"});
    auto pieces = step.getAs<DictionaryAttr>("pieces");
    for (DictionaryAttr holder : {step, pieces})
      if (auto wide = holder ? holder.getAs<DictionaryAttr>("wide") : DictionaryAttr();
          wide && wide.get("row")) // else row c is channel c's
        take(wide, {"A", "B", "P", "Q", "Q2"});
    return arrays;
  }

  /// Input channels that each output sums over: cut where the sums may stay from one segment to the next.
  Dim depth(int64_t extent) {
    auto &p = layer.problem;
    p.mayCut[at(Axis::Inputs)] = extent > 1 && plat::inputChannels(*plat::findKernel(name), params) == extent;
    p.inputs = extent;
    return p.mayCut[at(Axis::Inputs)] ? in(extent, Axis::Inputs) : whole(extent);
  }

  bool windowed() {
    auto &p = layer.problem;
    bool conv = name.starts_with("conv2d"), depthwise = name.starts_with("depthwise"),
         pool = name.starts_with("pool");
    if (!conv && !depthwise && !pool)
      return false;
    p.rows = windowOf(params, "h");
    p.columns = windowOf(params, "w");
    int64_t images = number("batch"), channels = number(pool ? "channels" : "out_c");
    int64_t inC = pool ? channels : number("in_c"), groups = conv ? number("groups") : 1;
    p.extents = {images, number("h.out"), number("w.out"), channels};
    std::vector<Dim> input = {out(images, Axis::Images), in(p.rows.in, Axis::Rows),
                              in(p.columns.in, Axis::Columns)};
    input.push_back(conv ? depth(inC) : out(channels, Axis::Channels));
    addView("input", Role::Input, work.ins[0], input);
    int64_t taps = p.rows.kernel * p.columns.kernel;
    if (conv)
      addWeights({out(channels, Axis::Channels), whole(taps), depth(inC / groups)});
    else if (depthwise)
      addWeights({whole(taps), out(channels, Axis::Channels)});
    // A step with numbers of its own for classes of positions, and a group's channels, are not cut.
    if (groups > 1 || (name == "pool_sum" && stepChannels() > 1)) {
      p.mayCut[at(Axis::Channels)] = false;
      p.maySpreadChannels = groups == 1;
    }
    if (name == "pool_sum" && (params.get("row_class") || params.get("column_class")))
      p.mayCut = {true, false, false, false, false};
    addArrays(channels);
    addView("output", Role::Output, work.output,
            {out(images, Axis::Images), out(p.extents[1], Axis::Rows), out(p.extents[2], Axis::Columns),
             out(channels, Axis::Channels)});
    p.macsPerOutput = pool ? 0 : taps * (conv ? inC / groups : 1);
    p.elementsPerOutput = pool ? taps + 1 : 0;
    p.gatherBytesPerPixel = conv ? taps * inC * 2 : 0;
    p.kind = pool   ? model::KernelClass::Pool
             : conv ? model::KernelClass::Conv
                    : model::KernelClass::Depthwise;
    p.blocks = conv ? std::vector<int64_t>{4, 2, 1} : std::vector<int64_t>{32, 16, 8, 4, 1};
    return true;
  }
  int64_t stepChannels() { return work.step ? plat::numberAt(work.step.getParams(), "channels") : 1; }

  bool matmul() {
    if (!name.starts_with("matmul"))
      return false;
    auto &p = layer.problem;
    int64_t rows = number("rows"), k = number("k"), channels = number("out_c");
    p.extents = {1, rows, 1, channels};
    p.rows.in = rows;
    addView("input", Role::Input, work.ins[0], {out(rows, Axis::Rows), depth(k)});
    addWeights({out(channels, Axis::Channels), depth(k)});
    addArrays(channels);
    addView("output", Role::Output, work.output, {out(rows, Axis::Rows), out(channels, Axis::Channels)});
    p.macsPerOutput = k;
    p.gatherBytesPerPixel = k * 2;
    // Weights of a single row serve once: where the machine states what that costs, it is not worked out from
    // the figures for many rows.
    bool alone = rows == 1 && !machine.kernel(model::KernelClass::Matvec).mac.empty();
    p.kind = alone ? model::KernelClass::Matvec : model::KernelClass::Matmul;
    p.blocks = {4, 2, 1};
    return true;
  }

  bool elementWise() {
    if (name != "rescale" || work.ins.empty())
      return false;
    auto &p = layer.problem;
    int64_t elements = number("elements"), period = number("period"), own = stepChannels();
    auto shape = cast<plat::ViewType>(work.output.getType()).getTensor().getShape();
    int64_t channels = own > 1 ? own * period : shape.empty() ? 1 : shape.back();
    if (elements % channels != 0)
      return false;
    int64_t rows = elements / channels;
    p.extents = {1, rows, 1, channels};
    p.rows.in = rows;
    p.mayCut[at(Axis::Channels)] = false;
    p.maySpreadChannels = false;
    for (auto [i, view] : llvm::enumerate(work.ins))
      addView("input_" + std::to_string(i), Role::Input, view, {out(rows, Axis::Rows), whole(channels)});
    addArrays(1);
    addView("output", Role::Output, work.output, {out(rows, Axis::Rows), whole(channels)});
    p.elementsPerOutput = static_cast<int64_t>(work.ins.size()) + 1;
    p.kind = model::KernelClass::Elementwise;
    return true;
  }
};

} // namespace

DictionaryAttr withBlock(DictionaryAttr params, int64_t block) {
  if (!params.get("block"))
    return params;
  NamedAttrList fields(params);
  fields.set("block", Builder(params.getContext()).getI64IntegerAttr(block));
  return fields.getDictionary(params.getContext());
}

Work workOf(plat::KernelOp kernel) {
  return {kernel,
          kernel.getKernel(),
          kernel.getNode(),
          kernel.getParams(),
          kernel.getLutAttr(),
          kernel.getStep(),
          kernel.getWeightsAttr(),
          llvm::to_vector(kernel.getIns()),
          kernel.getOuts()[0]};
}

Work workOf(plat::TiledOp tiled) {
  auto stream = [](Value value) { return value.getDefiningOp<plat::StreamOp>(); };
  Work work = {tiled,
               tiled.getKernel(),
               tiled.getNode(),
               tiled.getParams(),
               tiled.getLutAttr(),
               tiled.getStep(),
               {},
               {},
               stream(tiled.getOutput()).getSource()};
  for (Value in : tiled.getIns())
    work.ins.push_back(stream(in).getSource());
  if (tiled.getWeights()) {
    plat::StreamOp weights = stream(tiled.getWeights());
    work.weights = weights.getSource() ? weights.getSource().getDefiningOp<plat::StageOp>().getConstantAttr()
                                       : weights.getConstantAttr();
  }
  return work;
}

std::optional<Layer> layerOf(Work work, const model::Machine &machine) {
  const plat::Kernel *contract = plat::findKernel(work.kernel);
  if (contract->part.empty())
    return std::nullopt;
  Reader reader{work, machine};
  model::LayerProblem &problem = reader.layer.problem;
  reader.layer.op = work.op;
  problem.name = work.node.str();
  problem.kernel = work.kernel.str();
  if (!reader.windowed() && !reader.matmul() && !reader.elementWise())
    return std::nullopt;
  if (work.kernel.ends_with("_lut"))
    problem.kind = model::KernelClass::Lookup;
  for (const model::Operand &o : problem.operands) {
    if (o.role == Role::Weights)
      problem.weightBits = o.bits;
    if (o.role == Role::Input)
      problem.activationBits = o.bits;
  }
  if (auto bytes = contract->scratchBytes) {
    DictionaryAttr params = work.params;
    auto known = std::make_shared<std::map<std::pair<int64_t, int64_t>, int64_t>>();
    // A work area for all output channels is enough for a tile's.
    problem.scratchBytes = [=, whole = problem.inputs](int64_t block, const model::TileShape &tile) {
      int64_t inputs = tile.out[at(Axis::Inputs)];
      auto [it, fresh] = known->try_emplace({block, inputs}, 0);
      if (fresh)
        it->second = static_cast<int64_t>(
            bytes(withBlock(inputs < whole ? plat::withInputs(*contract, params, inputs) : params, block)));
      return it->second;
    };
  }
  return std::move(reader.layer);
}

} // namespace dyadic::tile
