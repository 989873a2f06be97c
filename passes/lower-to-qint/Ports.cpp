// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The edges of the network: what the C's inputs and outputs are to their user.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"
#include "passes/model/InputThresholds.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

Shape identity(size_t rank) {
  Shape p(rank);
  for (size_t i = 0; i < rank; ++i)
    p[i] = static_cast<int64_t>(i);
  return p;
}

bool carriesOn(Operation *op) {
  return isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp,
             qonnx::BatchNormOp, qonnx::AddOp, qonnx::SubOp, qonnx::MulOp, qonnx::DivOp, qonnx::ReluOp,
             qonnx::LeakyReluOp, qonnx::PReluOp, qonnx::ClipOp, qonnx::NegOp, qonnx::AbsOp, qonnx::PadOp,
             qonnx::SliceOp, qonnx::ResizeOp>(op);
}
bool isQuantiser(Operation *op) {
  return isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op);
}

/// Memory order of an input: channels last where its first spatial consumer wants it so, ONNX order
/// elsewhere.
Shape preferredOrder(Value input) {
  Shape axes = identity(cast<RankedTensorType>(input.getType()).getRank()), own = axes;
  Value v = input;
  while (!v.use_empty()) {
    Operation *user = nullptr; // the first in program order
    for (Operation *u : v.getUsers())
      if (!user || u->isBeforeInBlock(user))
        user = u;
    if (user->getOperand(0) != v && !isa<qonnx::ConcatOp, qonnx::AddOp, qonnx::MulOp>(user))
      return own;
    if (isa<qonnx::ConvOp, qonnx::MaxPoolOp, qonnx::AveragePoolOp, qonnx::ReduceMeanOp>(user)) {
      if (axes.size() == 3)
        return {axes[0], axes[2], axes[1]};
      return axes.size() == 4 ? Shape{axes[0], axes[2], axes[3], axes[1]} : own;
    }
    if (auto t = dyn_cast<qonnx::TransposeOp>(user)) {
      Shape moved;
      for (int64_t p : t.getPerm())
        moved.push_back(axes[p]);
      axes = moved;
    } else if (!carriesOn(user) || cast<RankedTensorType>(user->getResult(0).getType()).getRank() !=
                                       static_cast<int64_t>(axes.size())) {
      return own;
    }
    v = user->getResult(0);
  }
  return own;
}

/// The first quantiser that reads `v`, through element-wise operators and movement.
Operation *quantiserAfter(Value v) {
  Operation *first = nullptr;
  SmallVector<Value> open{v};
  DenseMap<Value, bool> seen;
  while (!open.empty()) {
    Value x = open.pop_back_val();
    for (Operation *u : x.getUsers()) {
      if (isQuantiser(u)) {
        if (!first || u->isBeforeInBlock(first))
          first = u;
      } else if ((carriesOn(u) || isa<qonnx::TransposeOp, qonnx::ReshapeOp, qonnx::ConcatOp>(u)) &&
                 seen.try_emplace(u->getResult(0), true).second) {
        open.push_back(u->getResult(0));
      }
    }
  }
  return first;
}

std::optional<Rational> numberOf(Attribute a) {
  auto text = dyn_cast<StringAttr>(a);
  return text ? model::parseRational(text.getValue()) : std::nullopt;
}

/// One number, or one for each channel (axis 1); none where the list is neither, or holds no numbers.
std::optional<Coeffs> alongChannels(ArrayRef<int64_t> shape, ArrayAttr texts) {
  Coeffs c{Shape(shape.size(), 1), {}};
  for (Attribute a : texts) {
    std::optional<Rational> number = numberOf(a);
    if (!number)
      return std::nullopt;
    c.data.push_back(*number);
  }
  if (c.data.size() != 1) {
    if (shape.size() < 2 || static_cast<int64_t>(c.data.size()) != shape[1])
      return std::nullopt;
    c.shape[1] = shape[1];
  }
  return c;
}

} // namespace

LogicalResult Lowering::makeArguments(func::FuncOp old) {
  bool ok = true;
  for (unsigned i = 0; i < old.getNumArguments(); ++i)
    ok &= succeeded(
        makeArgument(old.getArgument(i), old.getArgAttrOfType<qonnx::LatticeAttr>(i, "qonnx.lattice")));
  return success(ok);
}

