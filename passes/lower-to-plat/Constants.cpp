// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs constants the way they lie in memory and keeps equal ones once.
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {

constexpr size_t minSharedBytes = 32;

/// The memory image: a bit stream in bytes up to 8 bits, containers above, all little-endian. A bipolar -1 is
/// bit 0.
std::vector<char> imageOf(Type element, ArrayRef<int64_t> values) {
  unsigned bits = plat::storedBits(element);
  std::vector<char> image(plat::packedBytes(element, values.size()));
  bool bipolar = element.isSignedInteger(1);
  uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  uint64_t at = 0;
  for (int64_t value : values) {
    uint64_t code = static_cast<uint64_t>(bipolar ? value > 0 : value) & mask;
    for (unsigned done = 0; done < bits;) { // a code of up to 8 bits may cross a byte
      unsigned shift = at % 8, take = std::min(bits - done, 8 - shift);
      image[at / 8] |= static_cast<char>(((code >> done) & ((1u << take) - 1)) << shift);
      done += take;
      at += take;
    }
  }
  return image;
}

} // namespace

FlatSymbolRefAttr Lowering::constant(plat::Role role, StringRef name, Type element, ArrayRef<int64_t> values,
                                     StringRef layout) {
  std::vector<char> image = imageOf(element, values);
  std::string kind;
  llvm::raw_string_ostream(kind) << element << " " << values.size() << " " << layout;
  if (role == plat::Role::Param && image.size() < minSharedBytes) // a scalar reads better beside its layer
    kind += " " + std::to_string(layer);
  auto &symbol = known[{kind, std::string(image.begin(), image.end())}];
  if (symbol)
    return symbol;
  std::string unique = name.str();
  if (int64_t before = names[name]++)
    unique += "_" + std::to_string(before);
  symbol = FlatSymbolRefAttr::get(context, unique);
  unsigned stored = std::max(8u, plat::storedBits(element));
  auto type = RankedTensorType::get({static_cast<int64_t>(image.size() * 8 / stored)},
                                    IntegerType::get(context, stored));
  plat::ConstantOp::create(declare, network.getLoc(), unique, role, plat::Level::L3, element,
                           static_cast<int64_t>(values.size()), layout,
                           DenseElementsAttr::getFromRawBuffer(type, image));
  return symbol;
}

FlatSymbolRefAttr Lowering::paramArray(StringRef name, Type element, ArrayRef<int64_t> values) {
  return values.empty() ? FlatSymbolRefAttr()
                        : constant(plat::Role::Param, layerName(name), element, values, "");
}

FlatSymbolRefAttr Lowering::weightsOf(Value value, StringRef layout) {
  auto op = value.getDefiningOp<qint::ConstantOp>();
  SmallVector<int64_t> values;
  auto dense = cast<DenseIntElementsAttr>(op.getValues());
  values.reserve(dense.getNumElements());
  for (const APInt &v : dense)
    values.push_back(v.getSExtValue());
  std::string name = layerName("");
  return constant(plat::Role::Weights, "weights_" + name.substr(6, name.size() - 7),
                  typeOf(value).getElementType(), values, layout);
}

} // namespace dyadic::lower_to_plat
