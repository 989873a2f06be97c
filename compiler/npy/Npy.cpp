// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes .npy: a magic word, a Python dictionary in a fixed form, then the elements.
#include "compiler/npy/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"
#include <bit>

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie");

namespace dyadic::npy {
namespace {

using llvm::StringRef;
using llvm::Twine;

constexpr StringRef magic("\x93NUMPY", 6);
constexpr size_t maximumRank = 32; // numpy's own limit

struct TypeRow {
  Type type = Type::Float32;
  StringRef code, name;
  unsigned bytes;
};
constexpr TypeRow types[] = {
    {Type::Bool, "b1", "bool", 1},       {Type::Int8, "i1", "int8", 1},
    {Type::Int16, "i2", "int16", 2},     {Type::Int32, "i4", "int32", 4},
    {Type::Int64, "i8", "int64", 8},     {Type::Uint8, "u1", "uint8", 1},
    {Type::Uint16, "u2", "uint16", 2},   {Type::Uint32, "u4", "uint32", 4},
    {Type::Uint64, "u8", "uint64", 8},   {Type::Float32, "f4", "float32", 4},
    {Type::Float64, "f8", "float64", 8},
};
const TypeRow &row(Type type) { return types[size_t(type)]; }

/// The dictionary: 'descr', 'fortran_order' and 'shape' in any order, as numpy's writer and its like print
/// it.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  StringRef descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;

  std::optional<std::string> parse() {
    if (!take("{"))
      return "the header is no dictionary";
    bool seen[3] = {};
    while (!take("}")) {
      StringRef key;
      if (!quoted(key) || !take(":"))
        return "the header's dictionary is malformed";
      int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
      if (which == 3 || seen[which])
        return "the header has an unexpected key '" + printable(key) + "'";
      seen[which] = true;
      std::optional<std::string> wrong = which == 0 ? parseDescr() : which == 1 ? parseOrder() : parseShape();
      if (wrong)
        return wrong;
      if (!take(",") && !peek('}'))
        return "the header's dictionary is malformed";
    }
    if (!rest.trim(" \n\t").empty())
      return "text behind the header's dictionary";
    if (!seen[0] || !seen[1] || !seen[2])
      return "the header lacks descr, fortran_order or shape";
    return std::nullopt;
  }

  /// At most 40 characters of what a hostile file says, none of them a control character.
  static std::string printable(StringRef text) {
    std::string result;
    for (char c : text.take_front(40))
      result += llvm::isPrint(c) ? c : '?';
    return result;
  }

private:
  bool peek(char c) {
    rest = rest.ltrim(" \n\t");
    return rest.starts_with(StringRef(&c, 1));
  }
  bool take(StringRef word) {
    rest = rest.ltrim(" \n\t");
    return rest.consume_front(word);
  }
  bool quoted(StringRef &text) {
    rest = rest.ltrim(" \n\t");
    if (rest.empty() || (rest.front() != '\'' && rest.front() != '"'))
      return false;
    size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos)
      return false;
    text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return true;
  }
  std::optional<std::string> parseDescr() {
    if (peek('['))
      return "structured dtypes are not read; save a plain array";
    if (!quoted(descr))
      return "the header's descr is malformed";
    return std::nullopt;
  }
  std::optional<std::string> parseOrder() {
    fortranOrder = take("True");
    if (!fortranOrder && !take("False"))
      return "the header's fortran_order is neither True nor False";
    return std::nullopt;
  }
  std::optional<std::string> parseShape() {
    if (!take("("))
      return "the header's shape is no tuple";
    while (!take(")")) {
      rest = rest.ltrim(" \n\t");
      int64_t extent;
      if (rest.consumeInteger(10, extent) || extent < 0)
        return "the header's shape holds something else than extents";
      rest.consume_front("L"); // numpy under Python 2
      shape.push_back(extent);
      if (shape.size() > maximumRank)
        return "more than 32 axes";
      if (!take(",") && !peek(')'))
        return "the header's shape is malformed";
    }
    return std::nullopt;
  }

  StringRef rest;
};

/// None, or why this descr is not read.
std::optional<std::string> findType(StringRef descr, Type &type) {
  StringRef code = descr;
  bool big = code.consume_front(">");
  if (!big && !code.consume_front("<"))
    code.consume_front("|");
  for (const TypeRow &candidate : types) {
    if (candidate.code != code)
      continue;
    if (big && candidate.bytes > 1)
      return ("big-endian data (" + descr + ") is not read; save it as '<" + code + "'").str();
    type = candidate.type;
    return std::nullopt;
  }
  std::string text = HeaderParser::printable(descr);
  if (code.starts_with("O"))
    return "object arrays (" + text + ") are not read";
  return "dtype '" + text + "' is not read; there are f4, f8, i1 to i8, u1 to u8 and b1";
}

} // namespace

