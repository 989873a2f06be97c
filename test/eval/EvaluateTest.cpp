// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole modules through the evaluators' API: inputs of each kind, batches, outputs, codes, near-ties.
#include "compiler/eval/Evaluate.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

class Evaluate : public ::testing::Test {
protected:
  Evaluate() { context.loadDialect<mlir::func::FuncDialect, qonnx::QonnxDialect>(); }

  mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &arguments, const std::string &body) {
    auto module =
        mlir::parseSourceString<mlir::ModuleOp>("func.func @main(" + arguments + ") " + body, &context);
    EXPECT_TRUE(module);
    return module;
  }
  static Input reals(Shape shape, std::vector<float> values) {
    return {"", npy::Array::of<float>(shape, values)};
  }
  static Input codes(Shape shape, std::vector<int8_t> values) {
    return {"", npy::Array::of<int8_t>(shape, values)};
  }

  RunResult run(mlir::ModuleOp module, const Input &input, Options options = {}) {
    auto result = evaluate(module, input, options);
    if (!result) {
      ADD_FAILURE() << llvm::toString(result.takeError());
      return {};
    }
    return std::move(*result);
  }
  std::string error(mlir::ModuleOp module, const Input &input) {
    auto result = evaluate(module, input);
    EXPECT_FALSE(result);
    return result ? "" : llvm::toString(result.takeError());
  }

  mlir::MLIRContext context;
};

const char *const linear = R"(
    -> (tensor<2x2xf32> {qonnx.name = "y"}) {
  %q = qonnx.quant %x "in" scale(dense<0.5> : tensor<f32>) zero(dense<1.0> : tensor<f32>) bits 4.0 signed true
         narrow false <half_even> : tensor<2x3xf32> -> tensor<2x3xf32>
  %w = qonnx.quant_constant codes(dense<[[1, 2], [-1, 0], [3, 1]]> : tensor<3x2xi8>) scale(dense<0.25> : tensor<f32>)
         zero(dense<0.0> : tensor<f32>) bits 3.0 signed true narrow false : tensor<3x2xf32>
  %m = qonnx.matmul %q, %w : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  return %m : tensor<2x2xf32>
})";

TEST_F(Evaluate, SamplesNeedNotFillTheBatch) {
  auto module = parse("%x: tensor<2x3xf32> {qonnx.name = \"x\"}", linear);
  Options options;
  options.wantCodes = options.wantExact = true;
  options.accumulators["y"] = {{"1/8"}, {"0"}};
  RunResult r = run(*module, reals({3, 3}, {0.5, 1, -0.5, 0, 0, 100, 0.25, -0.25, 0}), options);
  ASSERT_EQ(r.outputs.size(), 1U);
  EXPECT_EQ(r.outputs[0].name, "y");
  EXPECT_EQ(r.outputs[0].shape, (Shape{3, 2}));
  // Codes 2 3 0 | 1 1 7 | 1.5 -> 2, 0.5 -> 0, 1; values (code - 1) / 2.
  EXPECT_EQ(r.codes["in"].shape, (Shape{3, 3}));
  EXPECT_EQ(r.codes["in"].values, (std::vector<int64_t>{2, 3, 0, 1, 1, 7, 2, 0, 1}));
  EXPECT_EQ(r.codes["y"].values, (std::vector<int64_t>{-4, 1, 18, 6, 2, 2}));
  EXPECT_EQ(r.outputs[0].exact[2], Rational(9, 4));
  EXPECT_EQ(r.outputs[0].reals[2], 2.25F);
}

TEST_F(Evaluate, CodesOfTheInputsQuantiser) {
  auto module = parse("%x: tensor<2x3xf32> {qonnx.name = \"x\"}", linear);
  RunResult r = run(*module, codes({1, 3}, {2, 3, 0}));
  EXPECT_EQ(r.outputs[0].reals, (std::vector<float>{-0.5F, 0.125F}));
  EXPECT_NE(error(*module, codes({1, 3}, {2, 9, 0})).find("9"), std::string::npos);
}

