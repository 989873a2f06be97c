// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Window maxima and sums; a sum's step may depend on how many inputs its window covers.
#include "dialects/qint/StepArrays.h"
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {

/// Rows and columns of the output whose steps are the same, and the step's channels in the order the kernel
/// wants.
struct Classes {
  SmallVector<int64_t> row, column; ///< class of each row and column
  int64_t rows = 0, columns = 0;    ///< number of classes
  int64_t perClass = 1;             ///< 1 or the tensor's channels
  SmallVector<int64_t> channels;    ///< of the proven step, [class][perClass]
};

Classes classify(qint::StepAttr step, int64_t height, int64_t width, int64_t depth) {
  auto channel = [&](int64_t h, int64_t w, int64_t c) {
    return ((h * width + w) * depth + c) / step.getPeriod() % step.getChannels();
  };
  auto sameAt = [&](int64_t h0, int64_t w0, int64_t h1, int64_t w1) {
    for (int64_t c = 0; c < depth; ++c)
      if (!qint::sameChannel(step, channel(h0, w0, c), channel(h1, w1, c)))
        return false;
    return true;
  };
  Classes out;
  SmallVector<int64_t> firstRow, firstColumn;
  for (int64_t h = 0; h < height; ++h) {
    auto same = [&](int64_t other) {
      for (int64_t w = 0; w < width; ++w)
        if (!sameAt(other, w, h, w))
          return false;
      return true;
    };
    auto it = llvm::find_if(firstRow, same);
    out.row.push_back(it - firstRow.begin());
    if (it == firstRow.end())
      firstRow.push_back(h);
  }
  for (int64_t w = 0; w < width; ++w) {
    auto same = [&](int64_t other) {
      return llvm::all_of(firstRow, [&](int64_t h) { return sameAt(h, other, h, w); });
    };
    auto it = llvm::find_if(firstColumn, same);
    out.column.push_back(it - firstColumn.begin());
    if (it == firstColumn.end())
      firstColumn.push_back(w);
  }
  for (int64_t h : firstRow)
    for (int64_t w : firstColumn)
      for (int64_t c = 1; c < depth; ++c)
        if (!qint::sameChannel(step, channel(h, w, 0), channel(h, w, c)))
          out.perClass = depth;
  for (int64_t h : firstRow)
    for (int64_t w : firstColumn)
      for (int64_t c = 0; c < out.perClass; ++c)
        out.channels.push_back(channel(h, w, c));
  out.rows = firstRow.size();
  out.columns = firstColumn.size();
  return out;
}

} // namespace

LogicalResult Lowering::lower(qint::PoolOp op) {
  auto in = typeOf(op.getInput()), out = typeOf(op.getResult());
  auto k = op.getKernel(), s = op.getStrides(), d = op.getDilations(), p = op.getPads();
  Params fields = params();
  fields.number("batch", in.getShape()[0]).number("channels", in.getShape()[3]).number("block", 1);
  fields.attribute("h", axis(in.getShape()[1], out.getShape()[1], k[0], s[0], d[0], p[0]));
  fields.attribute("w", axis(in.getShape()[2], out.getShape()[2], k[1], s[1], d[1], p[1]));
  Value source = viewOf(op.getInput());
  nextLayer();
  if (op.getKind() != qint::PoolKind::Sum) {
    fields.number("minimum", op.getKind() == qint::PoolKind::Min)
        .attribute("type", plat::typeParams(in.getElementType()));
    kernel("pool_max", op.getNode(), source, place(op.getResult()), {}, fields.get(), {}, 0);
    taps(op.getResult());
    return success();
  }
  Value result = resultOf(op.getResult());
  Params epilogue = params();
  epilogue.attribute("type", plat::typeParams(typeOf(result).getElementType()));
  int64_t columnClasses = 1, perClass = 1;
  if (qint::RescaleOp rescale = epilogueOf(op.getResult())) {
    Classes classes = classify(rescale.getStep(), out.getShape()[1], out.getShape()[2], out.getShape()[3]);
    if (classes.rows > 256 || classes.columns > 256)
      return op.emitOpError() << "'" << op.getNode() << "' averages over " << classes.rows << " x "
                              << classes.columns << " kinds of window; at most 256 x 256 are supported";
    bool same = classes.rows == 1 && classes.columns == 1;
    auto name = step(op, rescale.getStep(), rescale.getNode(), classes.channels);
    if (failed(name))
      return failure();
    epilogue.attribute("step", *name);
    columnClasses = classes.columns;
    perClass = classes.perClass;
    if (!same) {
      fields.attribute("row_class", paramArray("row_class", ui(8), classes.row));
      fields.attribute("column_class", paramArray("column_class", ui(8), classes.column));
    }
  }
  fields.number("column_classes", columnClasses).number("channels_per_class", perClass);
  fields.number("acc_bits", out.getElementTypeBitWidth())
      .attribute("in", operand(in.getElementType(), op.getInputZero()));
  fields.attribute("out", epilogue.get());
  kernel("pool_sum", op.getNode(), source, place(result), {}, fields.get(), {}, 0);
  taps(result);
  return success();
}

} // namespace dyadic::lower_to_plat
