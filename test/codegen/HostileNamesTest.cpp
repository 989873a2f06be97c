// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names from a model reach the C only inside comments and literals: with whatever names, the rest is the same
// bytes.
#include "codegen/Emit.h"
#include "compiler/Levels.h"
#include "compiler/Pipeline.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/JSON.h"
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace dyadic {
namespace {

using Files = std::map<std::string, std::string>;
using Names = std::map<std::string, std::string>;

const char *const tokens[] = {"x", "q_in", "y", "conv1", "q1", "conv2", "q2", "q3", "pool", "q4", "fc"};

class HostileNames : public ::testing::Test {
protected:
  HostileNames() : context(registry(), mlir::MLIRContext::Threading::DISABLED) {}

  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry levels;
    registerLevels(levels);
    return levels;
  }

  /// The folder of the small network whose names are replaced.
  Files emit(const Names &names) {
    auto module =
        mlir::parseSourceFile<mlir::ModuleOp>(DYADIC_SOURCE "/test/codegen/Inputs/small.mlir", &context);
    EXPECT_TRUE(module);
    mlir::AttrTypeReplacer replacer;
    replacer.addReplacement([&](mlir::StringAttr text) -> std::optional<mlir::Attribute> {
      auto known = names.find(text.str());
      if (known == names.end())
        return std::nullopt;
      return mlir::StringAttr::get(&context, known->second);
    });
    replacer.recursivelyReplaceElementsIn(*module);
    EXPECT_TRUE(mlir::succeeded(lowerTo(*module, Level::Plat, {})));
    codegen::EmitOptions options;
    options.name = "net";
    options.target = "host";
    auto files = codegen::emit(*module, options);
    if (files)
      return std::move(*files);
    ADD_FAILURE() << llvm::toString(files.takeError());
    return {};
  }

  mlir::MLIRContext context;
};

/// A name of pieces that mean something to a C compiler, a terminal, a shell or a printf.
std::string hostileName(std::mt19937 &random) {
  static const std::string pieces[] = {"*/",
                                       "/*",
                                       "//",
                                       "\?\?/",
                                       "\?\?=",
                                       "\?\?)",
                                       "\\\n",
                                       "\\",
                                       "\n",
                                       "\r\n",
                                       "\"",
                                       "'",
                                       std::string(1, '\0'),
                                       "%s%n",
                                       "#include <x>",
                                       "#if 0\n",
                                       "#endif",
                                       "int",
                                       "while",
                                       "__FILE__",
                                       "_Pragma(\"x\")",
                                       "net_run",
                                       "NET_H",
                                       "t.1",
                                       "t_1",
                                       "T_1",
                                       "9",
                                       " ",
                                       "\t",
                                       "\xff\xfe",
                                       "\xc3\xa9",
                                       "\xe2\x80\xae",
                                       "\x1b[31m",
                                       "$(id)",
                                       "};",
                                       "return 0;",
                                       std::string(300, 'a'),
                                       "\f\v",
                                       "\x7f",
                                       "u8\"",
                                       "L'"};
  std::string name;
  for (size_t n = 1 + random() % 6; n > 0; --n)
    name += pieces[random() % std::size(pieces)];
  return name;
}

/// As a C99 compiler reads it before it looks for tokens: trigraphs replaced, lines spliced.
std::string spliced(const std::string &text) {
  static const std::string third = "=/'()!<>-", means = "#\\^[]|{}~";
  std::string plain, joined;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t known = i + 2 < text.size() && text[i] == '?' && text[i + 1] == '?' ? third.find(text[i + 2])
                                                                               : std::string::npos;
    plain += known == std::string::npos ? text[i] : means[known];
    i += known == std::string::npos ? 0 : 2;
  }
  for (size_t i = 0; i < plain.size(); ++i)
    if (plain[i] == '\\' && i + 1 < plain.size() && plain[i + 1] == '\n')
      ++i;
    else
      joined += plain[i];
  return joined;
}

/// What a C compiler takes for code: without comments, without what stands in string literals, without empty
/// lines.
std::string code(const std::string &file, std::vector<std::string> &literals) {
  std::string text = spliced(file), out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) {
      while (i < text.size() && text[i] != '\n')
        ++i;
    } else if (text.compare(i, 2, "/*") == 0) {
      i = std::min(text.find("*/", i + 2), text.size() - 2) + 1;
      continue;
    } else if (text[i] == '"') {
      std::string inside;
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i) {
        inside += text[i];
        if (text[i] == '\\')
          inside += text[++i];
      }
      literals.push_back(inside);
      out += "\"\"";
      continue;
    }
    while (text[i] == '\n' && !out.empty() && (out.back() == ' ' || out.back() == '\n'))
      out.pop_back();
    out += text[i];
  }
  return out;
}