TEST_F(Evaluate, CodesMoveWithTheInput) {
  auto module =
      parse("%x: tensor<1x2x2xf32> {qonnx.name = \"x\"}", R"(-> (tensor<1x2x2xf32> {qonnx.name = "y"}) {
    %c = qonnx.constant dense<7.0> : tensor<f32> : tensor<f32>
    %s = qonnx.mul %x, %c : (tensor<1x2x2xf32>, tensor<f32>) -> tensor<1x2x2xf32>
    %t = qonnx.transpose %s {perm = array<i64: 0, 2, 1>} : tensor<1x2x2xf32> -> tensor<1x2x2xf32>
    %b = qonnx.bipolar_quant %t "b" scale(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<1x2x2xf32> -> tensor<1x2x2xf32>
    return %b : tensor<1x2x2xf32>
  })");
  RunResult r = run(*module, codes({1, 2, 2}, {1, -1, 1, 1}));
  EXPECT_EQ(r.outputs[0].reals, (std::vector<float>{1, 2, -1, 2}));
  EXPECT_NE(error(*module, codes({1, 2, 2}, {1, 0, 1, 1})), "");
  auto taken = inputCodes(*module, reals({2, 2, 2}, {1, -1, 1, 1, 0, -2, -3, 4}));
  ASSERT_TRUE(bool(taken)) << llvm::toString(taken.takeError());
  EXPECT_EQ((*taken)[0].shape, (Shape{2, 2, 2}));
  EXPECT_EQ((*taken)[0].values, (std::vector<int64_t>{1, -1, 1, 1, 1, -1, -1, 1}));
}

TEST_F(Evaluate, PaddingBeforeTheInputsQuantiserIsQuantised) {
  auto module = parse("%x: tensor<1x2xf32> {qonnx.name = \"x\"}", R"(-> (tensor<1x3xf32> {qonnx.name = "y"}) {
    %p = qonnx.pad %x {pads = array<i64: 0, 1, 0, 0>, value = 0.0 : f32} : tensor<1x2xf32> -> tensor<1x3xf32>
    %q = qonnx.quant %p "q" scale(dense<0.5> : tensor<f32>) zero(dense<3.0> : tensor<f32>) bits 4.0 signed false
           narrow false <half_even> : tensor<1x3xf32> -> tensor<1x3xf32>
    return %q : tensor<1x3xf32>
  })");
  EXPECT_EQ(run(*module, codes({1, 2}, {5, 7})).outputs[0].reals, (std::vector<float>{0, 1, 2}));
  auto taken = inputCodes(*module, reals({1, 2}, {1, 2}));
  ASSERT_TRUE(bool(taken)) << llvm::toString(taken.takeError());
  EXPECT_EQ((*taken)[0].values, (std::vector<int64_t>{5, 7}));
}

const char *const identity = R"(-> (tensor<1x2xf32> {qonnx.name = "y"}) {
  %r = qonnx.reshape %x : tensor<1x2xf32> -> tensor<1x2xf32>
  return %r : tensor<1x2xf32>
})";

TEST_F(Evaluate, DeclaredLattice) {
  auto module =
      parse("%x: tensor<1x2xf32> {qonnx.name = \"x\", qonnx.lattice = #qonnx.lattice<bits = 8, is_signed = "
            "false, scale = \"1/255\", zero = \"0\", mean = [\"0.5\", \"0\"], std = [\"1/2\", \"1\"]>}",
            identity);
  Options options;
  options.wantExact = true;
  RunResult r = run(*module, reals({1, 2}, {200.0F / 255.0F, 0.2F}), options);
  EXPECT_EQ(r.outputs[0].exact[0], Rational(29, 51)); // (200/255 - 1/2) * 2
  EXPECT_EQ(r.outputs[0].exact[1], Rational(1, 5));   // 51/255, not the float 0.2
  // What the graph sees, (100/255 - 1/2) * 2, is not what a file holds.
  EXPECT_NE(error(*module, reals({1, 2}, {-11.0F / 51.0F, 0.2F})).find("code -55, outside the declared"),
            std::string::npos);
  std::string off = error(*module, reals({2, 2}, {0, 0, 0, 0.2001F}));
  EXPECT_NE(off.find("sample 1, index [1]"), std::string::npos) << off;
  EXPECT_NE(error(*module, reals({1, 2}, {256.0F / 255.0F, 0})).find("256"), std::string::npos);
  Input bytes{"x", npy::Array::of<uint8_t>({1, 2}, {255, 51})};
  EXPECT_EQ(run(*module, bytes, options).outputs[0].exact[0], 1);
}

TEST_F(Evaluate, WrongInputsAreNamed) {
  auto module = parse("%x: tensor<1x2xf32> {qonnx.name = \"x\"}", identity);
  EXPECT_NE(error(*module, reals({1, 3}, {0, 0, 0})).find("[2]"), std::string::npos);
  EXPECT_NE(error(*module, {"z", npy::Array::of<float>({1, 2}, {0, 0})}).find("'x'"), std::string::npos);
  EXPECT_NE(error(*module, reals({1, 2}, {0, std::numeric_limits<float>::infinity()})), "");
  EXPECT_NE(error(*module, codes({1, 2}, {0, 0})).find("--input x"), std::string::npos);
}

