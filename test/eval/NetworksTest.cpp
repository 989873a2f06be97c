// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every network of test/networks imported and evaluated exactly: outputs and codes as an evaluator in
// Python's Fractions, which shares nothing with this one, has stored them.
#include "test/support/Networks.h"
#include "compiler/eval/Evaluate.h"
#include "compiler/import/Import.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

const std::string folder = DYADIC_TEST_NETWORKS;

class NetworksTest : public ::testing::TestWithParam<std::string> {
protected:
  template <typename T> static T take(llvm::Expected<T> value) {
    if (value)
      return std::move(*value);
    ADD_FAILURE() << llvm::toString(value.takeError());
    return T();
  }
  /// Where a sample has several rows of axis 0, the stored results hold only as many rows as there are
  /// samples.
  static void expectEqual(const npy::Array &got, const npy::Array &want, const std::string &name) {
    Shape shape = got.shape();
    std::vector<double> values = got.asDoubles(), wanted = want.asDoubles();
    if (!shape.empty() && shape[0] > want.shape()[0]) {
      shape[0] = want.shape()[0];
      values.resize(std::min(values.size(), wanted.size()));
    }
    EXPECT_EQ(shape, want.shape()) << name;
    EXPECT_EQ(values, wanted) << name;
  }
};

TEST_P(NetworksTest, OutputsAndCodesAreExact) {
  dyadic::test::Network network = dyadic::test::loadNetwork(folder, GetParam());
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, qonnx::QonnxDialect>();
  auto module = import_::importModel(context, network.path, network.options);
  if (!module) {
    std::string why = llvm::toString(module.takeError());
    ASSERT_FALSE(network.required) << why;
    return;
  }
  Options options;
  options.wantCodes = true;
  RunResult r = take(evaluate(**module, network.inputs, options));
  std::map<std::string, std::string> outputs(network.outputs.begin(), network.outputs.end());
  if (network.required) { // constant outputs beside real ones may be left out
    EXPECT_EQ(r.outputs.size(), outputs.size());
  }
  for (const Output &output : r.outputs) {
    ASSERT_TRUE(outputs.count(output.name)) << output.name;
    expectEqual(toArray(output), take(npy::readNpy(outputs[output.name])), output.name);
  }
  for (const npy::NamedArray &want : take(npy::readNpz(network.codes))) {
    auto got = r.codes.find(want.name);
    ASSERT_NE(got, r.codes.end()) << want.name << " is missing";
    expectEqual(toArray(got->second), want.array, want.name);
  }
}

TEST(DigitsTest, LogitsAndCodesAreExact) {
  const std::string digits = DYADIC_EXAMPLES "/digits/digits";
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, qonnx::QonnxDialect>();
  auto module = llvm::cantFail(import_::importModel(context, digits + ".onnx", {}));
  npy::Array x = llvm::cantFail(npy::readNpy(digits + "_x.npy")),
             y = llvm::cantFail(npy::readNpy(digits + "_y.npy"));
  Options options;
  options.wantCodes = true;
  RunResult r = llvm::cantFail(evaluate(*module, Input{"", x}, options));
  EXPECT_EQ(r.outputs[0].reals, y.values<float>());
  for (const npy::NamedArray &want : llvm::cantFail(npy::readNpz(digits + "_codes.npz"))) {
    auto got = r.codes.find(want.name);
    if (got == r.codes.end())
      continue; // the accumulator of the logits: the integer level decides its scale
    std::vector<int64_t> first = *want.array.asIntegers(), &codes = got->second.values;
    ASSERT_LE(first.size(), codes.size());
    EXPECT_TRUE(std::equal(first.begin(), first.end(), codes.begin())) << want.name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetworksTest, ::testing::ValuesIn(dyadic::test::networkNames(folder)),
                         [](const auto &info) { return info.param; });

} // namespace
} // namespace dyadic::eval::test
