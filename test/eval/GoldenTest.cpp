// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Real networks against the reference executor's stored results: every code that differs is a near-tie, and
// an output differs only where flipping such a code explains it.
#include "compiler/eval/Evaluate.h"
#include "compiler/import/Import.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cstdlib>
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

struct Golden {
  const char *name;
  const char *spec; ///< what `--input` declares, if anything
  friend std::ostream &operator<<(std::ostream &os, const Golden &g) { return os << g.name; }
};

class GoldenTest : public ::testing::TestWithParam<Golden> {
protected:
  static std::string text(llvm::Error e) { return llvm::toString(std::move(e)); }

  void SetUp() override {
    const char *folder = std::getenv("DYADIC_MODELS");
    if (!folder || !*folder)
      GTEST_SKIP() << "DYADIC_MODELS is not set";
    stem = std::string(folder) + "/" + GetParam().name;
    context.loadDialect<mlir::func::FuncDialect, qonnx::QonnxDialect>();
    ImportOptions options;
    if (*GetParam().spec) {
      auto spec = parseInputSpec(GetParam().spec);
      ASSERT_TRUE(bool(spec)) << text(spec.takeError());
      options.inputs = *spec;
    }
    auto imported = import_::importModel(context, stem + ".onnx", options);
    ASSERT_TRUE(bool(imported)) << text(imported.takeError());
    module = std::move(*imported);
    auto made = Evaluator::create(*module);
    ASSERT_TRUE(bool(made)) << text(made.takeError());
    evaluator.emplace(std::move(*made));
    auto x = npy::readNpy(stem + ".x.npy"), y = npy::readNpy(stem + ".y.npy");
    ASSERT_TRUE(bool(x)) << text(x.takeError());
    ASSERT_TRUE(bool(y)) << text(y.takeError());
    inputs = *x;
    expected = y->values<float>();
  }

  /// Samples [first, first + n) of the inputs.
  Input samples(int64_t first, int64_t n) const {
    Shape shape = inputs.shape();
    size_t stride = inputs.bytes().size() / static_cast<size_t>(shape[0]);
    shape[0] = n;
    return {"", npy::Array(inputs.type(), shape,
                           inputs.bytes().substr(static_cast<size_t>(first) * stride,
                                                 static_cast<size_t>(n) * stride))};
  }
  RunResult run(const Input &input, const Options &options) {
    auto result = evaluator->run(input, options);
    if (!result) {
      ADD_FAILURE() << text(result.takeError());
      return {};
    }
    return std::move(*result);
  }

  /// Whether the outputs of one sample are the executor's, up to float32's error in the last linear op.
  bool agrees(const RunResult &r, int64_t sample) const {
    const Output &out = r.outputs[0];
    for (size_t i = 0; i < out.reals.size(); ++i) {
      double want = static_cast<double>(expected[static_cast<size_t>(sample) * out.reals.size() + i]);
      if (std::abs(static_cast<double>(out.reals[i]) - want) > out.float32Bounds[i])
        return false;
    }
    return true;
  }
  bool explainedByFlip(int64_t sample);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<Evaluator> evaluator;
  std::string stem;
  npy::Array inputs;
  std::vector<float> expected;
};

/// Flips the sample's near-ties one after the other, closest first, until the stored output appears.
bool GoldenTest::explainedByFlip(int64_t sample) {
  Options options;
  options.wantNearTies = true;
  std::vector<NearTie> ties = run(samples(sample, 1), options).nearTies;
  std::erase_if(ties, [](const NearTie &t) { return t.exactTie; });
  std::sort(ties.begin(), ties.end(),
            [](const NearTie &a, const NearTie &b) { return a.distance / a.bound < b.distance / b.bound; });
  options = {};
  options.wantBounds = true;
  for (const NearTie &t : ties) {
    options.changes = {{t.key, 0, t.index, t.other}};
    if (agrees(run(samples(sample, 1), options), sample)) {
      std::printf("  sample %ld: flipping %s[%ld] from %ld to %ld (distance %.2g of bound %.2g) gives the "
                  "stored output\n",
                  static_cast<long>(sample), t.key.c_str(), static_cast<long>(t.index),
                  static_cast<long>(t.code), static_cast<long>(t.other), t.distance, t.bound);
      return true;
    }
  }
  return false;
}

TEST_P(GoldenTest, CodesDifferOnlyAtNearTies) {
  auto archive = npy::readNpz(stem + ".codes.npz");
  ASSERT_TRUE(bool(archive)) << text(archive.takeError());
  CodeMap reference;
  for (const npy::NamedArray &a : *archive)
    reference[a.name] = {a.array.shape(), *a.array.asIntegers()};
  Options options;
  options.wantCodes = true;
  options.reference = &reference;
  RunResult r = run(samples(0, 2), options);
  ASSERT_FALSE(reference.empty());
  for (const auto &[key, codes] : reference) // Trunc codes are not stored
    EXPECT_EQ(r.codes[key].shape, codes.shape) << key;
  EXPECT_LE(r.differences.size(), 5U);
  for (const Difference &d : r.differences)
    EXPECT_TRUE(d.nearTie) << d.at.key;
  if (!r.differences.empty())
    std::printf("%s", listDifferences(r).c_str());
}

TEST_P(GoldenTest, OutputsDifferOnlyWhereNearTiesExplainIt) {
  Options options;
  options.wantBounds = true;
  int64_t count = inputs.shape()[0], differing = 0;
  for (int64_t s = 0; s < count; ++s) {
    RunResult r = run(samples(s, 1), options);
    ASSERT_FALSE(HasFailure());
    if (agrees(r, s))
      continue;
    ++differing;
    EXPECT_TRUE(explainedByFlip(s)) << "sample " << s;
  }
  std::printf("  %s: %ld of %ld outputs differ\n", GetParam().name, static_cast<long>(differing),
              static_cast<long>(count));
}

TEST_P(GoldenTest, Float32AgreesWithTheExecutor) {
  Options options;
  options.arithmetics = Arithmetics::Float32;
  auto result = evaluate(*module, samples(0, 2), options);
  ASSERT_TRUE(bool(result)) << text(result.takeError());
  // Not bit for bit: the executor adds in another order. But the same class.
  const Output &out = result->outputs[0];
  size_t classes = out.reals.size() / 2;
  for (size_t s = 0; s < 2; ++s) {
    auto best = [&](const float *v) { return std::max_element(v, v + classes) - v; };
    EXPECT_EQ(best(out.reals.data() + s * classes), best(expected.data() + s * classes));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenTest,
                         ::testing::Values(Golden{"mobilenet_v1_w8a8", ""}, Golden{"mobilenet_v1_w4a4", ""},
                                           Golden{"mobilenet_v1_mixed", ""}, Golden{"mlp_w8a8", ""},
                                           Golden{"tfc_w1a1", ""}, Golden{"tfc_w2a2", ""},
                                           Golden{"jet_tagging_w6a6",
                                                  "global_in:scale=0.015625,bits=8,signed"}),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace dyadic::eval::test
