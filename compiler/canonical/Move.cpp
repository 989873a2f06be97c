// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Movement: mostly a change of layout that costs no node until a reader minds.
#include "compiler/canonical/Translate.h"
#include <numeric>

using namespace mlir;
namespace dyadic::canonical {
namespace {

ArrayRef<int64_t> shapeOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }

/// k where axis i has each of its elements k times, one after the other; 0 where it is otherwise.
int64_t repeats(qint::GatherOp op, size_t i) {
  ArrayRef<int64_t> map = cast<DenseI64ArrayAttr>(op.getMaps()[i]);
  int64_t extent = shapeOf(op.getInput())[i], k = static_cast<int64_t>(map.size()) / extent;
  for (size_t at = 0; at < map.size(); ++at)
    if (k == 0 || map[at] != static_cast<int64_t>(at) / k)
      return 0;
  return k * extent == static_cast<int64_t>(map.size()) ? k : 0;
}

} // namespace

Tensor Translate::reshaped(const Tensor &t, const Shape &shape, StringRef name) {
  std::string out = name.empty() ? graph.freshTensor(t.name + "_reshaped") : name.str();
  std::string to = graph.indices(out + "_shape", shape);
  graph.node("Reshape", out, {t.name, to}, out, shape);
  return {out, Layout::plain(shape), t.range};
}

Tensor Translate::inLayout(const Tensor &t, const Layout &layout, StringRef name, ArrayRef<int64_t> shape) {
  Shape last = shape.empty() ? layout.shape : shape.vec();
  auto done = [&](Tensor r) {
    r.layout = layout;
    return r;
  };
  auto transposed = [&](const Tensor &from, const Shape &perm, StringRef wish) {
    Shape to;
    for (int64_t p : perm)
      to.push_back(from.layout.shape[p]);
    std::string out = wish.empty() ? graph.freshTensor(t.name + "_transposed") : wish.str();
    setInts(graph.node("Transpose", out, {from.name}, out, to), "perm", perm);
    return Tensor{out, Layout::plain(to), t.range};
  };
  std::optional<Relayout> way = relayout(t.layout, layout);
  if (!way) { // by way of the plain order, which any reshape leaves as it is
    Tensor plain = inLayout(t, Layout::plain(t.layout.physical()));
    plain.layout = Layout::plain(layout.physical());
    plain = reshaped(plain, plain.layout.shape);
    return inLayout(plain, layout, name, shape);
  }
  if (!way->moves) {
    if (t.layout.shape != last)
      return done(reshaped(t, last, name));
    if (name.empty())
      return done(t);
    graph.node("Identity", name, {t.name}, name.str(), last);
    return done({name.str(), layout, t.range});
  }
  if (t.layout.physical() == layout.physical()) {
    Shape perm(layout.perm.size());
    for (size_t i = 0; i < perm.size(); ++i)
      perm[layout.perm[i]] = t.layout.perm[i];
    bool more = last != layout.shape;
    Tensor r = transposed(t, perm, more ? "" : name);
    return done(more ? reshaped(r, last, name) : r);
  }
  Tensor split = t.layout.shape == way->split ? t : reshaped(t, way->split);
  split.layout = Layout::plain(way->split);
  Shape moved;
  for (int64_t p : way->perm)
    moved.push_back(way->split[p]);
  bool more = moved != last;
  Tensor r = transposed(split, way->perm, more ? "" : name);
  return done(more ? reshaped(r, last, name) : r);
}

Tensor Translate::aligned(Value v, bool channelsFirst) {
  const Tensor &t = of(v);
  ArrayRef<int64_t> physical = shapeOf(v);
  if (ArrayRef<int64_t>(t.layout.physical()) == physical && !channelsFirst)
    return t;
  return inLayout(t, Layout::channelsFirst(physical));
}

void Translate::transpose(qint::TransposeOp op) {
  Tensor t = aligned(op.getInput(), false);
  Shape perm;
  for (int64_t p : op.getPerm())
    perm.push_back(t.layout.perm[p]);
  t.layout.perm = perm;
  define(op.getResult(), t);
}

void Translate::pad(qint::PadOp op) {
  Tensor t = aligned(op.getInput(), false);
  size_t rank = t.layout.perm.size();
  Shape pads(2 * rank);
  for (size_t i = 0; i < rank; ++i) {
    pads[t.layout.perm[i]] = op.getPads()[i];
    pads[rank + t.layout.perm[i]] = op.getPads()[rank + i];
  }
  Layout layout = Layout::like(shapeOf(op.getResult()), t.layout.perm);
  int64_t code = op.getCode();
  std::string name = nameFor(op.getResult(), layout, nodeName(op));
  graph.node("Pad", nodeName(op), {t.name, graph.indices(name + "_pads", pads), graph.scalar(code)}, name,
             layout.shape);
  define(op.getResult(), {name, layout, {std::min(t.range.min, code), std::max(t.range.max, code)}});
}

