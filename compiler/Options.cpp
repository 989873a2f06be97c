// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses the small languages that stand behind single options.
#include "compiler/Options.h"
#include "compiler/Failure.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

namespace dyadic {

using llvm::StringRef;

llvm::Expected<DimBinding> parseDimBinding(StringRef text) {
  auto [name, value] = text.rsplit('=');
  DimBinding binding;
  binding.name = name.str();
  if (name.empty() || value.getAsInteger(10, binding.extent) || binding.extent < 1 ||
      binding.extent > (int64_t(1) << 31))
    return failure(ExitCode::Usage,
                   "--dim '" + text +
                       "': write NAME=EXTENT with an extent of at least 1, as in --dim batch_size=1");
  return binding;
}

llvm::Expected<ImplementationRule> parseImplementationRule(StringRef text) {
  StringRef pattern, value = text;
  if (text.contains('='))
    std::tie(pattern, value) = text.rsplit('=');
  ImplementationRule rule;
  rule.pattern = pattern.str();
  if (value == "mac")
    rule.implementation = Implementation::Mac;
  else if (value == "lut")
    rule.implementation = Implementation::Lut;
  else if (value == "auto")
    rule.implementation = Implementation::Auto;
  else
    return failure(
        ExitCode::Usage,
        "--impl '" + text +
            "': write mac, lut, auto, or NODE=lut with an ONNX node name or a pattern such as '*conv*'");
  if (text.contains('=') && pattern.empty())
    return failure(ExitCode::Usage, "--impl '" + text + "': no node name before '='");
  return rule;
}

llvm::Expected<SelfTest> parseSelfTest(StringRef text) {
  SelfTest test;
  auto [path, count] = text.rsplit(':');
  uint64_t n = 0;
  if (!count.empty() && llvm::all_of(count, llvm::isDigit)) {
    if (count.getAsInteger(10, n) || n == 0)
      return failure(ExitCode::Usage, "--self-test '" + text + "': the number of samples must be at least 1");
    test.samples = n;
    text = path;
  }
  if (text.empty())
    return failure(ExitCode::Usage, "--self-test: write FILE.npy or FILE.npy:SAMPLES");
  test.path = text.str();
  return test;
}

llvm::Expected<Level> parseLevel(StringRef option, StringRef text, llvm::ArrayRef<Level> known) {
  std::string names;
  for (Level level : known) {
    if (text == toString(level))
      return level;
    names += (names.empty() ? "" : level == known.back() ? " and " : ", ") + toString(level).str();
  }
  return failure(ExitCode::Usage, option + " '" + text + "': there are " + names);
}

// C23's, C++20's and the alternative spellings: the header is read by both languages.
static bool isKeyword(StringRef name) {
  static const llvm::StringSet<> keywords = {"alignas",
                                             "alignof",
                                             "and",
                                             "and_eq",
                                             "asm",
                                             "auto",
                                             "bitand",
                                             "bitor",
                                             "bool",
                                             "break",
                                             "case",
                                             "catch",
                                             "char",
                                             "char8_t",
                                             "char16_t",
                                             "char32_t",
                                             "class",
                                             "co_await",
                                             "co_return",
                                             "co_yield",
                                             "compl",
                                             "concept",
                                             "const",
                                             "const_cast",
                                             "consteval",
                                             "constexpr",
                                             "constinit",
                                             "continue",
                                             "decltype",
                                             "default",
                                             "delete",
                                             "do",
                                             "double",
                                             "dynamic_cast",
                                             "else",
                                             "enum",
                                             "explicit",
                                             "export",
                                             "extern",
                                             "false",
                                             "float",
                                             "for",
                                             "friend",
                                             "goto",
                                             "if",
                                             "inline",
                                             "int",
                                             "long",
                                             "mutable",
                                             "namespace",
                                             "new",
                                             "noexcept",
                                             "not",
                                             "not_eq",
                                             "nullptr",
                                             "operator",
                                             "or",
                                             "or_eq",
                                             "private",
                                             "protected",
                                             "public",
                                             "register",
                                             "reinterpret_cast",
                                             "requires",
                                             "restrict",
                                             "return",
                                             "short",
                                             "signed",
                                             "sizeof",
                                             "static",
                                             "static_assert",
                                             "static_cast",
                                             "struct",
                                             "switch",
                                             "template",
                                             "this",
                                             "thread_local",
                                             "throw",
                                             "true",
                                             "try",
                                             "typedef",
                                             "typeid",
                                             "typename",
                                             "typeof",
                                             "typeof_unqual",
                                             "union",
                                             "unsigned",
                                             "using",
                                             "virtual",
                                             "void",
                                             "volatile",
                                             "wchar_t",
                                             "while",
                                             "xor",
                                             "xor_eq"};
  return keywords.contains(name);
}

llvm::Error checkName(StringRef name) {
  auto refuse = [&](const llvm::Twine &why) {
    return failure(ExitCode::Usage, "--name '" + name + "': " + why);
  };
  auto inside = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (name.empty() || llvm::isDigit(name.front()) || !llvm::all_of(name, inside))
    return refuse("it prefixes C symbols: letters, digits and '_', no digit first");
  if (isKeyword(name))
    return refuse("this is a keyword of C or C++");
  if (name.starts_with("_"))
    return refuse("C reserves names that begin with '_'");
  if (name == "dyadic" || name.starts_with("dyadic_"))
    return refuse("names that begin with 'dyadic' belong to the runtime");
  if (name.size() > 48)
    return refuse("at most 48 characters");
  return llvm::Error::success();
}

StringRef toString(Implementation implementation) {
  switch (implementation) {
  case Implementation::Mac:
    return "mac";
  case Implementation::Lut:
    return "lut";
  case Implementation::Auto:
    return "auto";
  }
  return "";
}

StringRef toString(Level level) {
  switch (level) {
  case Level::Qonnx:
    return "qonnx";
  case Level::Float32:
    return "float32";
  case Level::Qint:
    return "qint";
  case Level::Plat:
    return "plat";
  }
  return "";
}

} // namespace dyadic