LogicalResult Lowering::makeArgument(BlockArgument arg, qonnx::LatticeAttr lattice) {
  auto nameAttr = cast<func::FuncOp>(current).getArgAttrOfType<StringAttr>(arg.getArgNumber(), "qonnx.name");
  std::string name = nameAttr ? nameAttr.str() : "input" + std::to_string(arg.getArgNumber());
  auto type = dyn_cast<RankedTensorType>(arg.getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isF32() ||
      llvm::is_contained(type.getShape(), int64_t{0}))
    return current->emitError() << "graph input '" << name
                                << "' must be a float32 tensor of known extents, found " << arg.getType();
  Shape shape(type.getShape());
  size_t rank = shape.size();
  Input input;
  input.name = name;
  View v;
  v.shape = shape;
  Type element;
  if (lattice) {
    if (lattice.getBits() < 1 || lattice.getBits() > 32)
      return current->emitError() << "the lattice of graph input '" << name << "' has " << lattice.getBits()
                                  << " bits; supported are 1 to 32";
    element = intType(lattice.getBits(), lattice.getIsSigned());
    input.ints.range = Ranges::scalar(rank, {qint::minCode(element), qint::maxCode(element)});
    std::optional<Coeffs> mean = alongChannels(shape, lattice.getMean()),
                          std = alongChannels(shape, lattice.getStd());
    std::optional<Rational> scale = numberOf(lattice.getScale()), zero = numberOf(lattice.getZero());
    if (!mean || !std || !scale || !zero)
      return current->emitError()
             << "the lattice of graph input '" << name
             << "' needs numbers such as 0.25 or 1/255: scale and zero, and one mean and std, "
                "or one for each channel";
    if (*scale == 0 || llvm::is_contained(std->data, Rational(0)))
      return current->emitError() << "the lattice of graph input '" << name << "' has a scale or std of 0";
    v.beta = combine(*mean, *std, [&](const Rational &m, const Rational &s) {
      return Rational((-*zero * *scale - m) / s);
    });
    v.terms.push_back({{}, mapEach(*std, [&](const Rational &s) { return Rational(*scale / s); })});
  } else {
    Operation *q = quantiserAfter(arg);
    if (!q)
      return current->emitError() << "graph input '" << name
                                  << "' reaches no quantiser before its first arithmetic, so the codes it "
                                  << "lies on are not known; declare them, for example --input '" << name
                                  << ":bits=8,signed,scale=1/128'";
    Operation *keep = current;
    current = q;
    std::optional<QuantiserGrid> grid = gridOf(q);
    current = keep;
    if (!grid)
      return failure();
    if (!grid->storage)
      return q->emitError() << "a Trunc of version 1 cannot be the first quantiser of a graph input: it has "
                               "no bounded width";
    element = grid->storage;
    bool bipolar = grid->quantisers[0].bipolar();
    model::Range range = bipolar ? model::Range{-1, 1} : model::Range{INT64_MAX, INT64_MIN};
    for (const model::Quantiser &k : grid->quantisers)
      if (!bipolar)
        range = {std::min(range.min, k.kmin), std::max(range.max, k.kmax)};
    input.ints.range = Ranges::scalar(rank, range);
    v.free = true;
    v.argument = arg.getArgNumber();
    v.beta = Coeffs::scalar(rank, 0);
    v.terms.push_back({{}, Coeffs::scalar(rank, 1)});
  }
  input.ints.shape = input.ints.view = shape;
  input.ints.perm = preferredOrder(arg);
  Shape physical;
  for (int64_t p : input.ints.perm)
    physical.push_back(shape[p]);
  input.ints.value = body->addArgument(tensorType(physical, element), arg.getLoc());
  v.terms[0].ints = input.ints;
  inputs.push_back(std::move(input));
  views[arg] = share(std::move(v));
  return success();
}

std::string Lowering::latticeOption(unsigned argument, StringRef lattice) {
  return ("--input '" + inputs[argument].name + ":" + lattice + "'").str();
}