/// A literal's characters, of which the generator escapes by three octal digits only.
std::string decoded(const std::string &literal) {
  std::string out;
  for (size_t i = 0; i < literal.size(); ++i)
    if (literal[i] == '\\' && i + 3 < literal.size()) {
      out += static_cast<char>(std::stoi(literal.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      out += literal[i];
    }
  return out;
}

/// The shape of a JSON value: what is no text stays.
llvm::json::Value withoutText(const llvm::json::Value &value) {
  if (value.getAsString())
    return "";
  if (const auto *array = value.getAsArray()) {
    llvm::json::Array out;
    for (const auto &entry : *array)
      out.push_back(withoutText(entry));
    return out;
  }
  if (const auto *object = value.getAsObject()) {
    llvm::json::Object out;
    for (const auto &[key, entry] : *object)
      out[key] = withoutText(entry);
    return out;
  }
  return value;
}

bool endsWith(const std::string &text, llvm::StringRef end) { return llvm::StringRef(text).ends_with(end); }

void expectSame(const Files &harmless, const Files &hostile, const Names &names) {
  ASSERT_EQ(harmless.size(), hostile.size());
  std::set<std::string> shown;
  for (const auto &[path, text] : harmless) {
    ASSERT_TRUE(hostile.count(path)) << path;
    const std::string &other = hostile.at(path);
    if (endsWith(path, ".json")) {
      auto a = llvm::json::parse(text), b = llvm::json::parse(other);
      ASSERT_TRUE(a && b) << path << ": " << llvm::toString(b.takeError());
      EXPECT_EQ(withoutText(*a), withoutText(*b)) << path;
    } else if (endsWith(path, ".c") || endsWith(path, ".h")) {
      std::vector<std::string> before, after;
      ASSERT_EQ(code(text, before), code(other, after)) << path;
      ASSERT_EQ(before.size(), after.size()) << path;
      for (size_t i = 0; i < before.size(); ++i) {
        auto renamed = names.find(before[i]);
        EXPECT_EQ(decoded(after[i]), renamed == names.end() ? decoded(before[i]) : renamed->second) << path;
        if (renamed != names.end())
          shown.insert(before[i]);
      }
    } else {
      EXPECT_EQ(text, other) << path;
    }
  }
  EXPECT_EQ(shown, (std::set<std::string>{"q1", "q3", "q_in", "y"})); // each tap's key, as it is in the model
}

/// The file with every tap compiles, under a compiler that warns of comments and trigraphs.
void expectCompiles(const Files &files) {
  std::string folder = ::testing::TempDir() + "hostile-names";
  ASSERT_EQ(std::system(("rm -rf '" + folder + "' && mkdir -p '" + folder + "/runtime'").c_str()), 0);
  for (const auto &[path, text] : files)
    if (path.find('/') == std::string::npos || path.rfind("runtime/", 0) == 0)
      std::ofstream(folder + "/" + path, std::ios::binary) << text;
  std::string compile =
      "cd '" + folder +
      "' && cc -std=c99 -Wall -Wextra -Wpedantic -Wtrigraphs -Werror -fsyntax-only -DNET_TAP=1 "
      "-I . -I runtime net*.c";
  EXPECT_EQ(std::system(compile.c_str()), 0);
}

TEST_F(HostileNames, ChangeNothingButCommentsAndLiterals) {
  Names same;
  for (const char *token : tokens)
    same[token] = token;
  Files harmless = emit(same);
  std::mt19937 random(20);
  size_t count = 0, wanted = getenv("DYADIC_FULL") ? 10000 : 500;
  for (int round = 0; count < wanted && !HasFailure(); ++round) {
    Names names;
    std::set<std::string> taken(std::begin(tokens), std::end(tokens));
    for (const char *token : tokens) {
      std::string name = hostileName(random);
      while (!taken.insert(name).second)
        name = hostileName(random);
      names[token] = name;
    }
    count += names.size();
    Files hostile = emit(names);
    expectSame(harmless, hostile, names);
    if (round < 4)
      expectCompiles(hostile);
  }
  EXPECT_GE(count, wanted);
}

} // namespace
} // namespace dyadic
