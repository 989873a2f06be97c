// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes of tiled layers: text, checks, and the tile that a number stands for.
#include "dialects/plat/Plat.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
namespace dyadic::plat {
namespace {

constexpr Axis outputAxes[] = {Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels};
constexpr Axis allAxes[] = {Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels, Axis::Inputs};
/// Of an axis that is not cut and has no extent of interest.
constexpr int64_t one[] = {0, 1, 0, 1, 0};

ParseResult parseAxis(AsmParser &parser, Axis &axis) {
  StringRef word;
  auto loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  auto known = symbolizeAxis(word);
  if (!known)
    return parser.emitError(loc) << "'" << word << "' is no axis; axes are images, rows, columns, channels, "
                                 << "input_channels";
  axis = *known;
  return success();
}

/// 8 + 8 in 7 + 9 pad 1
ParseResult parseSegment(AsmParser &parser, SmallVector<int64_t> &numbers) {
  int64_t s[5] = {};
  auto span = [&](int64_t *at) -> ParseResult {
    return failure(parser.parseInteger(at[0]) || parser.parsePlus() || parser.parseInteger(at[1]));
  };
  if (span(s))
    return failure();
  s[2] = s[0], s[3] = s[1];
  if (succeeded(parser.parseOptionalKeyword("in")) && span(s + 2))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("pad")) && parser.parseInteger(s[4]))
    return failure();
  numbers.append(std::begin(s), std::end(s));
  return success();
}

void printSegments(AsmPrinter &p, ArrayRef<int64_t> numbers) {
  p << "[";
  for (size_t i = 0; i + 4 < numbers.size(); i += 5) {
    const int64_t *s = numbers.data() + i;
    p << (i ? ", " : "") << s[0] << " + " << s[1];
    if (s[2] != s[0] || s[3] != s[1])
      p << " in " << s[2] << " + " << s[3];
    if (s[4])
      p << " pad " << s[4];
  }
  p << "]";
}

} // namespace

//===-- grid -------------------------------------------------------------------------------------===//

static ArrayRef<int64_t> numbersOf(GridAttr grid, Axis axis) {
  switch (axis) {
  case Axis::Images:
    return grid.getImages();
  case Axis::Rows:
    return grid.getRows();
  case Axis::Columns:
    return grid.getColumns();
  case Axis::Channels:
    return grid.getChannels();
  case Axis::Inputs:
    return grid.getInputs();
  }
  return {};
}

Attribute GridAttr::parse(AsmParser &parser, Type) {
  SmallVector<Axis> order;
  SmallVector<int64_t> numbers[5];
  if (parser.parseLess() || parser.parseKeyword("order"))
    return {};
  for (int i = 0; i < 4; ++i)
    if (parseAxis(parser, order.emplace_back()))
      return {};
  auto segments = [&](Axis axis) -> ParseResult {
    return failure(parser.parseKeyword(stringifyAxis(axis)) ||
                   parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
                     return parseSegment(parser, numbers[static_cast<int>(axis)]);
                   }));
  };
  for (Axis axis : outputAxes)
    if (parser.parseComma() || segments(axis))
      return {};
  auto &inputs = numbers[static_cast<int>(Axis::Inputs)];
  if (failed(parser.parseOptionalComma()))
    inputs.assign(std::begin(one), std::end(one));
  else if (segments(Axis::Inputs))
    return {};
  if (parser.parseGreater())
    return {};
  return GridAttr::make([&] { return parser.emitError(parser.getNameLoc()); }, parser.getContext(), order,
                        numbers);
}

void GridAttr::print(AsmPrinter &p) const {
  p << "<order";
  for (Axis axis : getOrder())
    p << " " << stringifyAxis(axis);
  for (Axis axis : allAxes) {
    if (axis == Axis::Inputs && !sumsUp())
      break;
    p << ", " << stringifyAxis(axis) << " ";
    printSegments(p, numbersOf(*this, axis));
  }
  p << ">";
}