ViewPtr Lowering::bindFree(ViewPtr v, const QuantiserGrid &grid) {
  Input &input = inputs[v->argument];
  const Term &t = v->terms[0];
  Shape classes = unionShape(classShape(*v), grid.index.shape);
  // Each boundary of the quantiser, carried back through the element-wise functions to the input's reals.
  size_t levels = 0;
  for (const model::Quantiser &q : grid.quantisers)
    levels = std::max<size_t>(levels, q.kmax - q.kmin);
  if (levels > 65535)
    return fail(
        "quantises a graph input to " + Twine(levels) +
        " steps; supported are 2^16 codes. Declare the lattice the input lies on instead, for example " +
        latticeOption(v->argument, "bits=32,signed,scale=1/65536"));
  std::vector<std::vector<float>> rows;
  std::vector<int8_t> directions;
  std::string why;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    const model::Quantiser &q = grid.quantisers[grid.index.at(i)];
    if (static_cast<size_t>(q.kmax - q.kmin) != levels)
      why = "quantises a graph input to different widths in different channels";
    std::vector<float> row;
    bool down = (q.preMul < 0) != (t.alpha.at(i) < 0);
    for (const Unary &u : v->unary)
      down ^= u.kind == Unary::Kind::affine && u.a.at(i) < 0;
    for (int64_t k = q.kmin + 1; k <= q.kmax; ++k) {
      // index >= k iff  sign * x  >  or >=  sign * theta
      auto [theta, inclusive] = q.threshold(k);
      bool flip = false, always = false, never = false;
      auto invert = [&](const Rational &mul, const Rational &add) {
        if (mul == 0) {
          (inclusive ? (flip ? add <= theta : add >= theta) : (flip ? add < theta : add > theta))
              ? always = true
              : never = true;
          return;
        }
        theta = (theta - add) / mul;
        flip ^= mul < 0;
      };
      invert(q.preMul, q.preAdd);
      for (const Unary &u : llvm::reverse(v->unary)) {
        if (always || never)
          break;
        switch (u.kind) {
        case Unary::Kind::affine:
          invert(u.a.at(i), u.b.at(i));
          break;
        case Unary::Kind::relu:
        case Unary::Kind::clip: {
          // y = clip(x) lies in [low, high]; between the bounds the condition on y is one on x.
          std::optional<Rational> low = u.kind == Unary::Kind::relu ? std::optional<Rational>(0) : u.low;
          auto holds = [&](const Rational &y) {
            return flip ? (inclusive ? y <= theta : y < theta) : (inclusive ? y >= theta : y > theta);
          };
          const std::optional<Rational> &least = flip ? u.high : low, &most = flip ? low : u.high;
          if (least && holds(*least))
            always = true;
          else if (most && !holds(*most))
            never = true;
          break;
        }
        case Unary::Kind::leaky:
          if (u.a.at(i) <= 0)
            why = "quantises a graph input after an activation that is not increasing";
          else if (theta < 0)
            theta /= u.a.at(i);
          break;
        case Unary::Kind::abs:
          why = "quantises a graph input after Abs, which is not increasing";
          break;
        }
      }
      if (!always && !never)
        invert(t.alpha.at(i), v->beta.at(i));
      if (always || never)
        row.push_back(always != down ? -INFINITY : INFINITY);
      else
        row.push_back(model::leastFloatFrom(theta, /*exclusive=*/inclusive == flip));
    }
    directions.push_back(down);
    if (down)
      std::reverse(row.begin(), row.end());
    rows.push_back(std::move(row));
  });
  if (!why.empty())
    return fail(why + ". Declare the lattice the input lies on instead, for example " +
                latticeOption(v->argument));

  // From the quantiser's axes to memory, and from there to the graph input's own ONNX order.
  Spread spread;
  Broadcast<int64_t> parameters = Broadcast<int64_t>::scalar(input.ints.shape.size(), grid.index.data[0]);
  if (rows.size() > 1) {
    Value origin = t.ints.value;
    while (Operation *op = origin.getDefiningOp()) {
      if (!isa<qint::ReshapeOp>(op))
        return fail("quantises a graph input per channel after moving it. Declare the lattice the input lies "
                    "on instead, for example " +
                    latticeOption(v->argument));
      origin = op->getOperand(0);
    }
    Shape physical;
    for (int64_t p : t.ints.perm)
      physical.push_back(t.ints.view[p]);
    Shape own;
    for (int64_t p : input.ints.perm)
      own.push_back(input.ints.view[p]);
    Shape back(own.size());
    for (size_t d = 0; d < own.size(); ++d)
      back[input.ints.perm[d]] = static_cast<int64_t>(d);
    auto toInput = [&](ArrayRef<int64_t> classShape) {
      return physicalIndex(t.ints, classShape).reshape(physical, own).transpose(back);
    };
    spread = spreadOf(toInput(classes), input.ints.shape);
    parameters = mapEach(toInput(grid.index.shape), [&](int64_t i) { return grid.index.data[i]; });
  }
  std::vector<float> table;
  std::vector<int8_t> descending;
  for (int64_t c : spread.source) {
    table.insert(table.end(), rows[c].begin(), rows[c].end());
    descending.push_back(directions[c]);
  }
  auto type = RankedTensorType::get({spread.channels, static_cast<int64_t>(levels)}, b.getF32Type());
  ElementsAttr thresholds = DenseElementsAttr::get(type, ArrayRef<float>(table));
  auto element = cast<RankedTensorType>(input.ints.value.getType()).getElementType();
  if (input.grid && (input.thresholds != thresholds || input.descending != descending ||
                     input.period != spread.period || element != grid.storage))
    return fail("quantises a graph input that another node ('" + input.grid->key +
                "') quantises to other codes. Declare the lattice the input lies on, for example " +
                latticeOption(v->argument));
  if (!input.grid) {
    input.grid = grid;
    input.thresholds = thresholds;
    input.period = spread.period;
    input.descending = descending;
    auto over = [&](auto f) {
      return mapEach(parameters, [&](int64_t i) -> Rational { return f(grid.quantisers[i]); }).compress();
    };
    input.scale = over([](const model::Quantiser &q) { return q.bipolar() ? q.valueMul / 2 : q.valueMul; });
    input.offset = over(
        [](const model::Quantiser &q) { return q.bipolar() ? q.valueAdd + q.valueMul / 2 : q.valueAdd; });
    if (!portAxis(input.scale, input.offset))
      return fail(
          "quantises a graph input with parameters along several axes. Declare the lattice the input lies "
          "on instead, for example " +
          latticeOption(v->argument));
  }
  return codesView(t.ints, grid);
}

