// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A channel goes only if every reader can do without it, exactly, at the borders too.
#include "passes/remove-constant-channels/Plan.h"
#include "dialects/qint/StepArrays.h"

using namespace mlir;
namespace dyadic::constant_channels {
namespace {

int64_t channelsOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape().back(); }
Type elementOf(Value v) { return cast<RankedTensorType>(v.getType()).getElementType(); }
bool unpadded(ArrayRef<int64_t> pads) {
  return llvm::all_of(pads, [](int64_t p) { return p == 0; });
}

struct Planner {
  llvm::MapVector<Value, Site> sites;

  /// The site whose channels `v` carries, through pooling and reshapes.
  Site *origin(Value v) {
    for (Operation *op = v.getDefiningOp(); op; op = v.getDefiningOp()) {
      auto reshape = dyn_cast<qint::ReshapeOp>(op);
      if (!isa<qint::PoolOp>(op) && !(reshape && keepsChannels(reshape)))
        break;
      v = op->getOperand(0);
    }
    auto it = sites.find(v);
    return it == sites.end() ? nullptr : &it->second;
  }

  /// Whether a constant `value` (code - zero) can vanish from a linear op's input: it adds nothing, or what
  /// it adds is the same at every position and moves into the step.
  static bool absorbs(Value accumulators, int64_t value, bool everyPositionAlike) {
    if (value == 0)
      return true;
    qint::RescaleOp step = stepBehind(accumulators);
    return everyPositionAlike && step && foldable(step);
  }

  bool readersAllow(Value v, int64_t c, int64_t code) {
    return llvm::all_of(v.getUsers(), [&](Operation *user) {
      if (auto tap = dyn_cast<qint::TapOp>(user))
        return !tap.getKept(); // one that lost channels already cannot tell which are meant
      if (auto conv = dyn_cast<qint::Conv2DOp>(user))
        return conv.getGroup() == 1 &&
               absorbs(conv.getResult(), code - conv.getInputZero(), unpadded(conv.getPads()));
      if (auto dw = dyn_cast<qint::DepthwiseConv2DOp>(user)) {
        qint::RescaleOp step = stepBehind(dw.getResult());
        auto it = step ? sites.find(step.getResult()) : sites.end();
        return it != sites.end() && it->second.removable[c];
      }
      if (auto pool = dyn_cast<qint::PoolOp>(user))
        return pool.getKind() != qint::PoolKind::Sum && readersAllow(pool.getResult(), c, code);
      if (auto flat = dyn_cast<qint::ReshapeOp>(user)) {
        if (keepsChannels(flat))
          return readersAllow(flat.getResult(), c, code);
        auto type = cast<RankedTensorType>(flat.getType());
        return type.getRank() == 2 && type.getDimSize(1) % channelsOf(v) == 0 &&
               llvm::all_of(flat->getUsers(),
                            [&](Operation *u) { return isa<qint::MatMulOp>(u) && matmulAllows(u, code); });
      }
      return isa<qint::MatMulOp>(user) && matmulAllows(user, code);
    });
  }
  static bool matmulAllows(Operation *op, int64_t code) {
    auto m = cast<qint::MatMulOp>(op);
    return absorbs(m.getResult(), code - m.getInputZero(), true);
  }

  void collect(ModuleOp module) {
    module.walk([&](qint::RescaleOp op) {
      if (op.getTerms().size() != 1)
        return;
      Value accumulators = op.getTerms()[0];
      while (auto reshape = accumulators.getDefiningOp<qint::ReshapeOp>())
        accumulators = reshape.getInput();
      Operation *producer = accumulators.getDefiningOp();
      auto conv = dyn_cast_or_null<qint::Conv2DOp>(producer);
      if (!(conv && conv.getGroup() == 1) &&
          !isa_and_nonnull<qint::DepthwiseConv2DOp, qint::MatMulOp>(producer))
        return;
      if (stepBehind(producer->getResult(0)) != op)
        return;
      Site site{op, producer, {}, {}};
      bool bipolar = elementOf(op.getResult()).isSignedInteger(1);
      for (int64_t c = 0; c < channelsOf(op.getResult()); ++c) {
        site.removable.push_back(static_cast<qint::StepForm>(op.getStep().getForms()[c]) ==
                                 qint::StepForm::constant);
        int64_t y = op.getStep().getBias()[c];
        site.code.push_back(bipolar ? 2 * y - 1 : y);
      }
      sites[op.getResult()] = std::move(site);
    });
  }

