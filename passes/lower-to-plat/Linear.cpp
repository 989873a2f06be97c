// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products, by multiplication or by table, each with the step behind it.
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {

constexpr int64_t maxTableBytes = 65536;

/// The code whose stored bits are `bits`.
int64_t decode(Type type, int64_t bits) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (type.isSignedInteger(1))
    return bits ? 1 : -1;
  return type.isSignedInteger() && (bits >> (width - 1)) ? bits - (int64_t{1} << width) : bits;
}

int64_t windowsMacs(RankedTensorType out, int64_t perOutput) { return out.getNumElements() * perOutput; }

} // namespace

FailureOr<DictionaryAttr> Lowering::productTable(Operation *op, Type in, Type weight, int64_t zero) {
  unsigned inBits = in.getIntOrFloatBitWidth(), weightBits = weight.getIntOrFloatBitWidth();
  if (inBits + weightBits > 16)
    return op->emitOpError() << "cannot use a table: " << weightBits << "-bit weights and " << inBits
                             << "-bit activations need 2^" << inBits + weightBits
                             << " entries, more than the 65536 bytes allowed; use --impl mac for this node";
  SmallVector<int64_t> entries;
  for (int64_t w = 0; w < int64_t{1} << weightBits; ++w)
    for (int64_t x = 0; x < int64_t{1} << inBits; ++x)
      entries.push_back(decode(weight, w) * (decode(in, x) - zero));
  auto [lo, hi] = std::minmax_element(entries.begin(), entries.end());
  unsigned bits = *lo >= -128 && *hi <= 127 ? 8 : *lo >= -32768 && *hi <= 32767 ? 16 : 32;
  int64_t bytes = static_cast<int64_t>(entries.size()) * bits / 8;
  if (bytes > maxTableBytes)
    return op->emitOpError() << "cannot use a table: " << entries.size() << " products of " << weightBits
                             << "-bit weights and " << inBits << "-bit activations take " << bytes
                             << " bytes, more than the 65536 allowed; use --impl mac for this node";
  std::string name = "products_" + std::to_string(weightBits) + "x" + std::to_string(inBits);
  return params()
      .attribute("entries", constant(plat::Role::Table, name, si(bits), entries, "weight input"))
      .number("entry_bits", bits)
      .number("in_bits", inBits)
      .get();
}

LogicalResult Lowering::convolution(Operation *op, StringRef kernelName, Value input, Value weights,
                                    DictionaryAttr geometry, int64_t zero, bool lut, StringRef node,
                                    int64_t macs) {
  if (!weights.getDefiningOp<qint::ConstantOp>())
    return op->emitOpError() << "'" << node
                             << "' multiplies two computed tensors; only constant weights have a kernel";
  if (zero < INT32_MIN || zero > INT32_MAX)
    return op->emitOpError()
           << "'" << node << "' reads the integer " << zero
           << " as 0; kernels take those of 32 bits: quantise what it reads in the exporter";
  Value acc = op->getResult(0), in = viewOf(input);
  nextLayer();
  Type inType = typeOf(input).getElementType(), weightType = typeOf(weights).getElementType();
  auto out = epilogue(op, acc);
  if (failed(out))
    return failure();
  std::string name = kernelName.str();
  DictionaryAttr table;
  if (lut) {
    auto made = productTable(op, inType, weightType, zero);
    if (failed(made))
      return failure();
    table = *made;
    name += "_lut";
  }
  NamedAttrList fields(geometry);
  Builder b(context);
  fields.set("block", b.getI64IntegerAttr(1));
  fields.set("acc_bits", b.getI64IntegerAttr(typeOf(acc).getElementTypeBitWidth()));
  fields.set("in", operand(inType, zero));
  fields.set("weight", operand(weightType, 0));
  fields.set("out", *out);
  FlatSymbolRefAttr packed = weightsOf(weights, plat::findKernel(name)->weightLayout);
  Value result = resultOf(acc);
  kernel(name, node, in, place(result), packed, fields.getDictionary(context), table, macs);
  if (Attribute why = op->getAttr("impl_why"))
    network.getBody().front().back().setAttr("impl_why", why);
  taps(result);
  return success();
}

