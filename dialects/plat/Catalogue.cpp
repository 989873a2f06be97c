// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The entries of the kernel catalogue and the schemas of the runtime's structs.
#include "dialects/plat/Catalogue.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
namespace dyadic::plat {
namespace {

using K = FieldKind;

const Field typeFields[] = {{"bits"}, {"is_signed"}};
const StructSchema typeSchema = {"dyadic_type", typeFields};
const Field operandFields[] = {{"type", K::nested, &typeSchema}, {"zero"}};
const StructSchema operandSchema = {"dyadic_operand", operandFields};
const Field axisFields[] = {{"in"}, {"out"}, {"kernel"}, {"stride"}, {"dilation"}, {"pad"}};
const StructSchema axisSchema = {"dyadic_axis", axisFields};
const Field epilogueFields[] = {{"type", K::nested, &typeSchema}, {"step", K::step}};
const StructSchema epilogueSchema = {"dyadic_epilogue", epilogueFields};

const Field lineFields[] = {
    {"m32", K::array}, {"m64", K::array}, {"b32", K::array}, {"b64", K::array}, {"n", K::array}};
const StructSchema lineSchema = {"dyadic_line", lineFields};
const Field segmentFields[] = {{"split", K::array}, {"upper", K::nested, &lineSchema}};
const StructSchema segmentSchema = {"dyadic_two_segment", segmentFields};
const Field thresholdFields[] = {{"values32", K::array},
                                 {"values64", K::array},
                                 {"first", K::array},
                                 {"count", K::array},
                                 {"descending", K::array}};
const StructSchema thresholdSchema = {"dyadic_thresholds", thresholdFields};
const Field tableFields[] = {
    {"entries", K::array}, {"entry", K::nested, &typeSchema}, {"first", K::array}, {"a_low", K::array}};
const StructSchema tableSchema = {"dyadic_table", tableFields};
const llvm::StringLiteral formNames[] = {
    "DYADIC_FORM_CONSTANT",  "DYADIC_FORM_DYADIC32",    "DYADIC_FORM_DYADIC64",
    "DYADIC_FORM_HALF_EVEN", "DYADIC_FORM_TWO_SEGMENT", "DYADIC_FORM_THRESHOLDS",
    "DYADIC_FORM_TABLE",     "DYADIC_FORM_WIDE",        "DYADIC_FORM_PIECES"};
const llvm::StringLiteral tieNames[] = {"DYADIC_TIE_INCLUSIVE", "DYADIC_TIE_EXCLUSIVE", "DYADIC_TIE_EVEN",
                                        "DYADIC_TIE_POSITIVE", "DYADIC_TIE_NOT_POSITIVE"};
const Field wideFields[] = {{"limbs"},         {"tie", K::number, nullptr, tieNames},
                            {"row", K::array}, {"A", K::array},
                            {"B", K::array},   {"P", K::array},
                            {"Q", K::array},   {"Q2", K::array}};
const StructSchema wideSchema = {"dyadic_wide", wideFields};
const Field pieceFields[] = {{"count"},
                             {"start", K::array},
                             {"forms", K::array},
                             {"line", K::nested, &lineSchema},
                             {"wide", K::pointer, &wideSchema}};
const StructSchema pieceSchema = {"dyadic_pieces", pieceFields};
const Field stepFields[] = {{"channels"},
                            {"terms"},
                            {"form", K::number, nullptr, formNames},
                            {"forms", K::array},
                            {"line", K::nested, &lineSchema},
                            {"clamp_min"},
                            {"clamp_max"},
                            {"segments", K::pointer, &segmentSchema},
                            {"thresholds", K::pointer, &thresholdSchema},
                            {"table", K::pointer, &tableSchema},
                            {"wide", K::pointer, &wideSchema},
                            {"pieces", K::pointer, &pieceSchema}};

const Field convFields[] = {{"batch"},
                            {"in_c"},
                            {"out_c"},
                            {"groups"},
                            {"h", K::nested, &axisSchema},
                            {"w", K::nested, &axisSchema},
                            {"block"},
                            {"acc_bits"},
                            {"in", K::nested, &operandSchema},
                            {"weight", K::nested, &operandSchema},
                            {"out", K::nested, &epilogueSchema}};
const StructSchema convSchema = {"dyadic_conv2d", convFields};
const Field matmulFields[] = {{"rows"},
                              {"k"},
                              {"out_c"},
                              {"block"},
                              {"acc_bits"},
                              {"in", K::nested, &operandSchema},
                              {"weight", K::nested, &operandSchema},
                              {"out", K::nested, &epilogueSchema}};
const StructSchema matmulSchema = {"dyadic_matmul", matmulFields};
const Field poolMaxFields[] = {
    {"batch"}, {"channels"}, {"h", K::nested, &axisSchema},   {"w", K::nested, &axisSchema},
    {"block"}, {"minimum"},  {"type", K::nested, &typeSchema}};
const StructSchema poolMaxSchema = {"dyadic_pool_max", poolMaxFields};
const Field poolSumFields[] = {{"batch"},
                               {"channels"},
                               {"h", K::nested, &axisSchema},
                               {"w", K::nested, &axisSchema},
                               {"block"},
                               {"acc_bits"},
                               {"row_class", K::array},
                               {"column_class", K::array},
                               {"column_classes"},
                               {"channels_per_class"},
                               {"in", K::nested, &operandSchema},
                               {"out", K::nested, &epilogueSchema}};
const StructSchema poolSumSchema = {"dyadic_pool_sum", poolSumFields};
const Field rescaleFields[] = {{"elements"},
                               {"period"},
                               {"in", K::list, &typeSchema},
                               {"out", K::nested, &typeSchema},
                               {"step", K::step}};
const StructSchema rescaleSchema = {"dyadic_rescale", rescaleFields};
const Field gatherAxisFields[] = {{"extent"}, {"in_stride"}, {"out_stride"},
                                  {"first"},  {"end"},       {"map", K::array}};
const StructSchema gatherAxisSchema = {"dyadic_gather_axis", gatherAxisFields};
const Field gatherFields[] = {{"in", K::nested, &typeSchema},
                              {"out", K::nested, &typeSchema},
                              {"rank"},
                              {"in_base"},
                              {"out_base"},
                              {"fill"},
                              {"axis", K::list, &gatherAxisSchema}};
const Field lutFields[] = {{"entries", K::array}, {"entry_bits"}, {"in_bits"}};

uint64_t up8(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

/// Codes minus zero fit a signed integer of `bits`; a copy of dyadic_fits_int16's rule (and int32's), held
/// equal by a test.
bool valuesFit(DictionaryAttr operand, unsigned bits) {
  int64_t width = numberAt(operand, "type.bits"), zero = numberAt(operand, "zero");
  bool isSigned = numberAt(operand, "type.is_signed") != 0;
  if (width > 40)
    return false;
  int64_t lo = !isSigned ? 0 : width == 1 ? -1 : -(int64_t{1} << (width - 1));
  int64_t hi = !isSigned ? (int64_t{1} << width) - 1 : width == 1 ? 1 : (int64_t{1} << (width - 1)) - 1;
  return lo - zero >= -(int64_t{1} << (bits - 1)) && hi - zero < (int64_t{1} << (bits - 1));
}
bool narrow(DictionaryAttr p) {
  return numberAt(p, "acc_bits") == 32 && valuesFit(p.getAs<DictionaryAttr>("in"), 16) &&
         valuesFit(p.getAs<DictionaryAttr>("weight"), 16);
}
/// Columns and one unpacked row of weights, see dyadic_conv2d.h.
uint64_t productScratch(DictionaryAttr p, uint64_t k) {
  uint64_t block = numberAt(p, "block");
  bool direct = numberAt(p, "weight.type.bits") == 8 && numberAt(p, "weight.type.is_signed") &&
                numberAt(p, "weight.zero") == 0;
  if (narrow(p))
    return up8(block * k * 2 + (direct ? 0 : k * 2));
  if (valuesFit(p.getAs<DictionaryAttr>("in"), 32))
    return up8((block + 1) * k * 4);
  return up8(block * k * 8);
}
uint64_t convK(DictionaryAttr p) {
  return uint64_t(numberAt(p, "h.kernel")) * numberAt(p, "w.kernel") *
         (numberAt(p, "in_c") / std::max<int64_t>(1, numberAt(p, "groups")));
}
uint64_t convScratch(DictionaryAttr p) { return productScratch(p, convK(p)); }
uint64_t matmulScratch(DictionaryAttr p) { return productScratch(p, numberAt(p, "k")); }
uint64_t convLutScratch(DictionaryAttr p) { return up8((numberAt(p, "block") + 1) * convK(p) * 2); }
uint64_t matmulLutScratch(DictionaryAttr p) { return up8((numberAt(p, "block") + 1) * numberAt(p, "k") * 2); }
uint64_t depthwiseScratch(DictionaryAttr p) {
  uint64_t d = std::min(numberAt(p, "block"), numberAt(p, "out_c")),
           t = numberAt(p, "h.kernel") * numberAt(p, "w.kernel");
  return narrow(p) ? up8(d * 6 + t * d * 2) : up8(d * 16 + t * d * 4);
}
uint64_t depthwiseLutScratch(DictionaryAttr p) {
  uint64_t d = std::min(numberAt(p, "block"), numberAt(p, "out_c")),
           t = numberAt(p, "h.kernel") * numberAt(p, "w.kernel");
  return up8(d * numberAt(p, "acc_bits") / 8 + d * 2 + t * d * 2);
}
uint64_t poolMaxScratch(DictionaryAttr p) {
  int64_t bits = numberAt(p, "type.bits");
  if (bits > 32 || (bits == 32 && numberAt(p, "type.is_signed") == 0))
    return 0;
  return std::min(numberAt(p, "block"), numberAt(p, "channels")) * 8;
}
uint64_t poolSumScratch(DictionaryAttr p) {
  return std::min(numberAt(p, "block"), numberAt(p, "channels")) * (numberAt(p, "acc_bits") == 64 ? 16 : 8);
}

using A = Argument;
const Argument linearArguments[] = {A::layer, A::input, A::weights, A::output, A::scratch};
const Argument lutArguments[] = {A::layer, A::lut, A::input, A::weights, A::output, A::scratch};
const Argument poolArguments[] = {A::layer, A::input, A::output, A::scratch};
const Argument moveArguments[] = {A::layer, A::input, A::output};
const Argument rescaleArguments[] = {A::layer, A::inputs, A::output};

using X = TileAxis;
using N = TileNumber;
const TileField convTile[] = {{"h.out", X::rows, N::outCount},   {"h.in", X::rows, N::inCount},
                              {"h.pad", X::rows, N::padding},    {"w.out", X::columns, N::outCount},
                              {"w.in", X::columns, N::inCount},  {"w.pad", X::columns, N::padding},
                              {"batch", X::images, N::outCount}, {"out_c", X::channels, N::outCount}};
const TileField denseTile[] = {{"h.out", X::rows, N::outCount},   {"h.in", X::rows, N::inCount},
                               {"h.pad", X::rows, N::padding},    {"w.out", X::columns, N::outCount},
                               {"w.in", X::columns, N::inCount},  {"w.pad", X::columns, N::padding},
                               {"batch", X::images, N::outCount}, {"out_c", X::channels, N::outCount},
                               {"in_c", X::inputs, N::inCount}};
const TileField depthwiseTile[] = {{"h.out", X::rows, N::outCount},     {"h.in", X::rows, N::inCount},
                                   {"h.pad", X::rows, N::padding},      {"w.out", X::columns, N::outCount},
                                   {"w.in", X::columns, N::inCount},    {"w.pad", X::columns, N::padding},
                                   {"batch", X::images, N::outCount},   {"in_c", X::channels, N::outCount},
                                   {"out_c", X::channels, N::outCount}, {"groups", X::channels, N::outCount}};
const TileField poolTile[] = {{"h.out", X::rows, N::outCount},   {"h.in", X::rows, N::inCount},
                              {"h.pad", X::rows, N::padding},    {"w.out", X::columns, N::outCount},
                              {"w.in", X::columns, N::inCount},  {"w.pad", X::columns, N::padding},
                              {"batch", X::images, N::outCount}, {"channels", X::channels, N::outCount}};
const TileField matmulTile[] = {{"rows", X::rows, N::outCount}, {"out_c", X::channels, N::outCount}};
const TileField longTile[] = {
    {"rows", X::rows, N::outCount}, {"out_c", X::channels, N::outCount}, {"k", X::inputs, N::inCount}};
const TileField rescaleTile[] = {{"elements", X::rows, N::elements}};

} // namespace

const StructSchema stepSchema = {"dyadic_step", stepFields};
const StructSchema lutSchema = {"dyadic_lut", lutFields};
const StructSchema gatherSchema = {"dyadic_gather", gatherFields};

ArrayRef<Kernel> kernels() {
  static const Kernel table[] = {
      {"conv2d", "dyadic_conv2d_run", "dyadic_conv2d.h", &convSchema, linearArguments, "O kh kw I",
       convScratch, 672, "dyadic_conv2d_part", denseTile, "dyadic_conv2d_segment"},
      {"conv2d_lut", "dyadic_conv2d_lut_run", "dyadic_conv2d_lut.h", &convSchema, lutArguments, "O kh kw I",
       convLutScratch, 448, "dyadic_conv2d_lut_part", convTile},
      {"depthwise", "dyadic_depthwise_run", "dyadic_depthwise.h", &convSchema, linearArguments, "kh kw C",
       depthwiseScratch, 400, "dyadic_depthwise_part", depthwiseTile},
      {"depthwise_lut", "dyadic_depthwise_lut_run", "dyadic_depthwise_lut.h", &convSchema, lutArguments,
       "kh kw C", depthwiseLutScratch, 400, "dyadic_depthwise_lut_part", depthwiseTile},
      {"matmul", "dyadic_matmul_run", "dyadic_matmul.h", &matmulSchema, linearArguments, "O K", matmulScratch,
       640, "dyadic_matmul_part", longTile, "dyadic_matmul_segment"},
      {"matmul_lut", "dyadic_matmul_lut_run", "dyadic_matmul_lut.h", &matmulSchema, lutArguments, "O K",
       matmulLutScratch, 384, "dyadic_matmul_lut_part", matmulTile},
      {"pool_max", "dyadic_pool_max_run", "dyadic_pool_max.h", &poolMaxSchema, poolArguments, "",
       poolMaxScratch, 320, "dyadic_pool_max_part", poolTile},
      {"pool_sum", "dyadic_pool_sum_run", "dyadic_pool_sum.h", &poolSumSchema, poolArguments, "",
       poolSumScratch, 384, "dyadic_pool_sum_part", poolTile},
      {"rescale", "dyadic_rescale_run", "dyadic_rescale.h", &rescaleSchema, rescaleArguments, "", nullptr,
       320, "dyadic_rescale_part", rescaleTile},
      {"gather", "dyadic_gather_run", "dyadic_gather.h", &gatherSchema, moveArguments, "", nullptr, 224},
  };
  return table;
}

const Kernel *findKernel(StringRef name) {
  for (const Kernel &kernel : kernels())
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

std::optional<std::string> mismatch(const StructSchema &schema, DictionaryAttr params) {
  for (NamedAttribute entry : params)
    if (llvm::none_of(schema.fields, [&](const Field &f) { return f.name == entry.getName().getValue(); }))
      return (schema.cType + " has no field '" + entry.getName().getValue() + "'").str();
  for (const Field &field : schema.fields) {
    Attribute value = params.get(field.name);
    auto wrong = [&](const char *what) {
      return (schema.cType + "." + field.name + " must be " + what).str();
    };
    switch (field.kind) {
    case K::number:
      if (!isa_and_nonnull<IntegerAttr>(value))
        return wrong("an integer");
      break;
    case K::array:
    case K::step:
      if (value && !isa<FlatSymbolRefAttr>(value))
        return wrong("the name of a constant or step");
      break;
    case K::nested:
    case K::pointer:
      if (!value && field.kind == K::pointer)
        break;
      if (!isa_and_nonnull<DictionaryAttr>(value))
        return wrong("a dictionary");
      if (auto inner = mismatch(*field.schema, cast<DictionaryAttr>(value)))
        return inner;
      break;
    case K::list:
      if (!isa_and_nonnull<ArrayAttr>(value))
        return wrong("a list of dictionaries");
      for (Attribute element : cast<ArrayAttr>(value)) {
        if (!isa<DictionaryAttr>(element))
          return wrong("a list of dictionaries");
        if (auto inner = mismatch(*field.schema, cast<DictionaryAttr>(element)))
          return inner;
      }
      break;
    }
  }
  return std::nullopt;
}

int64_t numberAt(DictionaryAttr params, StringRef path) {
  while (params) {
    auto [head, rest] = path.split('.');
    if (rest.empty()) {
      auto number = params.getAs<IntegerAttr>(head);
      return number ? number.getInt() : 0;
    }
    params = params.getAs<DictionaryAttr>(head);
    path = rest;
  }
  return 0;
}

static const TileField *inputsOf(const Kernel &kernel) {
  for (const TileField &field : kernel.tileFields)
    if (field.axis == TileAxis::inputs)
      return &field;
  return nullptr;
}

DictionaryAttr withInputs(const Kernel &kernel, DictionaryAttr params, int64_t inputs) {
  const TileField *field = inputsOf(kernel);
  if (!field)
    return params;
  NamedAttrList list(params);
  list.set(field->path, Builder(params.getContext()).getI64IntegerAttr(inputs));
  return list.getDictionary(params.getContext());
}

int64_t inputChannels(const Kernel &kernel, DictionaryAttr params) {
  const TileField *field = inputsOf(kernel);
  bool stays = field && numberAt(params, "acc_bits") == 32 && numberAt(params, "groups") <= 1;
  return stays ? numberAt(params, field->path) : 0;
}

DictionaryAttr typeParams(Type element) {
  Builder b(element.getContext());
  return b.getDictionaryAttr({b.getNamedAttr("bits", b.getI64IntegerAttr(element.getIntOrFloatBitWidth())),
                              b.getNamedAttr("is_signed", b.getI64IntegerAttr(element.isSignedInteger()))});
}

} // namespace dyadic::plat