void Translate::slice(qint::SliceOp op) {
  Tensor t = aligned(op.getInput(), false);
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getResult());
  Shape starts, ends, axes, steps;
  for (size_t i = 0; i < in.size(); ++i)
    if (in[i] != out[i] || op.getStarts()[i] != 0 || op.getSteps()[i] != 1) {
      int64_t start = op.getStarts()[i], step = op.getSteps()[i], last = start + (out[i] - 1) * step;
      starts.push_back(start);
      // Behind the last element; before the first one there is no index but a very negative one.
      ends.push_back(step > 0 ? last + 1 : last > 0 ? last - 1 : -in[i] - 1);
      axes.push_back(t.layout.perm[i]);
      steps.push_back(step);
    }
  if (axes.empty())
    return define(op.getResult(), t);
  Layout layout = Layout::like(out, t.layout.perm);
  std::string name = nameFor(op.getResult(), layout, nodeName(op));
  graph.node("Slice", nodeName(op),
             {t.name, graph.indices(name + "_starts", starts), graph.indices(name + "_ends", ends),
              graph.indices(name + "_axes", axes), graph.indices(name + "_steps", steps)},
             name, layout.shape);
  define(op.getResult(), {name, layout, t.range});
}

Tensor Translate::picked(const Tensor &t, size_t axis, ArrayRef<int64_t> map, StringRef node,
                         StringRef name) {
  // Stretches of even steps, one after the other: readers take no other Gather of activations.
  std::vector<Tensor> parts;
  for (size_t k = 0; k < map.size();) {
    size_t end = k + 1;
    int64_t step = end < map.size() ? map[end] - map[k] : 1;
    while (step != 0 && end < map.size() && map[end] - map[end - 1] == step)
      ++end;
    Tensor part{"", t.layout, t.range};
    part.layout.shape[axis] = static_cast<int64_t>(end - k);
    part.name = graph.freshTensor((node + "_slice").str());
    int64_t last = map[end - 1], stop = step >= 0  ? last + 1
                                        : last > 0 ? last - 1
                                                   : -t.layout.shape[axis] - 1;
    graph.node("Slice", part.name,
               {t.name, graph.indices(part.name + "_starts", {map[k]}),
                graph.indices(part.name + "_ends", {stop}),
                graph.indices(part.name + "_axes", {static_cast<int64_t>(axis)}),
                graph.indices(part.name + "_steps", {step == 0 ? 1 : step})},
               part.name, part.layout.shape);
    parts.push_back(part);
    k = end;
  }
  Tensor all{name.empty() ? graph.freshTensor((node + "_picked").str()) : name.str(), t.layout, t.range};
  all.layout.shape[axis] = static_cast<int64_t>(map.size());
  std::vector<std::string> names;
  for (const Tensor &part : parts)
    names.push_back(part.name);
  setInt(graph.node("Concat", node, names, all.name, all.layout.shape), "axis", static_cast<int64_t>(axis));
  return all;
}

void Translate::gather(qint::GatherOp op) {
  Tensor t = aligned(op.getInput(), false);
  ArrayRef<int64_t> in = shapeOf(op.getInput());
  SmallVector<size_t> axes;
  for (auto [i, map] : llvm::enumerate(op.getMaps())) {
    Shape identity(in[i]);
    std::iota(identity.begin(), identity.end(), 0);
    if (cast<DenseI64ArrayAttr>(map).asArrayRef() != ArrayRef<int64_t>(identity))
      axes.push_back(i);
  }
  Layout whole = Layout::like(shapeOf(op.getResult()), t.layout.perm);
  if (llvm::all_of(axes, [&](size_t i) { return repeats(op, i) > 0; }) && !axes.empty()) {
    Shape scales(whole.shape.size(), 1);
    for (size_t i : axes)
      scales[t.layout.perm[i]] = repeats(op, i);
    std::string name = nameFor(op.getResult(), whole, nodeName(op));
    onnx::NodeProto &n =
        graph.node("Resize", nodeName(op),
                   {t.name, graph.constant(name + "_roi", {0}, {}),
                    graph.constant(name + "_scales", {static_cast<int64_t>(scales.size())}, scales)},
                   name, whole.shape);
    setString(n, "mode", "nearest");
    setString(n, "coordinate_transformation_mode", "asymmetric");
    setString(n, "nearest_mode", "floor");
    return define(op.getResult(), {name, whole, t.range});
  }
  for (size_t i : axes) {
    std::string name;
    if (i == axes.back())
      name = nameFor(op.getResult(), whole, nodeName(op));
    t = picked(t, static_cast<size_t>(t.layout.perm[i]), cast<DenseI64ArrayAttr>(op.getMaps()[i]),
               nodeName(op), name);
  }
  define(op.getResult(), t);
}

void Translate::concat(qint::ConcatOp op) {
  Layout layout = Layout::like(shapeOf(op.getResult()), aligned(op.getInputs()[0], false).layout.perm);
  std::vector<std::string> names;
  model::Range range = of(op.getInputs()[0]).range;
  for (Value v : op.getInputs()) {
    Tensor t = inLayout(of(v), Layout::like(shapeOf(v), layout.perm));
    names.push_back(t.name);
    range = {std::min(range.min, t.range.min), std::max(range.max, t.range.max)};
  }
  std::string name = nameFor(op.getResult(), layout, nodeName(op));
  setInt(graph.node("Concat", nodeName(op), names, name, layout.shape), "axis", layout.perm[op.getAxis()]);
  define(op.getResult(), {name, layout, range});
}

} // namespace dyadic::canonical