LogicalResult Lowering::lower(qint::Conv2DOp op) {
  auto in = typeOf(op.getInput()).getShape(), w = typeOf(op.getWeights()).getShape();
  auto out = typeOf(op.getResult());
  auto s = op.getStrides(), d = op.getDilations(), p = op.getPads();
  auto geometry = params()
                      .number("batch", in[0])
                      .number("in_c", in[3])
                      .number("out_c", w[0])
                      .number("groups", op.getGroup())
                      .attribute("h", axis(in[1], out.getShape()[1], w[1], s[0], d[0], p[0]))
                      .attribute("w", axis(in[2], out.getShape()[2], w[2], s[1], d[1], p[1]))
                      .get();
  return convolution(op, "conv2d", op.getInput(), op.getWeights(), geometry, op.getInputZero(),
                     op.getImpl() == qint::Impl::Lut, op.getNode(), windowsMacs(out, w[1] * w[2] * w[3]));
}

LogicalResult Lowering::lower(qint::DepthwiseConv2DOp op) {
  auto in = typeOf(op.getInput()).getShape(), w = typeOf(op.getWeights()).getShape();
  auto out = typeOf(op.getResult());
  auto s = op.getStrides(), d = op.getDilations(), p = op.getPads();
  auto geometry = params()
                      .number("batch", in[0])
                      .number("in_c", in[3])
                      .number("out_c", w[2])
                      .number("groups", w[2])
                      .attribute("h", axis(in[1], out.getShape()[1], w[0], s[0], d[0], p[0]))
                      .attribute("w", axis(in[2], out.getShape()[2], w[1], s[1], d[1], p[1]))
                      .get();
  return convolution(op, "depthwise", op.getInput(), op.getWeights(), geometry, op.getInputZero(),
                     op.getImpl() == qint::Impl::Lut, op.getNode(), windowsMacs(out, w[0] * w[1]));
}

LogicalResult Lowering::lower(qint::MatMulOp op) {
  bool lut = op.getImpl() == qint::Impl::Lut;
  auto w = typeOf(op.getWeights()).getShape();
  int64_t macs = typeOf(op.getResult()).getNumElements() * w[1];
  auto columns = op.getInput().getDefiningOp<qint::Im2ColOp>();
  if (!columns) {
    auto geometry = params()
                        .number("rows", typeOf(op.getInput()).getShape()[0])
                        .number("k", w[1])
                        .number("out_c", w[0])
                        .get();
    return convolution(op, "matmul", op.getInput(), op.getWeights(), geometry, op.getInputZero(), lut,
                       op.getNode(), macs);
  }
  if (op.getInputZero() != 0)
    return op.emitOpError("reads columns, whose zero is already subtracted, with a zero of its own");
  // A convolution: the columns are built in the kernel's scratch.
  auto in = typeOf(columns.getInput()).getShape();
  auto k = columns.getKernel(), s = columns.getStrides(), d = columns.getDilations(), p = columns.getPads();
  auto windows = [&](size_t i) { return (in[1 + i] + p[i] + p[2 + i] - d[i] * (k[i] - 1) - 1) / s[i] + 1; };
  auto geometry = params()
                      .number("batch", in[0])
                      .number("in_c", in[3])
                      .number("out_c", w[0])
                      .number("groups", 1)
                      .attribute("h", axis(in[1], windows(0), k[0], s[0], d[0], p[0]))
                      .attribute("w", axis(in[2], windows(1), k[1], s[1], d[1], p[1]))
                      .get();
  return convolution(op, "conv2d", columns.getInput(), op.getWeights(), geometry, columns.getInputZero(), lut,
                     op.getNode(), macs);
}

} // namespace dyadic::lower_to_plat