  bool keeps(Site &site, int64_t c) {
    if (auto dw = dyn_cast<qint::DepthwiseConv2DOp>(site.producer)) {
      Site *in = origin(dw.getInput()); // a depthwise op has the channels of its input
      if (!in || !in->removable[c])
        return true;
    }
    return !readersAllow(site.rescale.getResult(), c, site.code[c]);
  }
};

} // namespace

bool keepsChannels(qint::ReshapeOp reshape) {
  return channelsOf(reshape.getInput()) == channelsOf(reshape.getResult());
}

qint::RescaleOp stepBehind(Value accumulators) {
  while (accumulators.hasOneUse()) {
    auto reshape = dyn_cast<qint::ReshapeOp>(*accumulators.user_begin());
    if (!reshape || !keepsChannels(reshape))
      break;
    accumulators = reshape.getResult();
  }
  if (!accumulators.hasOneUse())
    return nullptr;
  auto step = dyn_cast<qint::RescaleOp>(*accumulators.user_begin());
  if (!step || step.getTerms().size() != 1 || step.getStep().getPeriod() != 1 ||
      step.getStep().getChannels() != channelsOf(accumulators))
    return nullptr;
  return step;
}

bool foldable(qint::RescaleOp step) {
  // The step of a' = a - delta multiplies a' and delta apart: each product must fit where only their sum was
  // proven to. Sums of 32 bits hold a, a' and delta alike.
  constexpr int64_t mostFactor = int64_t{1} << 30, mostBias = int64_t{1} << 61;
  qint::StepAttr s = step.getStep();
  bool narrow = elementOf(step.getTerms()[0]).isSignedInteger(32);
  auto within = [](int64_t v, int64_t most) { return v >= -most && v <= most; };
  for (int64_t c = 0; c < s.getChannels(); ++c)
    switch (static_cast<qint::StepForm>(s.getForms()[c])) {
    case qint::StepForm::wide:
      return false;
    case qint::StepForm::pieces:
      if (!narrow || !llvm::all_of(*qint::piecesOf(qint::auxOf(s, c)), [&](const qint::StepPiece &piece) {
            return piece.wide.empty() && within(piece.m, mostFactor) && within(piece.b, mostBias);
          }))
        return false;
      break;
    case qint::StepForm::twoSegment: {
      ArrayRef<int64_t> aux = s.getAux().asArrayRef().drop_front(s.getAuxBegin()[c]);
      if (!within(aux[1], mostFactor) || !within(aux[2], mostBias))
        return false;
      [[fallthrough]];
    }
    case qint::StepForm::dyadic32:
    case qint::StepForm::dyadic64:
    case qint::StepForm::halfEven:
      if (!narrow || !within(s.getMult()[c], mostFactor) || !within(s.getBias()[c], mostBias))
        return false;
      break;
    default:
      break;
    }
  return true;
}

llvm::MapVector<Value, Site> plan(ModuleOp module) {
  Planner p;
  p.collect(module);
  for (bool changed = true; changed;) {
    changed = false;
    for (auto &[value, site] : p.sites) {
      for (size_t c = 0; c < site.removable.size(); ++c)
        if (site.removable[c] && p.keeps(site, static_cast<int64_t>(c))) {
          site.removable[c] = false;
          changed = true;
        }
      if (site.removed() == site.removable.size()) { // a tensor keeps at least one channel
        site.removable[0] = false;
        changed = true;
      }
    }
  }
  p.sites.remove_if([](const auto &entry) { return entry.second.removed() == 0; });
  return std::move(p.sites);
}

} // namespace dyadic::constant_channels
