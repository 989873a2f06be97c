// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The comparison finds every planted wrong code, and takes no incomplete results for right ones.
#include "compiler/validate/Compare.h"
#include "compiler/validate/Scores.h"
#include <gmock/gmock.h>

using namespace dyadic;
using namespace dyadic::validate;
using testing::HasSubstr;

namespace {

/// What harness.c writes.
class Results {
public:
  Results &tap(uint32_t run, const std::string &key, uint32_t start, const std::vector<int32_t> &codes) {
    words({1, run, uint32_t(key.size()), start, uint32_t(codes.size())});
    text += key;
    text.append(reinterpret_cast<const char *>(codes.data()), 4 * codes.size());
    return *this;
  }
  Results &output(uint32_t run, uint32_t number, const std::vector<uint8_t> &bytes) {
    words({2, run, number, 0, uint32_t(bytes.size())});
    text.append(bytes.begin(), bytes.end());
    return *this;
  }
  Results &end(uint32_t runs) {
    words({3, runs, 0, 0, 0});
    return *this;
  }
  std::string text;

private:
  void words(const std::vector<uint32_t> &list) {
    text.append(reinterpret_cast<const char *>(list.data()), 4 * list.size());
  }
};

const std::vector<Tensor> tensors = {{"a", false, 4, true}, {"b", false, 4, true}, {"y", true, 1, true}};

/// Three samples in runs of two: a has two codes a sample, b and y one.
Chunk chunk() { return {10, 3, 2, {{1, 2, 3, 4, 5, 6}, {7, 8, 0}, {-1, 0, 127}}}; }

Results right() {
  return Results()
      .tap(0, "a", 0, {1, 2, 3})
      .tap(0, "a", 3, {4})
      .tap(0, "b", 0, {7, 8})
      .output(0, 0, {0xff, 0})
      .tap(1, "a", 0, {5, 6, 5, 6})
      .tap(1, "b", 0, {0, 99})
      .output(1, 0, {127, 3})
      .end(2);
}

std::string whyNot(const std::string &text) {
  Comparison comparison(tensors);
  return llvm::toString(comparison.add(chunk(), text));
}

TEST(Compare, takesWhatIsRight) {
  Comparison comparison(tensors);
  ASSERT_EQ(llvm::toString(comparison.add(chunk(), right().text)), "");
  EXPECT_EQ(comparison.compared(), 12);
  EXPECT_EQ(comparison.mismatches(), 0);
  EXPECT_EQ(comparison.firstDiverging(), -1);
  EXPECT_EQ(comparison.outputs()[0], (Integers{-1, 0, 127}));
}

TEST(Compare, findsEveryPlantedCode) {
  std::string good = right().text;
  int found = 0, harmless = 0;
  for (size_t at = 0; at < good.size(); ++at) { // every byte, payload or not
    std::string text = good;
    text[at] = static_cast<char>(text[at] ^ 1);
    Comparison comparison(tensors);
    bool broken = !llvm::toString(comparison.add(chunk(), text)).empty();
    (broken || comparison.mismatches() != 0 ? found : harmless) += 1;
  }
  // What fills up the last run is not looked at: two codes of a, one of b and one byte of y.
  EXPECT_EQ(harmless, 2 * 4 + 4 + 1);
  EXPECT_EQ(found + harmless, static_cast<int>(good.size()));
}

TEST(Compare, tellsWhereAndHowFar) {
  Results wrong = Results()
                      .tap(0, "a", 0, {1, 2, 3, 4})
                      .tap(0, "b", 0, {7, 3})
                      .output(0, 0, {0xff, 0x80})
                      .tap(1, "a", 0, {5, 6, 5, 6})
                      .tap(1, "b", 0, {-1, 99})
                      .output(1, 0, {127, 3})
                      .end(2);
  Comparison comparison(tensors);
  ASSERT_EQ(llvm::toString(comparison.add(chunk(), wrong.text)), "");
  EXPECT_EQ(comparison.firstDiverging(), 1);
  const Tally &b = comparison.tallies()[1], &y = comparison.tallies()[2];
  EXPECT_EQ(b.mismatches, 2);
  EXPECT_EQ(b.largestStep, 5U);
  ASSERT_TRUE(b.first && y.first);
  EXPECT_EQ(b.first->sample, 11);
  EXPECT_EQ(b.first->found, 3);
  EXPECT_EQ(b.first->expected, 8);
  EXPECT_EQ(y.mismatches, 1);
  EXPECT_EQ(y.largestStep, 128U);
}

TEST(Compare, missesNothingThatNeverCame) {
  Results missing =
      Results().tap(0, "a", 0, {1, 2, 3, 4}).output(0, 0, {0xff, 0}).output(1, 0, {127, 3}).end(2);
  Comparison comparison(tensors);
  ASSERT_EQ(llvm::toString(comparison.add(chunk(), missing.text)), "");
  EXPECT_EQ(comparison.tallies()[0].missing, 2);
  EXPECT_EQ(comparison.tallies()[1].missing, 3);
  EXPECT_EQ(comparison.mismatches(), 5);
  Comparison twice(tensors);
  Results repeated = Results().tap(0, "a", 0, {1});
  repeated.text += right().text;
  ASSERT_EQ(llvm::toString(twice.add(chunk(), repeated.text)), "");
  EXPECT_EQ(twice.tallies()[0].missing, 1);
  Comparison larger(tensors);
  Results more = Results().tap(0, "a", 4, {1});
  more.text += right().text;
  ASSERT_EQ(llvm::toString(larger.add(chunk(), more.text)), "");
  EXPECT_EQ(larger.mismatches(), 1);
}

TEST(Compare, refusesWhatItCannotRead) {
  EXPECT_THAT(whyNot(""), HasSubstr("they have no end"));
  EXPECT_THAT(whyNot(right().text.substr(0, 30)), HasSubstr("a record is cut short"));
  EXPECT_THAT(whyNot(right().text + "x"), HasSubstr("something follows their end"));
  EXPECT_THAT(whyNot(Results().tap(0, "c", 0, {1}).end(2).text),
              HasSubstr("it taps 'c', which is no tensor"));
  EXPECT_THAT(whyNot(Results().end(1).text), HasSubstr("it ran 1 times, not 2"));
  EXPECT_THAT(whyNot(Results().tap(7, "a", 0, {1}).end(2).text), HasSubstr("run 7 of 2"));
  EXPECT_THAT(whyNot(Results().output(0, 5, {1}).end(2).text), HasSubstr("a record of kind 2"));
}

TEST(Likeness, measures) {
  Likeness l = likenessOf({1, 2, 3}, {1, 2, 6});
  EXPECT_EQ(l.elements, 3);
  EXPECT_EQ(l.differing, 1);
  EXPECT_DOUBLE_EQ(l.largest, 3);
  EXPECT_DOUBLE_EQ(l.mae, 1);
  EXPECT_DOUBLE_EQ(l.rmse, std::sqrt(3.0));
  EXPECT_NEAR(l.cosine, 23 / std::sqrt(14.0 * 41.0), 1e-15);
  EXPECT_DOUBLE_EQ(likenessOf({0, 0}, {0, 0}).cosine, 1);
  EXPECT_DOUBLE_EQ(likenessOf({0, 1}, {0, 0}).cosine, 0);
}

} // namespace
