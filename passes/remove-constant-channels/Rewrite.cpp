// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass remove-constant-channels: takes planned channels out of weights, steps, tensors and readers.
#include "mlir/IR/Builders.h"
#include "passes/Passes.h"
#include "passes/remove-constant-channels/Plan.h"

using namespace mlir;
namespace dyadic {
#define GEN_PASS_DEF_REMOVECONSTANTCHANNELS
#include "passes/Passes.h.inc"
namespace {
using namespace constant_channels;

struct RemoveConstantChannels : impl::RemoveConstantChannelsBase<RemoveConstantChannels> {
  void runOnOperation() override {
    int64_t total = 0;
    for (auto &[value, site] : plan(getOperation())) {
      SmallVector<int64_t> keep;
      for (size_t c = 0; c < site.removable.size(); ++c)
        if (!site.removable[c])
          keep.push_back(static_cast<int64_t>(c));
      total += site.removed();
      // Readers first: they need the tensor's old extents.
      shrinkReaders(site.rescale.getResult(), site, keep);
      shrinkProducer(site, keep);
      site.rescale->setAttr("removed_channels",
                            IntegerAttr::get(IntegerType::get(&getContext(), 64), site.removed()));
    }
    if (total != 0)
      getOperation()->setAttr("qint.removed_channels",
                              IntegerAttr::get(IntegerType::get(&getContext(), 64), total));
  }

  static void setChannels(Value v, int64_t channels) {
    auto type = cast<RankedTensorType>(v.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = channels;
    v.setType(RankedTensorType::get(shape, type.getElementType()));
  }

  /// Keeps `keep` of the entries along `axis` of an operand's constant. `lost` sees each dropped weight with
  /// its index.
  static void shrinkWeights(OpOperand &operand, unsigned axis, ArrayRef<int64_t> keep,
                            function_ref<void(ArrayRef<int64_t>, int64_t)> lost) {
    auto constant = operand.get().getDefiningOp<qint::ConstantOp>();
    auto values = cast<DenseIntElementsAttr>(constant.getValues());
    ArrayRef<int64_t> shape = values.getType().getShape();
    SmallVector<int64_t> index(shape.size(), 0), shrunk(shape);
    shrunk[axis] = static_cast<int64_t>(keep.size());
    SmallVector<bool> kept(shape[axis], false);
    for (int64_t k : keep)
      kept[k] = true;
    SmallVector<APInt> out;
    for (const APInt &v : values) {
      if (kept[index[axis]])
        out.push_back(v);
      else
        lost(index, v.getSExtValue());
      for (size_t d = shape.size(); d-- > 0;) {
        if (++index[d] < shape[d])
          break;
        index[d] = 0;
      }
    }
    OpBuilder b(constant);
    auto attr = DenseIntElementsAttr::get(RankedTensorType::get(shrunk, values.getElementType()), out);
    auto type = RankedTensorType::get(shrunk, cast<RankedTensorType>(constant.getType()).getElementType());
    operand.set(qint::ConstantOp::create(b, constant.getLoc(), type, attr));
    if (constant->use_empty())
      constant.erase();
  }

  /// Drops input columns of a linear op; what the constants added moves into its step.
  static void shrinkInputs(OpOperand &weights, Value accumulators, unsigned axis, ArrayRef<int64_t> keep,
                           int64_t outputs, function_ref<int64_t(int64_t)> valueOf) {
    SmallVector<int64_t> delta(outputs, 0);
    shrinkWeights(weights, axis, keep,
                  [&](ArrayRef<int64_t> index, int64_t w) { delta[index[0]] += w * valueOf(index[axis]); });
    if (llvm::any_of(delta, [](int64_t d) { return d != 0; })) {
      qint::RescaleOp step = stepBehind(accumulators);
      step.setStepAttr(shift(step.getStep(), delta));
    }
  }

  void shrinkReaders(Value v, const Site &site, ArrayRef<int64_t> keep) {
    int64_t channels = static_cast<int64_t>(site.removable.size());
    for (Operation *user : llvm::to_vector(v.getUsers())) {
      if (auto tap = dyn_cast<qint::TapOp>(user)) {
        SmallVector<int64_t> constants(channels, 0);
        for (int64_t c = 0; c < channels; ++c)
          if (site.removable[c])
            constants[c] = site.code[c] * tap.getCodeMul() + tap.getCodeAdd();
        tap.setKept(keep);
        tap.setConstants(constants);
        tap.setKeptAxisAttr(IntegerAttr::get(IntegerType::get(&getContext(), 64, IntegerType::Signed),
                                             cast<RankedTensorType>(v.getType()).getRank() - 1));
      } else if (auto conv = dyn_cast<qint::Conv2DOp>(user)) {
        int64_t zero = conv.getInputZero();
        shrinkInputs(conv.getWeightsMutable(), conv.getResult(), 3, keep,
                     cast<RankedTensorType>(conv.getWeights().getType()).getDimSize(0),
                     [&](int64_t c) { return site.code[c] - zero; });
      } else if (auto pool = dyn_cast<qint::PoolOp>(user)) {
        shrinkReaders(pool.getResult(), site, keep);
        setChannels(pool.getResult(), static_cast<int64_t>(keep.size()));
      } else if (auto same = dyn_cast<qint::ReshapeOp>(user); same && keepsChannels(same)) {
        shrinkReaders(same.getResult(), site, keep);
        setChannels(same.getResult(), static_cast<int64_t>(keep.size()));
      } else if (auto flat = dyn_cast<qint::ReshapeOp>(user)) {
        for (Operation *m : llvm::to_vector(flat->getUsers()))
          shrinkMatMul(cast<qint::MatMulOp>(m), site, keep);
        int64_t depth = cast<RankedTensorType>(flat.getType()).getDimSize(1);
        setChannels(flat.getResult(), depth / channels * static_cast<int64_t>(keep.size()));
      } else if (auto m = dyn_cast<qint::MatMulOp>(user)) {
        shrinkMatMul(m, site, keep);
      } // a depthwise op loses its channels as the producer of its own site
    }
  }

  static void shrinkMatMul(qint::MatMulOp m, const Site &site, ArrayRef<int64_t> keep) {
    auto w = cast<RankedTensorType>(m.getWeights().getType());
    int64_t channels = static_cast<int64_t>(site.removable.size()), zero = m.getInputZero();
    SmallVector<int64_t> columns;
    for (int64_t base = 0; base < w.getDimSize(1); base += channels)
      for (int64_t c : keep)
        columns.push_back(base + c);
    shrinkInputs(m.getWeightsMutable(), m.getResult(), 1, columns, w.getDimSize(0),
                 [&](int64_t k) { return site.code[k % channels] - zero; });
  }

  static void shrinkProducer(Site &site, ArrayRef<int64_t> keep) {
    auto ignore = [](ArrayRef<int64_t>, int64_t) {};
    bool depthwise = isa<qint::DepthwiseConv2DOp>(site.producer);
    shrinkWeights(site.producer->getOpOperand(1), depthwise ? 2 : 0, keep, ignore);
    int64_t channels = static_cast<int64_t>(keep.size());
    for (Value v = site.rescale.getTerms()[0];; v = v.getDefiningOp()->getOperand(0)) {
      setChannels(v, channels);
      if (v.getDefiningOp() == site.producer)
        break;
    }
    site.rescale.setStepAttr(select(site.rescale.getStep(), keep));
    setChannels(site.rescale.getResult(), channels);
  }
};

} // namespace
} // namespace dyadic
