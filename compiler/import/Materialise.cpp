// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns a constant that meets an activation into qonnx.constant or qonnx.quant_constant.
#include "compiler/import/Materialise.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

template <typename T> DenseElementsAttr narrowed(RankedTensorType type, llvm::ArrayRef<int64_t> codes) {
  std::vector<T> values(codes.begin(), codes.end());
  return DenseElementsAttr::getFromRawBuffer(
      type, llvm::ArrayRef<char>(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)));
}

/// i8, ui8, i16, i32 or i64, whichever first holds every code.
DenseElementsAttr codesAttr(MLIRContext *context, DimsRef shape, llvm::ArrayRef<int64_t> codes) {
  auto [low, high] = std::minmax_element(codes.begin(), codes.end());
  auto fits = [&](int64_t least, int64_t most) { return *low >= least && *high <= most; };
  auto type = [&](unsigned bits, IntegerType::SignednessSemantics sign = IntegerType::Signless) {
    return RankedTensorType::get(shape, IntegerType::get(context, bits, sign));
  };
  if (fits(INT8_MIN, INT8_MAX))
    return narrowed<int8_t>(type(8), codes);
  if (fits(0, UINT8_MAX))
    return narrowed<uint8_t>(type(8, IntegerType::Unsigned), codes);
  if (fits(INT16_MIN, INT16_MAX))
    return narrowed<int16_t>(type(16), codes);
  if (fits(INT32_MIN, INT32_MAX))
    return narrowed<int32_t>(type(32), codes);
  return narrowed<int64_t>(type(64), codes);
}
} // namespace

DenseElementsAttr floats(MLIRContext *context, DimsRef shape, llvm::ArrayRef<float> values) {
  // Minus zero is zero (rule 17), so that equal constants are one attribute.
  std::vector<float> plain(values.begin(), values.end());
  for (float &v : plain)
    v = v == 0 ? 0 : v;
  return DenseElementsAttr::get(RankedTensorType::get(shape, Float32Type::get(context)),
                                llvm::ArrayRef<float>(plain));
}
DenseElementsAttr floats(MLIRContext *context, const Parameter &p) {
  return floats(context, p.shape, p.values);
}
DenseElementsAttr floats(MLIRContext *context, const Constant &c) { return floats(context, c.shape, c.f); }

FailureOr<Value> Importer::materialise(Node &node, const ConstantRef &constant) {
  if (auto known = made.find(constant.get()); known != made.end())
    return known->second;
  const Constant &c = *constant;
  if (c.type != import_::Type::f32)
    return node.refuse("its constant operand '" + shown(c.name) + "' is " + toString(c.type),
                       "float32 operands", "cast it to float32");
  for (float v : c.f)
    if (!std::isfinite(v))
      return node.refuse("its constant operand '" + shown(c.name) + "' holds " +
                             (std::isnan(v) ? "NaN" : "infinity"),
                         "finite values", "look for a diverged training or a broken export");
  auto type = node.tensorType(c.shape);
  if (failed(type))
    return failure();
  auto line = node.loc;
  if (auto named = dyn_cast<NameLoc>(node.loc))
    line = named.getChildLoc();
  const std::string &name = c.quantised ? c.quantised->node : c.name;
  Location loc = name.empty() ? line : Location(NameLoc::get(StringAttr::get(&context, name), line));
  Value value;
  if (c.quantised) {
    const Quantised &q = *c.quantised;
    value = qonnx::QuantConstantOp::create(builder, loc, *type, codesAttr(&context, c.shape, q.codes),
                                           floats(&context, q.scale), floats(&context, q.zero),
                                           builder.getF32FloatAttr(q.bits), builder.getBoolAttr(q.isSigned),
                                           builder.getBoolAttr(q.narrow));
  } else {
    value = qonnx::ConstantOp::create(builder, loc, *type, floats(&context, c));
  }
  kept[constant.get()] = constant;
  return made[constant.get()] = value;
}

} // namespace dyadic::import_
