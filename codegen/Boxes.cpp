// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merges the dimensions of an operand into runs, lines and planes.
#include "codegen/Boxes.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

using Box = plat::BoxAttr;

/// Neighbouring things: `factor` times `variable` (where there is one) steps of `unit` bits.
struct Group {
  int64_t unit;
  int64_t factor = 1;
  std::string variable;
  int64_t odd = 0;  ///< the variable's values, or-ed: a multiple of 8 at most where all of them are
  int64_t most = 1; ///< the variable's largest value, at least 1
  bool one() const { return factor == 1 && variable.empty(); }
  std::string count() const {
    if (variable.empty())
      return std::to_string(factor) + "u";
    return factor == 1 ? variable : variable + " * " + std::to_string(factor) + "u";
  }
  std::string bytes() const {
    int64_t bits = factor * unit;
    if (variable.empty())
      return std::to_string((bits + 7) / 8) + "u";
    if (bits == 8)
      return variable;
    if (bits % 8 == 0)
      return variable + " * " + std::to_string(bits / 8) + "u";
    return "(" + variable + " * " + std::to_string(bits) + "u + 7u) / 8u";
  }
};

std::string byteOffset(ArrayRef<std::pair<std::string, int64_t>> terms, int64_t constantBits) {
  int64_t divisor = 8;
  for (const auto &[variable, bits] : terms)
    divisor = bits % 8 == 0 ? divisor : 1;
  std::string text;
  for (const auto &[variable, bits] : terms) {
    int64_t step = bits / divisor;
    text += (text.empty() ? "" : " + ") + variable;
    if (step != 1)
      text += " * " + std::to_string(step) + "u";
  }
  if (constantBits)
    text += (text.empty() ? "" : " + ") + std::to_string(constantBits / divisor) + "u";
  return divisor == 8 || text.empty() ? text : "(" + text + ") / 8u";
}

} // namespace

std::string BoxText::tilePlane() const {
  auto wrap = [](const std::string &s) { return s.find(' ') == std::string::npos ? s : "(" + s + ")"; };
  return lines == "1u" ? bytes : wrap(lines) + " * " + wrap(bytes);
}

llvm::Expected<BoxText> boxOf(const TiledLayer &layer, const Stream &stream) {
  int64_t stride = plat::storedBits(stream.element);
  llvm::SmallVector<Group> groups = {{stride, 1, ""}};
  llvm::SmallVector<std::pair<std::string, int64_t>> terms;
  int64_t constantBits = 0;
  bool open = true;   // the group's dimensions so far are taken whole
  bool empty = false; // every window lies in the padding
  auto dims = stream.op.getBox().list();
  for (const Box::Dim &dim : llvm::reverse(dims)) {
    Part first = dim.use == Box::in ? Part::inFirst : Part::outFirst;
    Part count = dim.use == Box::in ? Part::inCount : Part::outCount;
    std::optional<int64_t> begin = 0, extent = dim.extent;
    bool whole = true; // what is not empty
    if (dim.use != Box::whole) {
      begin = layer.constant(dim.axis, first);
      extent = layer.constant(dim.axis, count);
      for (const auto &s : layer.grid().segments(dim.axis)) {
        int64_t from = dim.use == Box::in ? s.inFirst : s.outFirst,
                n = dim.use == Box::in ? s.inCount : s.outCount;
        whole &= n == 0 || (from == 0 && n == dim.extent);
      }
      if (whole)
        begin = 0;
    }
    if (!open || (!extent && !groups.back().variable.empty())) {
      groups.push_back({stride, 1, ""});
      open = true;
    }
    if (extent)
      groups.back().factor *= *extent;
    else
      groups.back().variable = layer.text(dim.axis, count);
    for (const auto &segment : layer.grid().segments(dim.axis)) {
      int64_t value = dim.use == Box::in ? segment.inCount : segment.outCount;
      groups.back().odd |= extent ? 0 : value;
      groups.back().most = std::max(groups.back().most, extent ? 1 : value);
    }
    open = whole;
    empty |= extent == int64_t{0};
    if (!begin)
      terms.emplace_back(layer.text(dim.axis, first), stride);
    else
      constantBits += *begin * stride;
    stride *= dim.extent;
  }
  if (empty) {
    groups = {{8, 0, ""}};
    terms.clear();
    constantBits = 0;
  }
  for (size_t i = groups.size(); i-- > 1;)
    if (groups[i].one())
      groups.erase(groups.begin() + static_cast<ptrdiff_t>(i));
  auto refuse = [&](const char *why) {
    return llvm::createStringError("layer " + llvm::Twine(layer.number) + ": the parts of '" +
                                   stream.op.getName() + "' " + why);
  };
  if (groups.size() > 3)
    return refuse("have more than three dimensions of their own");
  int64_t line = groups[0].factor * groups[0].unit * (groups[0].variable.empty() ? 1 : groups[0].odd);
  for (size_t i = 1; i < groups.size(); ++i) // one line, or none in the padding, may end anywhere
    if (groups[i].factor * groups[i].most > 1 && (groups[i].unit % 8 != 0 || line % 8 != 0))
      return refuse("have lines that end within a byte");
  BoxText box;
  for (const Group &group : llvm::drop_begin(groups))
    box.runs *= group.factor * group.most;
  box.bytes = groups[0].bytes();
  if (groups.size() > 1) {
    box.lines = groups[1].count();
    box.lineStride = std::to_string(groups[1].unit / 8) + "u";
  }
  if (groups.size() > 2) {
    box.planes = groups[2].count();
    box.planeStride = std::to_string(groups[2].unit / 8) + "u";
  }
  std::reverse(terms.begin(), terms.end());
  box.offset = byteOffset(terms, constantBits);
  return box;
}

} // namespace dyadic::codegen
