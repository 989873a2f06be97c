// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler writes holds: every committed network, and the real ones.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

std::string faultsOf(const Verdict &v) {
  std::string text;
  for (size_t i = 0; i < v.faults.size() && i < 4; ++i)
    text += v.faults[i].text() + "\n";
  return text;
}

void expectHolds(const Certified &c, const std::string &name) {
  auto claims = readClaims(c.text);
  ASSERT_TRUE(bool(claims)) << name << ": " << llvm::toString(claims.takeError());
  auto verdict = check(*claims, *c.model);
  ASSERT_TRUE(bool(verdict)) << name << ": " << llvm::toString(verdict.takeError());
  EXPECT_TRUE(verdict->faults.empty()) << name << ": " << verdict->faults.size() << " faults\n"
                                       << faultsOf(*verdict);
}

TEST(Certificate, HoldsForEveryNetwork) {
  int checked = 0;
  for (const std::string &name : networks()) {
    std::string path = std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx";
    Certified c = certify(path, specsOf(path));
    if (c.text.empty())
      continue; // what is refused, and why, other tests tell
    ++checked;
    expectHolds(c, name);
  }
  EXPECT_GT(checked, 150);
}

struct Real {
  const char *name, *spec;
};
class RealModels : public ::testing::TestWithParam<Real> {};

TEST_P(RealModels, Hold) {
  if (modelsFolder().empty())
    GTEST_SKIP() << "DYADIC_MODELS is not set";
  std::vector<std::string> specs;
  if (*GetParam().spec)
    specs.push_back(GetParam().spec);
  Certified c = certify(modelsFolder() + "/" + GetParam().name + ".onnx", specs);
  ASSERT_FALSE(c.text.empty()) << c.problem;
  expectHolds(c, GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(, RealModels,
                         ::testing::Values(Real{"mlp_w8a8", ""}, Real{"tfc_w1a1", ""}, Real{"tfc_w2a2", ""},
                                           Real{"jet_tagging_w6a6", "global_in:scale=0.015625,bits=8,signed"},
                                           Real{"mobilenet_v1_w8a8", ""}, Real{"mobilenet_v1_w4a4", ""},
                                           Real{"mobilenet_v1_mixed", ""}),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace dyadic::certificate::test
