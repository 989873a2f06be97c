// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every network of test/networks imported and evaluated exactly: outputs and codes as an evaluator in
// Python's Fractions, which shares nothing with this one, has stored them.
#include "compiler/eval/Evaluate.h"
#include "compiler/import/Import.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

const std::string folder = DYADIC_TEST_NETWORKS;

std::vector<std::string> networks() {
  std::vector<std::string> names;
  auto text = readFile(folder + "/index.json");
  if (!text)
    return names;
  auto index = llvm::cantFail(llvm::json::parse(*text));
  for (const llvm::json::Value &entry : *index.getAsArray())
    names.push_back(entry.getAsObject()->getString("name")->str());
  return names;
}

llvm::json::Object entryOf(const std::string &name) {
  auto index = llvm::cantFail(llvm::json::parse(llvm::cantFail(readFile(folder + "/index.json"))));
  for (llvm::json::Value &entry : *index.getAsArray())
    if (*entry.getAsObject()->getString("name") == name)
      return std::move(*entry.getAsObject());
  return {};
}

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
  static ImportOptions optionsOf(const llvm::json::Array &list) {
    ImportOptions options;
    for (size_t i = 0; i + 1 < list.size(); i += 2) {
      llvm::StringRef option = *list[i].getAsString(), value = *list[i + 1].getAsString();
      if (option == "--input")
        for (InputSpec &spec : take(parseInputSpec(value)))
          options.inputs.push_back(std::move(spec));
      else if (option == "--dim")
        options.dims.push_back(take(parseDimBinding(value)));
      else
        ADD_FAILURE() << "the test does not know the option " << option.str();
    }
    return options;
  }
};

TEST_P(NetworksTest, OutputsAndCodesAreExact) {
  llvm::json::Object entry = entryOf(GetParam());
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, qonnx::QonnxDialect>();
  ImportOptions options = optionsOf(*entry.getArray("options"));
  if (::testing::Test::HasFailure())
    return;
  auto module = import_::importModel(context, folder + "/" + GetParam() + ".onnx", options);
  if (!module) {
    std::string why = llvm::toString(module.takeError());
    if (!*entry.getBoolean("required"))
      return; // may be refused
    FAIL() << why;
  }
  std::vector<Input> inputs;
  for (const auto &[name, file] : *entry.getObject("inputs"))
    inputs.push_back({name.str(), take(npy::readNpy(folder + "/" + file.getAsString()->str()))});
  Options run;
  run.wantCodes = true;
  RunResult r = take(evaluate(**module, inputs, run));

  const llvm::json::Object *outputs = entry.getObject("outputs");
  EXPECT_EQ(r.outputs.size(), outputs->size());
  for (const Output &output : r.outputs) {
    auto file = outputs->getString(output.name);
    ASSERT_TRUE(file) << output.name;
    npy::Array want = take(npy::readNpy(folder + "/" + file->str()));
    expectEqual(toArray(output), want, output.name);
  }
  for (const npy::NamedArray &want : take(npy::readNpz(folder + "/" + entry.getString("codes")->str()))) {
    auto got = r.codes.find(want.name);
    if (got == r.codes.end()) {
      bool isOutput =
          outputs->get(want.name) != nullptr; // an accumulator: the integer level decides its scale
      EXPECT_TRUE(isOutput) << want.name << " is missing";
      continue;
    }
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

INSTANTIATE_TEST_SUITE_P(All, NetworksTest, ::testing::ValuesIn(networks()),
                         [](const auto &info) { return info.param; });

} // namespace
} // namespace dyadic::eval::test