qint::PortAttr Lowering::inputPort(func::FuncOp old, unsigned i) {
  const Input &input = inputs[i];
  auto name = old.getArgAttrOfType<StringAttr>(i, "qonnx.name");
  auto lattice = old.getArgAttrOfType<qonnx::LatticeAttr>(i, "qonnx.lattice");
  auto text = [&](const Rational &r) { return b.getStringAttr(model::toString(r)); };
  SmallVector<Attribute> scale, offset{text(0)};
  Rational zero = 0;
  StringRef key;
  int64_t codeMul = 1, codeAdd = 0, period = 1, axis = 1;
  ElementsAttr thresholds =
      DenseElementsAttr::get(RankedTensorType::get({0, 0}, b.getF32Type()), ArrayRef<float>());
  std::vector<int8_t> descending;
  if (lattice) {
    Rational s = *model::parseRational(lattice.getScale().getValue());
    zero = *model::parseRational(lattice.getZero().getValue());
    scale.push_back(text(s));
    Type element = cast<RankedTensorType>(input.ints.value.getType()).getElementType();
    if (element.getIntOrFloatBitWidth() <= 16 && s > 0) {
      // A real is the nearest code's; halves go up, they lie on no lattice.
      std::vector<float> row;
      bool bipolar = element.isSignedInteger(1);
      for (int64_t k = qint::minCode(element) + 1; k <= qint::maxCode(element); ++k)
        if (!bipolar)
          row.push_back(model::leastFloatFrom((k - Rational(1, 2) - zero) * s, false));
      if (bipolar)
        row.push_back(model::leastFloatFrom(-zero * s, false));
      thresholds = DenseElementsAttr::get(
          RankedTensorType::get({1, static_cast<int64_t>(row.size())}, b.getF32Type()), ArrayRef<float>(row));
      descending = {0};
    }
  } else if (input.grid) {
    key = input.grid->key;
    thresholds = input.thresholds;
    period = input.period;
    descending = input.descending;
    // (code - zero) * scale + offset is the quantiser's value; numbers that differ stand along one axis.
    axis = *portAxis(input.scale, input.offset);
    Coeffs offsets = input.offset;
    if (llvm::none_of(input.scale.data, [](const Rational &s) { return s == 0; })) {
      Coeffs zeros = combine(offsets, input.scale,
                             [](const Rational &o, const Rational &s) { return Rational(-o / s); });
      if (zeros.uniform()) {
        zero = zeros.data[0];
        offsets = Coeffs::scalar(offsets.shape.size(), 0);
      }
    }
    offset.clear();
    for (const Rational &s : input.scale.data)
      scale.push_back(text(s));
    for (const Rational &o : offsets.data)
      offset.push_back(text(o));
  }
  return qint::PortAttr::get(
      b.getContext(), name ? name : b.getStringAttr("input"), b.getDenseI64ArrayAttr(input.ints.shape),
      b.getDenseI64ArrayAttr(input.ints.view), b.getDenseI64ArrayAttr(input.ints.perm), b.getArrayAttr(scale),
      b.getArrayAttr(offset), text(zero), codeMul, codeAdd, b.getStringAttr(key), b.getStringAttr(""), 0,
      thresholds, period, b.getDenseI8ArrayAttr(descending), axis);
}

} // namespace dyadic::lower
