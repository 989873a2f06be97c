// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The small languages behind single options, and how mistakes in them are answered.
#include "compiler/Options.h"
#include "compiler/Failure.h"
#include <fstream>
#include <gmock/gmock.h>

using namespace dyadic;
using testing::HasSubstr;

namespace {

template <typename T> std::string whyNot(llvm::Expected<T> result) {
  if (result)
    return "accepted";
  std::string text;
  llvm::handleAllErrors(result.takeError(), [&](const Failure &failure) {
    EXPECT_EQ(failure.code(), ExitCode::Usage);
    text = failure.message();
  });
  return text;
}

InputSpec one(llvm::StringRef text) {
  llvm::Expected<std::vector<InputSpec>> specs = parseInputSpec(text);
  if (!specs) {
    ADD_FAILURE() << llvm::toString(specs.takeError());
    return {};
  }
  EXPECT_EQ(specs->size(), 1u);
  return specs->front();
}

std::string writeTemporary(const std::string &text) {
  std::string path =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
  std::ofstream(path) << text;
  return path;
}

TEST(InputSpec, readsExactNumbers) {
  InputSpec spec = one("global_in:scale=0.015625,bits=8,signed");
  EXPECT_EQ(spec.name, "global_in");
  EXPECT_EQ(spec.bits, 8u);
  EXPECT_TRUE(spec.isSigned);
  EXPECT_EQ(spec.scale, model::Rational(1, 64));
  EXPECT_EQ(spec.zero, 0);
  EXPECT_TRUE(spec.mean.empty());
}

TEST(InputSpec, nameEndsAtTheLastColonBeforeTheFirstEquals) {
  InputSpec spec = one("serving:0:scale=1/255,unsigned,bits=8,mean=0.5:1/3:0,std=1:2:4,zero=-3");
  EXPECT_EQ(spec.name, "serving:0");
  EXPECT_FALSE(spec.isSigned);
  ASSERT_EQ(spec.mean.size(), 3u);
  EXPECT_EQ(spec.mean[1], model::Rational(1, 3));
  EXPECT_EQ(spec.std[2], 4);
  EXPECT_EQ(spec.zero, -3);
}

TEST(InputSpec, saysWhatIsWrong) {
  EXPECT_THAT(whyNot(parseInputSpec("x")), HasSubstr("write NAME:KEY=VALUE"));
  EXPECT_THAT(whyNot(parseInputSpec("bits=8,signed,scale=1")), HasSubstr("write NAME:KEY=VALUE"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed")), HasSubstr("missing: scale=S"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=0,signed,scale=1")), HasSubstr("from 1 to 32"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,scale=0")), HasSubstr("above 0"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,scale=1/0")), HasSubstr("a decimal or a fraction"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,scale=nan")), HasSubstr("a decimal or a fraction"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,unsigned,scale=1")),
              HasSubstr("both signed and unsigned"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,bits=8,signed,scale=1")), HasSubstr("given twice"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,scale=1,width=3")), HasSubstr("'width' is no key"));
  EXPECT_THAT(whyNot(parseInputSpec("x:bits=8,signed,scale=1,std=1:0")), HasSubstr("must not be 0"));
  EXPECT_THAT(whyNot(parseInputSpec("absent.yaml")), HasSubstr("absent.yaml"));
}

TEST(InputSpec, readsYaml) {
  std::string path = writeTemporary("name: x\nbits: 4\nunsigned: true\nscale: 1/15\nmean: [0.1, 0.2]\n");
  InputSpec spec = one(path);
  EXPECT_EQ(spec.name, "x");
  EXPECT_EQ(spec.scale, model::Rational(1, 15));
  ASSERT_EQ(spec.mean.size(), 2u);
  EXPECT_EQ(spec.mean[0], model::Rational(1, 10));
  EXPECT_EQ(one("y:" + path).name, "x");
}

TEST(InputSpec, readsYamlOfSeveralInputs) {
  std::string path =
      writeTemporary("a: {bits: 8, signed: , scale: 1}\nb: {bits: 1, signed: true, scale: 2}\n");
  llvm::Expected<std::vector<InputSpec>> specs = parseInputSpec(path);
  ASSERT_TRUE(bool(specs)) << llvm::toString(specs.takeError());
  ASSERT_EQ(specs->size(), 2u);
  EXPECT_EQ((*specs)[1].name, "b");
}