TEST_F(Evaluate, Heads) {
  auto module = parse("%x: tensor<1x3xf32> {qonnx.name = \"x\"}", R"(
      -> (tensor<1x3xf32> {qonnx.name = "p"}, tensor<1xi64> {qonnx.name = "k"}) {
    %p = qonnx.softmax %x {axis = 1} : tensor<1x3xf32>
    %k = qonnx.argmax %x {axis = 1, keepdims = false} : tensor<1x3xf32> -> tensor<1xi64>
    return %p, %k : tensor<1x3xf32>, tensor<1xi64>
  })");
  Options options;
  options.wantCodes = true;
  options.accumulators["p"] = {{"1/2", "1", "1"}, {"1"}};
  RunResult r = run(*module, reals({2, 3}, {2, 2, 2, 0, 1, 0}), options);
  EXPECT_EQ(r.outputs[0].reals[0], 0x1.555556p-2F);
  EXPECT_TRUE(r.outputs[1].isIndex);
  EXPECT_EQ(r.outputs[1].indices, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(r.outputs[1].shape, (Shape{2}));
  EXPECT_EQ(r.codes["p"].values, (std::vector<int64_t>{2, 1, 1, -2, 0, -1}));
}

TEST_F(Evaluate, Float32AddsInOrder) {
  auto module = parse("%x: tensor<1x3xf32> {qonnx.name = \"x\"}", R"(-> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.constant dense<[[1.0], [1.0], [1.0]]> : tensor<3x1xf32> : tensor<3x1xf32>
    %m = qonnx.matmul %x, %w : (tensor<1x3xf32>, tensor<3x1xf32>) -> tensor<1x1xf32>
    return %m : tensor<1x1xf32>
  })");
  Options options;
  options.arithmetics = Arithmetics::Float32;
  Input x = reals({1, 3}, {16777216.0F, 1, 1});
  EXPECT_EQ(run(*module, x, options).outputs[0].reals[0], 16777216.0F);
  EXPECT_EQ(run(*module, x).outputs[0].reals[0], 16777218.0F);
}

TEST_F(Evaluate, NearTiesAndReferences) {
  auto module = parse("%x: tensor<1x2xf32> {qonnx.name = \"x\"}", R"(-> (tensor<1x2xf32> {qonnx.name = "y"}) {
    %c = qonnx.constant dense<1.0> : tensor<f32> : tensor<f32>
    %a = qonnx.add %x, %c : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
    %q = qonnx.quant %a "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false
           narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    %b = qonnx.quant %q "r" scale(dense<2.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false
           narrow false <floor> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %b : tensor<1x2xf32>
  })");
  CodeMap reference{{"q", {{2, 2}, {3, 1, 2, 3}}}, {"r", {{2, 2}, {1, 0, 1, 1}}}};
  Options options;
  options.wantNearTies = true;
  options.reference = &reference;
  // Before rounding: 2.49999976, 1 | 2.25, 4. The reference rounds the first up and loses the last.
  RunResult r = run(*module, reals({2, 2}, {1.49999976F, 0, 1.25F, 3}), options);
  ASSERT_EQ(r.differences.size(), 2U);
  EXPECT_EQ(r.differences[0].at.key, "q");
  EXPECT_EQ(r.differences[0].at.code, 2);
  EXPECT_TRUE(r.differences[0].nearTie);
  EXPECT_EQ(r.differences[1].at.sample, 1);
  EXPECT_EQ(r.differences[1].at.index, 1);
  EXPECT_FALSE(r.differences[1].nearTie);
  EXPECT_EQ(r.outputs[0].reals, (std::vector<float>{2, 0, 2, 2})); // from the reference's codes
  int exact = 0, near = 0;
  for (const NearTie &t : r.nearTies)
    ++(t.exactTie ? exact : near);
  EXPECT_EQ(near, 1);
  EXPECT_EQ(exact, 1); // "r" sees code 2 of sample 1: on a boundary of floor

  options = {};
  options.changes.push_back({"q", 1, 1, 3});
  EXPECT_EQ(run(*module, reals({2, 2}, {1.49999976F, 0, 1.25F, 3}), options).outputs[0].reals[3], 2);
}

} // namespace
} // namespace dyadic::eval::test