unsigned sizeInBytes(Type type) { return row(type).bytes; }
bool isFloating(Type type) { return type == Type::Float32 || type == Type::Float64; }
StringRef nameOf(Type type) { return row(type).name; }

template <typename R, typename F> static std::vector<R> convert(const Array &array, F &&one) {
  std::vector<R> result;
  result.reserve(array.elements());
  auto all = [&](auto sample) {
    for (auto value : array.values<decltype(sample)>())
      result.push_back(one(value));
  };
  switch (array.type()) {
  case Type::Bool:
    for (char byte : array.bytes())
      result.push_back(one(byte != 0));
    break;
  case Type::Int8:
    all(int8_t());
    break;
  case Type::Int16:
    all(int16_t());
    break;
  case Type::Int32:
    all(int32_t());
    break;
  case Type::Int64:
    all(int64_t());
    break;
  case Type::Uint8:
    all(uint8_t());
    break;
  case Type::Uint16:
    all(uint16_t());
    break;
  case Type::Uint32:
    all(uint32_t());
    break;
  case Type::Uint64:
    all(uint64_t());
    break;
  case Type::Float32:
    all(float());
    break;
  case Type::Float64:
    all(double());
    break;
  }
  return result;
}

std::vector<double> Array::asDoubles() const {
  return convert<double>(*this, [](auto value) { return double(value); });
}

std::optional<std::vector<int64_t>> Array::asIntegers() const {
  if (isFloating(elementType))
    return std::nullopt;
  bool fits = true;
  std::vector<int64_t> result = convert<int64_t>(*this, [&](auto value) {
    if constexpr (std::is_same_v<decltype(value), uint64_t>)
      fits &= value <= uint64_t(INT64_MAX);
    return int64_t(value);
  });
  if (!fits)
    return std::nullopt;
  return result;
}

llvm::Expected<Array> parseNpy(StringRef bytes, StringRef file) {
  auto refuse = [&](const Twine &why) { return failure(ExitCode::Usage, "'" + file + "': " + why); };
  StringRef rest = bytes;
  if (!rest.consume_front(magic))
    return refuse("not an npy file");
  if (rest.size() < 2)
    return refuse("truncated in its header");
  unsigned version = static_cast<unsigned char>(rest[0]);
  if (version < 1 || version > 3)
    return refuse("npy version " + Twine(version) + " is not read");
  rest = rest.drop_front(2);
  size_t lengthBytes = version == 1 ? 2 : 4;
  if (rest.size() < lengthBytes)
    return refuse("truncated in its header");
  uint32_t length = version == 1 ? llvm::support::endian::read16le(rest.data())
                                 : llvm::support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthBytes);
  if (rest.size() < length)
    return refuse("truncated in its header");

  HeaderParser header(rest.take_front(length));
  rest = rest.drop_front(length);
  if (std::optional<std::string> wrong = header.parse())
    return refuse(*wrong);
  Type type = Type::Float32;
  if (std::optional<std::string> wrong = findType(header.descr, type))
    return refuse(*wrong);
  // With at most one axis longer than 1 both orders are the same.
  if (header.fortranOrder && llvm::count_if(header.shape, [](int64_t extent) { return extent != 1; }) > 1)
    return refuse("Fortran order is not read; save numpy.ascontiguousarray(x)");
  std::optional<uint64_t> size = sizeInBytes(type);
  if (llvm::is_contained(header.shape, 0))
    size = 0;
  else
    for (int64_t extent : header.shape)
      size = size ? llvm::checkedMulUnsigned(*size, uint64_t(extent)) : size;
  if (!size)
    return refuse("its shape has more elements than memory can hold");
  if (*size != rest.size())
    return refuse("its header promises " + Twine(*size) + " bytes of elements, but " + Twine(rest.size()) +
                  " follow");
  return Array(type, std::move(header.shape), rest.str());
}

llvm::Expected<Array> readNpy(StringRef path) {
  llvm::Expected<std::string> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parseNpy(*bytes, path);
}

std::string toNpy(const Array &array) {
  const TypeRow &type = row(array.type());
  std::string header = ("{'descr': '" + Twine(type.bytes == 1 ? "|" : "<") + type.code +
                        "', 'fortran_order': False, 'shape': (")
                           .str();
  llvm::raw_string_ostream os(header);
  llvm::interleave(array.shape(), os, ", ");
  os << (array.shape().size() == 1 ? ",), }" : "), }");
  // Version 1: magic, version and length take 10 bytes; the header ends with a newline on a multiple of 64.
  size_t total = (10 + header.size() + 1 + 63) / 64 * 64;
  header.append(total - 10 - header.size() - 1, ' ');
  header += '\n';
  std::string file = magic.str();
  file += '\1';
  file += '\0';
  file += char(header.size() & 0xff);
  file += char(header.size() >> 8);
  file += header;
  file += array.bytes();
  return file;
}

} // namespace dyadic::npy