TEST(InputSpec, yamlMistakesHaveAPlace) {
  EXPECT_THAT(whyNot(parseInputSpec(writeTemporary("name: x\nbits: 8\n  scale: [}\n"))), HasSubstr(".yaml:"));
  EXPECT_THAT(whyNot(parseInputSpec(writeTemporary("name: x\nbits: 8\nsigned: true\nscale: big\n"))),
              HasSubstr(".yaml:4:1: scale=big"));
  EXPECT_THAT(whyNot(parseInputSpec(writeTemporary("bits: 8\nbits: 8\n"))),
              HasSubstr(".yaml:2:1: key 'bits' stands here a second time"));
  EXPECT_THAT(whyNot(parseInputSpec(writeTemporary(std::string(5000, '[')))), HasSubstr("nested too deeply"));
  EXPECT_THAT(whyNot(parseInputSpec(writeTemporary(""))), HasSubstr("a map with the keys"));
}

TEST(Options, dims) {
  llvm::Expected<DimBinding> dim = parseDimBinding("batch=4");
  ASSERT_TRUE(bool(dim));
  EXPECT_EQ(dim->name, "batch");
  EXPECT_EQ(dim->extent, 4);
  for (const char *wrong : {"batch", "=4", "n=0", "n=-1", "n=x", "n=99999999999999999999"})
    EXPECT_THAT(whyNot(parseDimBinding(wrong)), HasSubstr("NAME=EXTENT")) << wrong;
}

TEST(Options, implementations) {
  llvm::Expected<ImplementationRule> rule = parseImplementationRule("/conv=1/Conv=lut");
  ASSERT_TRUE(bool(rule));
  EXPECT_EQ(rule->pattern, "/conv=1/Conv");
  EXPECT_EQ(rule->implementation, Implementation::Lut);
  EXPECT_THAT(whyNot(parseImplementationRule("fast")), HasSubstr("write mac, lut, auto"));
  EXPECT_THAT(whyNot(parseImplementationRule("=lut")), HasSubstr("no node name"));
}

TEST(Options, tiles) {
  llvm::Expected<model::TileRule> rule =
      parseTileRule("/a:0/Conv:rows=8,channels=16,cores=4,spread=channels,order=channels/rows,block=2");
  ASSERT_TRUE(bool(rule));
  EXPECT_EQ(rule->pattern, "/a:0/Conv");
  EXPECT_EQ(rule->choices.size[at(model::Axis::Rows)], 8);
  EXPECT_EQ(rule->choices.size[at(model::Axis::Channels)], 16);
  EXPECT_FALSE(rule->choices.size[at(model::Axis::Columns)]);
  EXPECT_EQ(rule->choices.order->front(), model::Axis::Channels);
  EXPECT_EQ(toString(*rule),
            "/a:0/Conv:rows=8,channels=16,order=channels/rows/images/columns,spread=channels,"
            "cores=4,block=2");
  llvm::Expected<model::TileRule> again = parseTileRule(toString(*rule));
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(toString(*again), toString(*rule));
  llvm::Expected<model::TileRule> all = parseTileRule("columns=3");
  ASSERT_TRUE(bool(all));
  EXPECT_TRUE(all->pattern.empty());
  for (auto [wrong, why] : {std::pair("rows", "write KEY=VALUE"),
                            {"rows=0", "at least 1"},
                            {"rows=8,rows=4", "given twice"},
                            {"height=8", "'height' is no key"},
                            {":rows=8", "no node name"},
                            {"spread=rows", "pixels or channels"},
                            {"order=rows/rows", "from the outermost loop"}})
    EXPECT_THAT(whyNot(parseTileRule(wrong)), HasSubstr(why)) << wrong;
}

TEST(Options, selfTests) {
  llvm::Expected<SelfTest> all = parseSelfTest("c:/x.npy");
  ASSERT_TRUE(bool(all));
  EXPECT_EQ(all->path, "c:/x.npy");
  EXPECT_FALSE(all->samples);
  llvm::Expected<SelfTest> some = parseSelfTest("x.npy:12");
  ASSERT_TRUE(bool(some));
  EXPECT_EQ(some->path, "x.npy");
  EXPECT_EQ(some->samples, 12u);
  EXPECT_THAT(whyNot(parseSelfTest("x.npy:0")), HasSubstr("at least 1"));
}

TEST(Options, names) {
  EXPECT_FALSE(bool(checkName("net")));
  EXPECT_FALSE(bool(checkName("Net_2")));
  for (const char *wrong :
       {"", "2net", "a-b", "int", "class", "_x", "dyadic", "dyadic_x", "n\xc3\xa4me", "a b"}) {
    llvm::Error error = checkName(wrong);
    EXPECT_TRUE(bool(error)) << wrong;
    llvm::consumeError(std::move(error));
  }
}

} // namespace
