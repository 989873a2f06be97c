// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each proven step as a MultiThreshold; several terms are first added with small integer weights.
#include "compiler/canonical/Combine.h"
#include "compiler/canonical/Translate.h"
#include "dialects/qint/StepArrays.h"

using namespace mlir;
namespace dyadic::canonical {
namespace {

/// Codes of more than 8 bits take more thresholds than anyone runs; a row may hold more of them where the
/// code goes up and down; a table of thresholds may have this many entries.
constexpr uint64_t mostLevels = 256;
constexpr int64_t mostEntries = int64_t{1} << 26;

/// Channels of a step whose numbers are equal share an answer.
std::vector<int64_t> numbersOf(qint::StepAttr step, int64_t c) {
  auto terms = static_cast<size_t>(step.getTerms());
  std::vector<int64_t> all{step.getForms()[c], step.getBias()[c], step.getShift()[c]};
  for (DenseI64ArrayAttr each : {step.getMult(), step.getRangeMin(), step.getRangeMax()})
    llvm::append_range(all, each.asArrayRef().slice(static_cast<size_t>(c) * terms, terms));
  llvm::append_range(all, qint::auxOf(step, c));
  return all;
}

/// Where the stretches begin on which a step of one term is monotone.
std::vector<int64_t> stretches(qint::StepAttr step, int64_t c) {
  int64_t lo = step.getRangeMin()[c], hi = step.getRangeMax()[c];
  std::vector<int64_t> starts{lo};
  auto form = static_cast<qint::StepForm>(step.getForms()[c]);
  if (form == qint::StepForm::twoSegment) {
    int64_t split = qint::auxOf(step, c)[0];
    if (split > lo && split <= hi)
      starts.push_back(split);
  } else if (form == qint::StepForm::pieces) {
    for (const qint::StepPiece &piece : llvm::drop_begin(*qint::piecesOf(qint::auxOf(step, c))))
      if (piece.start > lo && piece.start <= hi)
        starts.push_back(piece.start);
  } else if (form == qint::StepForm::table) {
    for (int64_t a = lo + 1; a <= hi; ++a)
      starts.push_back(a);
  }
  return starts;
}

std::string typeName(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (element.isSignedInteger(1))
    return "BIPOLAR";
  return (element.isSignedInteger() ? "INT"
          : bits == 1               ? "BINARY"
                                    : "UINT") +
         (bits == 1 ? std::string() : std::to_string(bits));
}

} // namespace

std::optional<std::vector<Staircase>> Translate::oneTerm(qint::RescaleOp op, const Spread &spread) {
  llvm::Expected<qint::StepEvaluator> runner = qint::StepEvaluator::make(op.getStep());
  if (!runner) {
    refuse(op, Verdict::Rejected) << llvm::toString(runner.takeError());
    return std::nullopt;
  }
  std::map<std::vector<int64_t>, Staircase> known;
  std::vector<Staircase> stairs;
  for (int64_t c : spread.channel) {
    auto [it, fresh] = known.try_emplace(numbersOf(op.getStep(), c));
    if (fresh)
      it->second = staircaseOf([&](int64_t a) { return (*runner)(c, a); }, stretches(op.getStep(), c),
                               op.getStep().getRangeMax()[c]);
    stairs.push_back(it->second);
  }
  return stairs;
}

std::optional<std::vector<Staircase>> Translate::manyTerms(qint::RescaleOp op, const Spread &spread,
                                                           Tensor &in) {
  llvm::Expected<qint::StepEvaluator> runner = qint::StepEvaluator::make(op.getStep());
  if (!runner) {
    refuse(op, Verdict::Rejected) << llvm::toString(runner.takeError());
    return std::nullopt;
  }
  size_t terms = op.getTerms().size();
  std::map<std::vector<int64_t>, Combination> known;
  std::vector<Staircase> stairs;
  std::vector<Shape> weights(terms);
  for (int64_t c : spread.channel) {
    std::vector<int64_t> numbers = numbersOf(op.getStep(), c);
    auto it = known.find(numbers);
    if (it == known.end()) {
      std::optional<Combination> found = combine(op.getStep(), c, *runner);
      if (!found) {
        auto extent = [&](size_t t) {
          size_t at = static_cast<size_t>(c) * terms + t;
          return std::to_string(op.getStep().getRangeMax()[at] - op.getStep().getRangeMin()[at] + 1);
        };
        std::string extents = extent(0);
        for (size_t t = 1; t < terms; ++t)
          extents += (t + 1 == terms ? " and " : ", ") + extent(t);
        refuse(op, Verdict::DoesNotFit)
            << "adds " << terms << " terms of " << extents
            << " values whose scales have no ratio of small integers: no integer sum below " << exactBelow
            << " (2^24) keeps all codes apart. Quantise the terms before they are added, or give them one "
               "scale; "
               "the C needs no such bound";
        return std::nullopt;
      }
      it = known.emplace(std::move(numbers), std::move(*found)).first;
    }
    stairs.push_back(it->second.stairs);
    for (size_t t = 0; t < terms; ++t)
      weights[t].push_back(it->second.weights[t]);
  }
  std::string node = nodeName(op);
  for (size_t t = 0; t < terms; ++t) {
    Tensor x = inLayout(of(op.getTerms()[t]), in.layout);
    if (!llvm::all_of(weights[t], [](int64_t w) { return w == 1; }))
      x = elementwise("Mul", x, perChannel(x.layout, spread, weights[t], node + "_weights"), x.range,
                      node + "_weighted");
    in = t == 0 ? x : elementwise("Add", in, x.name, in.range, node + "_sum");
  }
  for (const Staircase &s : stairs)
    result.largestSum = std::max({result.largestSum, -s.lo, s.hi});
  return stairs;
}

Tensor Translate::threshold(const Tensor &in, const Spread &spread, const Rows &rows, int64_t scale,
                            int64_t bias, Type element, StringRef node, StringRef name) {
  static const char *const first[] = {"", "", "NC", "NCW", "NCHW", "NCDHW"};
  static const char *const last[] = {"", "", "NC", "NWC", "NHWC", "NDHWC"};
  size_t rank = in.layout.shape.size();
  bool one = rows.rows == 1, known = rank >= 2 && rank <= 5;
  std::string layout;
  Tensor x = in;
  Shape back = in.layout.shape;
  if (known && (one || (spread.first == 1 && spread.last == 1)))
    layout = first[rank];
  else if (known && spread.first == rank - 1 && spread.last == rank - 1)
    layout = last[rank];
  else { // the channel's axes as one
    Shape shape{1, countOf(back)};
    if (!one)
      shape = {countOf(ArrayRef(back).take_front(spread.first)), rows.rows,
               countOf(ArrayRef(back).drop_front(spread.last + 1))};
    x = reshaped(in, shape);
    layout = first[shape.size()];
  }
  bool around = x.layout.shape != back;
  std::string own = around ? graph.freshTensor((name + "_flat").str()) : name.str();
  std::string table = graph.constant((node + ".thresholds").str(), {rows.rows, rows.columns}, rows.values);
  onnx::NodeProto &n = graph.quantNode("MultiThreshold", node, {x.name, table}, own, x.layout.shape);
  setString(n, "out_dtype", typeName(element));
  setFloat(n, "out_scale", static_cast<float>(scale));
  setFloat(n, "out_bias", static_cast<float>(bias));
  setString(n, "data_layout", layout);
  Tensor y{own, x.layout, {}};
  if (around)
    y = reshaped(y, back, name);
  y.layout = in.layout;
  return y;
}

void Translate::rescale(qint::RescaleOp op) {
  qint::StepAttr step = op.getStep();
  // Without a clip the bounds are those of int64_t, whose difference is none.
  uint64_t levels = static_cast<uint64_t>(step.getClampMax()) - static_cast<uint64_t>(step.getClampMin());
  if (levels >= mostLevels) {
    if (line(op))
      return;
    if (levels >= UINT32_MAX) { // an activation's integers as they are
      unsigned bits = mlir::cast<mlir::RankedTensorType>(op.getResult().getType()).getElementTypeBitWidth();
      refuse(op, Verdict::DoesNotFit)
          << "its integers of " << bits
          << " bits are steps of no quantiser; the canonical form has steps of up "
             "to 8 bits ("
          << mostLevels - 1 << " thresholds). Put a quantiser of up to 8 bits behind it";
      return;
    }
    refuse(op, Verdict::DoesNotFit) << "its codes from " << step.getClampMin() << " to " << step.getClampMax()
                                    << " take " << levels
                                    << " thresholds; the canonical form has steps of up to 8 bits ("
                                    << mostLevels - 1 << " thresholds). Use a narrower quantiser";
    return;
  }
  Tensor in = of(op.getTerms()[0]);
  for (Value v : op.getTerms()) // the order of a term that is no constant
    if (!v.getDefiningOp<qint::ConstantOp>()) {
      in = of(v);
      break;
    }
  Spread spread = spreadOf(in.layout, step.getChannels(), step.getPeriod());
  std::optional<std::vector<Staircase>> found =
      op.getTerms().size() == 1 ? oneTerm(op, spread) : manyTerms(op, spread, in);
  if (!found)
    return;
  std::vector<Staircase> stairs = std::move(*found);
  bool rising = llvm::any_of(stairs, [](const Staircase &s) { return s.rises(); }),
       falling = llvm::any_of(stairs, [](const Staircase &s) { return s.falls(); }),
       monotone = llvm::none_of(stairs, [](const Staircase &s) { return s.rises() && s.falls(); });
  model::Range codes{INT64_MAX, INT64_MIN};
  for (const Staircase &s : stairs)
    codes = {std::min(codes.min, s.least()), std::max(codes.max, s.most())};
  std::string node = nodeName(op), key = claimKey(op.getResult(), in.layout);
  if (rising && falling && monotone) { // channels that fall are turned round
    Shape signs;
    for (Staircase &s : stairs) {
      signs.push_back(s.falls() ? -1 : 1);
      if (s.falls())
        s = s.mirrored();
    }
    in = elementwise("Mul", in, perChannel(in.layout, spread, signs, node + "_signs"), in.range,
                     node + "_signed");
    falling = false;
  }
  if (llvm::all_of(stairs, [&](const Staircase &s) { return s.sameFunction(stairs[0]); })) {
    for (const Staircase &s : stairs)
      stairs[0].lo = std::min(stairs[0].lo, s.lo), stairs[0].hi = std::max(stairs[0].hi, s.hi);
    stairs.resize(1);
  }
  Type element = cast<RankedTensorType>(op.getType()).getElementType();
  bool bipolar = element.isSignedInteger(1);
  auto code = [&](int64_t y) { return bipolar ? 2 * y - 1 : y; };
  int64_t unit = bipolar ? 2 : 1;
  // The quantiser's name goes where its codes are; a step before the pooling, say, is only on the way there.
  if (key.empty())
    node += "_step";
  std::string name = key.empty() ? graph.freshTensor(node + "_output") : key;
  auto rowsFor = [&](int64_t sign, int64_t base) {
    std::vector<int64_t> ahead;
    for (const Staircase &s : stairs)
      ahead.push_back(sign * (s.first - base));
    return thresholdRows(stairs, sign, ahead);
  };
  auto write = [&](const Rows &rows, int64_t sign, int64_t bias, StringRef nodeAs, StringRef nameAs) {
    if (rows.rows * rows.columns > mostEntries) {
      refuse(op, Verdict::DoesNotFit)
          << "takes " << rows.rows * rows.columns << " thresholds (" << rows.columns << " for each of "
          << rows.rows << " channels), more than " << mostEntries;
      return Tensor{nameAs.str(), in.layout, {}};
    }
    result.steps.push_back(
        {nameAs == name ? key : "", nodeAs.str(), rows.rows, rows.columns, sign * unit, bias});
    return threshold(in, spread, rows, sign * unit, bias, element, nodeAs, nameAs);
  };
  Tensor y;
  if (!rising && falling) {
    int64_t base = codes.max;
    y = write(rowsFor(-1, base), -1, code(base), node, name);
  } else if (!falling) {
    int64_t base = stairs[0].first;
    for (const Staircase &s : stairs)
      base = std::min(base, s.first);
    y = write(rowsFor(1, base), 1, code(base), node, name);
  } else { // up and down in one channel: what it has risen less what it has fallen
    int64_t base = stairs[0].first;
    for (const Staircase &s : stairs)
      base = std::min(base, s.first);
    std::string up = graph.freshTensor(node + "_risen"), down = graph.freshTensor(node + "_fallen");
    Tensor risen = write(rowsFor(1, base), 1, code(base), up, up);
    std::vector<int64_t> none(stairs.size(), 0);
    Tensor fallen = write(thresholdRows(stairs, -1, none), 1, 0, down, down);
    y = elementwise("Sub", risen, fallen.name, codes, node + "_difference");
    y.range = codes;
    quant(y, element, node, name);
  }
  y.range = {code(codes.min), code(codes.max)};
  define(op.getResult(), y);
}

} // namespace dyadic::canonical
