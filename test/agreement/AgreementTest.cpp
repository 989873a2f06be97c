// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// No network tells the levels apart: exact meaning and integer program agree in every output and every tapped
// code.
#include "compiler/Levels.h"
#include "compiler/Pipeline.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "compiler/import/Import.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "test/support/Networks.h"
#include <gtest/gtest.h>

namespace dyadic::test {
namespace {

const std::string folder = DYADIC_TEST_NETWORKS;

class Agreement : public ::testing::TestWithParam<std::string> {
protected:
  static void expectAgreement(Network network, Implementation implementation, int64_t batch) {
    mlir::DialectRegistry registry;
    registerLevels(registry);
    mlir::MLIRContext context(registry);
    context.loadAllAvailableDialects();
    network.options.batch = batch;
    auto module = import_::importModel(context, network.path, network.options);
    if (!module) {
      std::string why = llvm::toString(module.takeError());
      EXPECT_FALSE(network.required) << why;
      return;
    }
    mlir::OwningOpRef<mlir::ModuleOp> integers((*module)->clone());
    PipelineOptions options;
    options.implementations = {{"", implementation}};
    if (mlir::failed(lowerTo(*integers, Level::Qint, options))) {
      EXPECT_FALSE(network.required) << network.name << " is refused";
      return;
    }
    eval::Options run;
    run.wantCodes = true;
    auto exact = eval::evaluate(**module, network.inputs, run);
    ASSERT_TRUE(bool(exact)) << llvm::toString(exact.takeError());
    auto codes = eval::inputCodes(**module, network.inputs);
    ASSERT_TRUE(bool(codes)) << llvm::toString(codes.takeError());
    auto computed = eval::evaluateQint(*integers, *codes, true);
    ASSERT_TRUE(bool(computed)) << llvm::toString(computed.takeError());
    compare(*exact, *computed);
  }

  static void compare(const eval::RunResult &exact, const eval::RunResult &computed) {
    for (const auto &[key, want] : exact.codes) {
      auto got = computed.codes.find(key);
      ASSERT_NE(got, computed.codes.end()) << key << " is not tapped";
      EXPECT_EQ(got->second.shape, want.shape) << key;
      EXPECT_EQ(got->second.values, want.values) << key;
    }
    ASSERT_EQ(exact.outputs.size(), computed.outputs.size());
    for (size_t i = 0; i < exact.outputs.size(); ++i) {
      EXPECT_EQ(exact.outputs[i].name, computed.outputs[i].name);
      EXPECT_EQ(exact.outputs[i].shape, computed.outputs[i].shape);
      EXPECT_EQ(exact.outputs[i].reals, computed.outputs[i].reals);
      EXPECT_EQ(exact.outputs[i].indices, computed.outputs[i].indices);
    }
  }
};

class SmallNetworks : public Agreement {};
class RealModels : public Agreement {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealModels);

TEST_P(SmallNetworks, ExactAndIntegerLevelsAgree) {
  Network network = loadNetwork(folder, GetParam());
  int64_t batch = network.options.batch;
  expectAgreement(network, Implementation::Mac, batch);
}

TEST_P(RealModels, ExactAndIntegerLevelsAgree) {
  expectAgreement(loadModel(GetParam()), Implementation::Mac, 1);
}

TEST(Models, AreThere) {
  if (modelNames().empty())
    GTEST_SKIP() << "DYADIC_MODELS is not set";
}

INSTANTIATE_TEST_SUITE_P(All, SmallNetworks, ::testing::ValuesIn(networkNames(folder)),
                         [](const auto &info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(All, RealModels, ::testing::ValuesIn(modelNames()),
                         [](const auto &info) { return info.param; });

} // namespace
} // namespace dyadic::test
