// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass im2col: a dense convolution is a gathering of windows and a matrix product.
#include "dialects/qint/Qint.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Passes.h"

using namespace mlir;
namespace dyadic {
#define GEN_PASS_DEF_IM2COL
#include "passes/Passes.h.inc"
namespace {

/// A type that holds code - zero for every code, and 0 for padding.
Type valueType(Type code, int64_t zero) {
  int64_t lo = std::min<int64_t>(qint::minCode(code) - zero, 0),
          hi = std::max<int64_t>(qint::maxCode(code) - zero, 0);
  if (zero == 0 && !code.isSignedInteger(1))
    return code;
  for (unsigned bits = lo < 0 ? 2 : 1;; ++bits) {
    Type t = IntegerType::get(code.getContext(), bits, lo < 0 ? IntegerType::Signed : IntegerType::Unsigned);
    if (bits == 64 || (lo >= qint::minCode(t) && hi <= qint::maxCode(t)))
      return t;
  }
}

struct ConvToMatMul : OpRewritePattern<qint::Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(qint::Conv2DOp op, PatternRewriter &b) const override {
    auto weights = op.getWeights().getDefiningOp<qint::ConstantOp>();
    if (op.getGroup() != 1 || !weights)
      return failure();
    auto in = cast<RankedTensorType>(op.getInput().getType()),
         w = cast<RankedTensorType>(op.getWeights().getType()),
         out = cast<RankedTensorType>(op.getResult().getType());
    int64_t outputs = w.getDimSize(0), depth = w.getNumElements() / outputs,
            rows = out.getNumElements() / outputs;
    auto is = [](ArrayRef<int64_t> v, int64_t x) {
      return llvm::all_of(v, [x](int64_t y) { return y == x; });
    };
    bool pointwise = is(w.getShape().slice(1, 2), 1) && is(op.getStrides(), 1) && is(op.getPads(), 0);
    Value columns;
    int64_t zero = op.getInputZero();
    if (pointwise) {
      columns = qint::ReshapeOp::create(
          b, op.getLoc(), RankedTensorType::get({rows, depth}, in.getElementType()), op.getInput());
    } else {
      auto type = RankedTensorType::get({rows, depth}, valueType(in.getElementType(), zero));
      columns = qint::Im2ColOp::create(b, op.getLoc(), type, op.getInput(),
                                       b.getDenseI64ArrayAttr(w.getShape().slice(1, 2)), op.getStridesAttr(),
                                       op.getPadsAttr(), op.getDilationsAttr(), op.getInputZeroAttr());
      zero = 0;
    }
    auto matrix = RankedTensorType::get({outputs, depth}, w.getElementType());
    auto values = cast<DenseElementsAttr>(weights.getValues());
    Value flat = qint::ConstantOp::create(
        b, weights.getLoc(), matrix,
        values.reshape(RankedTensorType::get({outputs, depth}, values.getElementType())));
    auto product = qint::MatMulOp::create(
        b, op.getLoc(), RankedTensorType::get({rows, outputs}, out.getElementType()), columns, flat,
        b.getIntegerAttr(b.getIntegerType(64, true), zero), op.getImplAttr(), op.getNodeAttr());
    b.replaceOpWithNewOp<qint::ReshapeOp>(op, out, product);
    return success();
  }
};

struct Im2Col : impl::Im2ColBase<Im2Col> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvToMatMul>(&getContext());
    GreedyRewriteConfig config;
    config.enableFolding();
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
} // namespace dyadic
