// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts against plain index arithmetic on tensors that hold their own physical indices.
#include "compiler/canonical/Layout.h"
#include <gtest/gtest.h>
#include <numeric>

namespace dyadic::canonical {
namespace {

Shape strides(const Shape &shape) {
  Shape s(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    s[d - 1] = s[d] * shape[d];
  return s;
}

/// The physical index of each element of the ONNX tensor, in its own order.
Shape contents(const Layout &l) {
  Shape physical = strides(l.physical()), step(l.shape.size()), all;
  for (size_t i = 0; i < l.perm.size(); ++i)
    step[l.perm[i]] = physical[i];
  for (int64_t n = 0; n < countOf(l.shape); ++n) {
    int64_t at = 0, rest = n;
    for (size_t d = l.shape.size(); d-- > 0; rest /= l.shape[d])
      at += rest % l.shape[d] * step[d];
    all.push_back(at);
  }
  return all;
}

Shape transposed(const Shape &values, const Shape &shape, const Shape &perm) {
  Shape to, from = strides(shape), all;
  for (int64_t p : perm)
    to.push_back(shape[p]);
  for (int64_t n = 0; n < countOf(shape); ++n) {
    int64_t at = 0, rest = n;
    for (size_t d = to.size(); d-- > 0; rest /= to[d])
      at += rest % to[d] * from[perm[d]];
    all.push_back(values[at]);
  }
  return all;
}

TEST(Layout, OneTransposeLeadsFromAnyLayoutToAnyOther) {
  std::vector<Layout> layouts{Layout::plain({2, 3, 4, 5}),
                              Layout::channelsFirst({2, 3, 4, 5}),
                              Layout::plain({6, 20}),
                              Layout::plain({2, 60}),
                              Layout::like({2, 12, 5}, {0, 2, 1}),
                              Layout::like({6, 4, 1, 5}, {3, 1, 0, 2})};
  for (const Layout &from : layouts)
    for (const Layout &to : layouts) {
      std::optional<Relayout> way = relayout(from, to);
      ASSERT_TRUE(way);
      EXPECT_EQ(transposed(contents(from), way->split, way->perm), contents(to));
      EXPECT_EQ(way->moves, contents(from) != contents(to));
    }
}

TEST(Layout, ExtentsThatCutAcrossEachOtherHaveNoDirectWay) {
  EXPECT_FALSE(relayout(Layout::plain({6, 4}), Layout::plain({4, 6})));
}

TEST(Layout, AxesOfExtentOneDoNotMove) {
  std::optional<Relayout> way = relayout(Layout::channelsFirst({1, 1, 1, 8}), Layout::plain({1, 8}));
  ASSERT_TRUE(way);
  EXPECT_FALSE(way->moves);
}

TEST(Layout, ColumnsOfAFlattenedTensor) {
  Layout l = Layout::channelsFirst({2, 3, 4, 5});
  std::optional<Shape> columns = columnsOf(l, 2, 60);
  ASSERT_TRUE(columns);
  Shape all = contents(l);
  for (size_t k = 0; k < 60; ++k)
    EXPECT_EQ((*columns)[k], all[k]);
  EXPECT_FALSE(columnsOf(l, 6, 20)) << "rows of pixels are not in one piece with channels first";
}

TEST(Layout, SpreadNamesTheAxesAndChannels) {
  Layout l = Layout::channelsFirst({2, 3, 4, 5});
  Spread channels = spreadOf(l, 5, 1);
  EXPECT_EQ(channels.first, 1U);
  EXPECT_EQ(channels.last, 1U);
  EXPECT_EQ(channels.channel, (Shape{0, 1, 2, 3, 4}));
  Spread rows = spreadOf(l, 3, 20);
  EXPECT_EQ(rows.first, 2U);
  EXPECT_EQ(rows.last, 2U);
  EXPECT_TRUE(spreadOf(l, 1, 1).uniform());
  Spread each = spreadOf(l, 60, 1); // all but the batch: axes 1..3 of N C H W
  Shape all = contents(l);
  EXPECT_EQ(each.first, 1U);
  EXPECT_EQ(each.last, 3U);
  EXPECT_EQ(each.channel, Shape(all.begin(), all.begin() + 60));
}

} // namespace
} // namespace dyadic::canonical