LogicalResult GridAttr::verify(llvm::function_ref<InFlightDiagnostic()> error, ArrayRef<Axis> order,
                               ArrayRef<int64_t> images, ArrayRef<int64_t> rows, ArrayRef<int64_t> columns,
                               ArrayRef<int64_t> channels, ArrayRef<int64_t> inputs) {
  SmallVector<Axis> sorted(order);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, outputAxes))
    return error() << "the order of a grid names each axis of the output once";
  for (auto numbers : {images, rows, columns, channels, inputs}) {
    if (numbers.empty() || numbers.size() % 5 != 0)
      return error() << "each axis of a grid needs at least one segment";
    for (size_t i = 0; i < numbers.size(); i += 5)
      if (numbers[i] < 0 || numbers[i + 1] < 1 || numbers[i + 2] < 0 || numbers[i + 3] < 0 ||
          numbers[i + 4] < 0)
        return error() << "a segment of " << numbers[i + 1] << " positions from " << numbers[i]
                       << " is none: counts are positive, the rest is not negative";
  }
  return success();
}

SmallVector<GridAttr::Segment> GridAttr::segments(Axis axis) const {
  SmallVector<Segment> list;
  ArrayRef<int64_t> n = numbersOf(*this, axis);
  for (size_t i = 0; i < n.size(); i += 5)
    list.push_back({n[i], n[i + 1], n[i + 2], n[i + 3], n[i + 4]});
  return list;
}

int64_t GridAttr::count(Axis axis) const { return static_cast<int64_t>(numbersOf(*this, axis).size() / 5); }

int64_t GridAttr::tiles() const {
  int64_t n = 1;
  for (Axis axis : allAxes)
    n *= count(axis);
  return n;
}

SmallVector<Axis> GridAttr::loops() const {
  SmallVector<Axis> axes(getOrder());
  axes.push_back(Axis::Inputs);
  return axes;
}

std::array<int64_t, 5> GridAttr::tile(int64_t number) const {
  std::array<int64_t, 5> at = {};
  for (Axis axis : llvm::reverse(loops())) {
    at[static_cast<size_t>(axis)] = number % count(axis);
    number /= count(axis);
  }
  return at;
}

//===-- box --------------------------------------------------------------------------------------===//

Attribute BoxAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> dims;
  auto dim = [&]() -> ParseResult {
    int64_t extent = 0;
    Axis axis = Axis::Images;
    int64_t use = whole;
    if (parser.parseInteger(extent))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("out")))
      use = out;
    else if (succeeded(parser.parseOptionalKeyword("in")))
      use = in;
    if (use != whole && parseAxis(parser, axis))
      return failure();
    dims.append({extent, use, static_cast<int64_t>(axis)});
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, dim))
    return {};
  return BoxAttr::make([&] { return parser.emitError(parser.getNameLoc()); }, parser.getContext(), dims);
}

void BoxAttr::print(AsmPrinter &p) const {
  p << "<";
  llvm::interleaveComma(list(), p, [&](Dim dim) {
    p << dim.extent;
    if (dim.use != whole)
      p << (dim.use == out ? " out " : " in ") << stringifyAxis(dim.axis);
  });
  p << ">";
}

LogicalResult BoxAttr::verify(llvm::function_ref<InFlightDiagnostic()> error, ArrayRef<int64_t> dims) {
  if (dims.empty() || dims.size() % 3 != 0)
    return error() << "a box needs at least one dimension";
  for (size_t i = 0; i < dims.size(); i += 3)
    if (dims[i] < 1 || dims[i + 1] < 0 || dims[i + 1] > 2 || dims[i + 2] < 0 || dims[i + 2] > 4)
      return error() << "a dimension of a box has a positive extent, found " << dims[i];
  return success();
}

SmallVector<BoxAttr::Dim> BoxAttr::list() const {
  SmallVector<Dim> dims;
  for (size_t i = 0; i < getDims().size(); i += 3)
    dims.push_back({getDims()[i], static_cast<Use>(getDims()[i + 1]), static_cast<Axis>(getDims()[i + 2])});
  return dims;
}

bool BoxAttr::follows(Axis axis) const {
  return llvm::any_of(list(), [&](Dim dim) { return dim.use != whole && dim.axis == axis; });
}

} // namespace dyadic::plat
