// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layout of C text.
#include "codegen/CWriter.h"

#include "llvm/Support/Format.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {
constexpr unsigned width = 100;
}

CWriter &CWriter::line(const llvm::Twine &text) {
  llvm::SmallString<128> storage;
  llvm::StringRef s = text.toStringRef(storage);
  if (!s.empty() && s[0] != '#')
    os.indent(2 * depth);
  os << s << '\n';
  return *this;
}

CWriter &CWriter::statement(const llvm::Twine &text) {
  llvm::SmallString<128> storage;
  llvm::StringRef rest = text.toStringRef(storage);
  std::string deeper = rest.take_while([](char c) { return c == ' '; }).str() + "    ";
  for (size_t room = width - 2 * depth; rest.size() > room;) {
    size_t comma = llvm::StringRef::npos, plus = comma;
    for (size_t i = deeper.size() + 4; i < room; ++i)
      if (rest[i] == ' ' && rest[i - 1] == ',')
        comma = i;
      else if (rest[i] == ' ' && rest.substr(i + 1).starts_with("+ "))
        plus = i;
    size_t at = comma != llvm::StringRef::npos ? comma : plus;
    if (at == llvm::StringRef::npos)
      break;
    line(rest.take_front(at));
    storage = deeper + rest.drop_front(at + 1).str();
    rest = storage;
  }
  return line(rest);
}

CWriter &CWriter::comment(const llvm::Twine &text) {
  llvm::SmallString<256> storage;
  llvm::StringRef rest = text.toStringRef(storage);
  unsigned room = width - 3 - 2 * depth;
  do {
    llvm::StringRef now = rest.take_front(room);
    if (now.size() < rest.size())
      if (size_t space = now.rfind(' '); space != llvm::StringRef::npos && space > 0)
        now = now.take_front(space);
    rest = rest.drop_front(now.size()).ltrim(' ');
    line("// " + now);
  } while (!rest.empty());
  return *this;
}

CWriter &CWriter::block(const llvm::Twine &head, llvm::function_ref<void()> body, const llvm::Twine &tail) {
  line(head + " {");
  ++depth;
  body();
  --depth;
  return line("}" + tail);
}

CWriter &CWriter::include(llvm::StringRef header, bool system) {
  return line(system ? "#include <" + header + ">" : "#include \"" + header + "\"");
}

CWriter &CWriter::opening(const llvm::Twine &sentence) {
  line("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception");
  return comment(sentence);
}

std::string literal(int64_t value) {
  if (value == INT64_MIN)
    return "INT64_MIN";
  if (value == INT32_MIN)
    return "INT32_MIN";
  if (value > UINT32_MAX || value < INT32_MIN)
    return "INT64_C(" + std::to_string(value) + ")";
  return std::to_string(value) + (value > INT32_MAX ? "u" : "");
}

llvm::StringRef cTypeOf(Type container) {
  bool s = container.isSignedInteger();
  switch (plat::storedBits(container)) {
  case 16:
    return s ? "int16_t" : "uint16_t";
  case 32:
    return s ? "int32_t" : "uint32_t";
  case 64:
    return s ? "int64_t" : "uint64_t";
  default:
    return s && container.getIntOrFloatBitWidth() == 8 ? "int8_t" : "uint8_t";
  }
}

llvm::StringRef cTypeOf(plat::ConstantOp constant) { return cTypeOf(constant.getElement()); }

int64_t cElements(plat::ConstantOp constant) {
  return plat::imageBytes(constant) * 8 / std::max(8u, plat::storedBits(constant.getElement()));
}

CWriter &CWriter::numbers(plat::ConstantOp constant) {
  auto image = cast<DenseIntElementsAttr>(constant.getValues());
  unsigned bits = constant.getElement().getIntOrFloatBitWidth();
  bool packed = bits < 8, isSigned = constant.getElement().isSignedInteger() && !packed;
  std::string row;
  auto flush = [&] {
    if (!row.empty())
      os.indent(2 * depth + 2) << row << '\n';
    row.clear();
  };
  auto put = [&](llvm::StringRef text) {
    if (row.size() + text.size() + 2 > width - 2 * depth - 2)
      flush();
    if (!row.empty())
      row += ' ';
    row += text;
    row += ',';
  };
  static const char digits[] = "0123456789abcdef";
  auto one = [&](const APInt &v) {
    if (packed) {
      unsigned byte = v.getZExtValue();
      char text[4] = {'0', 'x', digits[byte >> 4], digits[byte & 15]};
      put(llvm::StringRef(text, 4));
    } else if (isSigned) {
      put(literal(v.getSExtValue()));
    } else if (v.getBitWidth() == 64) {
      put("UINT64_C(" + std::to_string(v.getZExtValue()) + ")");
    } else {
      put(std::to_string(v.getZExtValue()) + (v.getZExtValue() > INT32_MAX ? "u" : ""));
    }
  };
  for (const APInt &v : image)
    one(v);
  flush();
  return *this;
}

} // namespace dyadic::codegen
